import type { Source } from '../source.js';
import type { Build } from '../features.js';
import type * as bindings from '../wasm/openimo.js';

/** One end of a conversation between the page and a worker. */
export interface Endpoint {
  post(message: unknown, transfer?: Transferable[]): void;
  onMessage(listener: (message: unknown) => void): void;
  onFailure(listener: (reason: string) => void): void;
  close(): void;
}

/** The exports of a wasm build. */
export type Bindings = typeof bindings;

/** What differs between a browser and Node. */
export interface Platform {
  /** A source for a string or URL: HTTP, and in Node also a path. */
  open(from: string): Promise<Source>;
  /** What a string or URL means here, in a form that another thread resolves the same way. */
  resolve(from: string | URL): string;
  /** Where a wasm build lies. */
  wasmUrl(build: Build): string;
  /** Compile a wasm build, checked against its digest. */
  compile(url: string, integrity: string | undefined): Promise<WebAssembly.Module>;
  /** The bindings of the build with WebGPU, which nothing loads before it is used; undefined where there can be no WebGPU. */
  webgpu(): Promise<Bindings> | undefined;
  /** Start the package's worker. */
  spawn(workerSrc: string | undefined): Endpoint;
  /** Whether threads can share memory here. */
  canShare(): boolean;
  /** Inside a worker: its end towards the page. */
  parent(): Endpoint;
  /** Let messages in. */
  tick(): Promise<void>;
}
