import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { Worker, parentPort } from 'node:worker_threads';

import { OpenimoError } from '../errors.js';
import { HttpSource, whole, type Source } from '../source.js';
import type { Platform } from './types.js';

export const node: Platform = {
  async open(from) {
    return from.startsWith('file:') ? FileSource.open(fileURLToPath(from)) : new HttpSource(from);
  },

  resolve(from) {
    if (from instanceof URL) return from.href;
    return /^(https?|file):/.test(from) ? from : pathToFileURL(from).href;
  },

  wasmUrl(build) {
    return new URL(`../wasm/${build}.wasm`, import.meta.url).href;
  },

  async compile(url, integrity) {
    const bytes = url.startsWith('file:') ? await readFile(fileURLToPath(url)) : new Uint8Array(await (await fetch(url)).arrayBuffer());
    if (integrity !== undefined) {
      const [algorithm = '', expected] = integrity.split(/-(.*)/s);
      const got = createHash(algorithm).update(bytes).digest('base64');
      if (got !== expected) {
        throw new OpenimoError('wasm.integrity', `${url}: the module is not the one of this package`, { url, expected, got });
      }
    }
    return WebAssembly.compile(bytes);
  },

  webgpu() {
    return undefined;
  },

  spawn(workerSrc) {
    const worker = new Worker(workerSrc === undefined ? new URL('../node-worker.js', import.meta.url) : new URL(workerSrc), {
      name: 'openimo',
    });
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer as never),
      onMessage: (listener) => void worker.on('message', listener),
      onFailure: (listener) => void worker.on('error', (e) => listener(String(e))).on('messageerror', (e) => listener(String(e))),
      close: () => void worker.terminate(),
    };
  },

  canShare() {
    return true;
  },

  parent() {
    const port = parentPort;
    if (!port) throw new OpenimoError('worker.missing', 'worker.js was not started as a worker');
    return {
      post: (message, transfer = []) => port.postMessage(message, transfer as never),
      onMessage: (listener) => void port.on('message', listener),
      onFailure() {},
      close: () => port.close(),
    };
  },

  tick() {
    return new Promise((resolve) => void setImmediate(resolve));
  },
};

/** A file on disk, read a stretch at a time. */
class FileSource implements Source {
  readonly cacheKey = undefined;

  private constructor(private readonly file: Awaited<ReturnType<typeof open>>) {}

  static async open(path: string): Promise<FileSource> {
    try {
      return new FileSource(await open(path));
    } catch (e) {
      throw new OpenimoError('file.unreadable', `${path}: ${e instanceof Error ? e.message : String(e)}`, { path });
    }
  }

  async read(offset: number, len: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(len);
    const { bytesRead } = await this.file.read(bytes, 0, len, offset);
    return whole(bytes.subarray(0, bytesRead), offset, len);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
