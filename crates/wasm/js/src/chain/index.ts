import { compile, use } from './wasm.js';

// The chain part in a browser; `node.ts` is its twin.
use({
  url: () => new URL('../wasm/chain.wasm', import.meta.url).href,
  async bytes(url, integrity) {
    return compile(await fetch(url, { integrity }), url);
  },
});

export * from './api.js';
