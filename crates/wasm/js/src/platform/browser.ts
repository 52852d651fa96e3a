import { OpenimoError } from '../errors.js';
import { HttpSource } from '../source.js';
import type { Bindings, Endpoint, Platform } from './types.js';

export const browser: Platform = {
  async open(from) {
    return new HttpSource(from);
  },

  resolve(from) {
    return new URL(from, globalThis.location?.href).href;
  },

  // Written out one by one: bundlers find assets by this very shape.
  wasmUrl(build) {
    if (build === 'relaxed') return new URL('../wasm/relaxed.wasm', import.meta.url).href;
    if (build === 'webgpu') return new URL('../wasm/webgpu.wasm', import.meta.url).href;
    return new URL('../wasm/simd128.wasm', import.meta.url).href;
  },

  // A file of its own to bundlers too, found like the modules: not all can split the code of a worker. It imports nothing.
  webgpu() {
    const url = new URL('../wasm/webgpu.js', import.meta.url).href;
    return import(/* webpackIgnore: true */ /* @vite-ignore */ url) as Promise<Bindings>;
  },

  async compile(url, integrity) {
    const response = await fetch(url, integrity === undefined ? {} : { integrity });
    if (!response.ok) {
      throw new OpenimoError('wasm.not_found', `${url}: the server answered ${response.status}`, { url, status: response.status });
    }
    // Streaming needs the media type; a server that does not know .wasm still works.
    if (response.headers.get('Content-Type')?.startsWith('application/wasm')) return WebAssembly.compileStreaming(response);
    return WebAssembly.compile(await response.arrayBuffer());
  },

  spawn(workerSrc) {
    const worker =
      workerSrc === undefined
        ? new Worker(new URL('../worker.js', import.meta.url), { type: 'module', name: 'openimo' })
        : new Worker(workerSrc, { type: 'module', name: 'openimo' });
    return {
      ...endpoint(worker),
      onFailure(listener) {
        worker.addEventListener('error', (e) => listener(e.message || 'the worker script could not be loaded'));
        worker.addEventListener('messageerror', () => listener('a message could not be read'));
      },
      close: () => worker.terminate(),
    };
  },

  canShare() {
    return globalThis.crossOriginIsolated;
  },

  parent() {
    const scope = globalThis as unknown as Port & { close(): void };
    return { ...endpoint(scope), onFailure() {}, close: () => scope.close() };
  },

  tick() {
    return new Promise((resolve) => {
      ticks.push(resolve);
      channel.port2.postMessage(0);
    });
  },
};

interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (e: MessageEvent) => void): void;
}

function endpoint(port: Port): Pick<Endpoint, 'post' | 'onMessage'> {
  return {
    post: (message, transfer = []) => port.postMessage(message, transfer),
    onMessage: (listener) => port.addEventListener('message', (e) => listener(e.data)),
  };
}

// A message to itself is the quickest way round the event loop that no browser throttles.
const ticks: (() => void)[] = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => ticks.shift()?.();
