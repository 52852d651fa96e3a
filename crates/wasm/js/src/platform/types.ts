import type { Source } from '../source.js';
import type { Variant } from '../features.js';

/** One end of a conversation between the page and a worker. */
export interface Endpoint {
  post(message: unknown, transfer?: Transferable[]): void;
  onMessage(listener: (message: unknown) => void): void;
  onFailure(listener: (reason: string) => void): void;
  close(): void;
}

/** What differs between a browser and Node. */
export interface Platform {
  /** A source for a string or URL: HTTP, and in Node also a path. */
  open(from: string): Promise<Source>;
  /** What a string or URL means here, in a form that another thread resolves the same way. */
  resolve(from: string | URL): string;
  /** Where a wasm build lies. */
  wasmUrl(variant: Variant): string;
  /** Compile a wasm build, checked against its digest. */
  compile(url: string, integrity: string | undefined): Promise<WebAssembly.Module>;
  /** Start the package's worker. */
  spawn(workerSrc: string | undefined): Endpoint;
  /** Whether threads can share memory here. */
  canShare(): boolean;
  /** Inside a worker: its end towards the page. */
  parent(): Endpoint;
  /** Let messages in. */
  tick(): Promise<void>;
}
