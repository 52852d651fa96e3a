import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { OpenimoError } from '../errors.js';
import { use } from './wasm.js';

// The chain part in Node; `index.ts` is its twin.
use({
  url: () => new URL('../wasm/chain.wasm', import.meta.url).href,
  async bytes(url, integrity) {
    const bytes = await readFile(fileURLToPath(url));
    const got = `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
    if (got !== integrity) throw new OpenimoError('wasm.integrity', `${url}: the module is not the one of this package`);
    return WebAssembly.compile(bytes);
  },
});

export * from './api.js';
