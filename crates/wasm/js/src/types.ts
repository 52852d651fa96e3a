import type { Variant } from './features.js';

/** Who says what in a chat. */
export interface Message {
  role: string;
  content: string;
}

/** What a model file says about itself. */
export interface Manifest {
  readonly format: string;
  readonly version: number;
  readonly arithmetic: string;
  readonly name: string;
  readonly [field: string]: unknown;
}

/** How far a load is. */
export interface LoadProgress {
  /** Bytes of the file that are loaded and checked. */
  readonly loaded: number;
  /** Bytes of the file. */
  readonly total: number;
  /** Chunks that are loaded and checked. */
  readonly chunk: number;
  readonly chunks: number;
  /** Where the last one came from. */
  readonly from: 'source' | 'cache';
}

/** How {@link loadModel} works. */
export interface LoadOptions {
  onProgress?: (progress: LoadProgress) => void;
  /** Stops the load; what was cached by then is used by the next one. */
  signal?: AbortSignal;
  /** Keep chunks that came by HTTP for the next visit (default true, where the browser has storage). */
  cache?: boolean;
  /** Refuse any other model. */
  modelId?: string;
  /** Workers that share the rows of every matrix; 2 needs a page that is cross-origin isolated (default 1). */
  workers?: 1 | 2;
  /** Run in the calling thread; it blocks for a step (one token, or one window of a verification) at a time. */
  inline?: boolean;
  /** `scalar` runs the reference operators: slow, for audits (default `simd`). */
  backend?: 'simd' | 'scalar';
  /** The worker script, for pages that serve it from elsewhere. */
  workerSrc?: string | URL;
  /** The wasm module, for pages that serve it from elsewhere; it must be a build of this version. */
  wasmUrl?: string | URL;
  /** The build to use; the best one that this engine runs by default. */
  variant?: Variant;
}

/** What is asked of a model: text to continue or a chat. The rest has the defaults that are given here. */
export type RequestInput = ({ prompt: string } | { messages: readonly Message[] }) & {
  /** At most so many ids are generated (default 256). */
  maxTokens?: number;
  /** 0 is greedy (default). */
  temperature?: number;
  /** 0: all (default). */
  topK?: number;
  /** 1: all (default). */
  topP?: number;
  /** `0x` and 64 hex digits (default: zeros; greedy does not use it). */
  seed?: string;
};

/** What {@link versions} tells. */
export interface Versions {
  /** Of the package. */
  readonly version: string;
  /** Commit it was built from. */
  readonly git: string;
  /** Of the arithmetic, `CIS-1`. */
  readonly arithmetic: string;
  /** The wasm build that runs here. */
  readonly variant: string;
}

/** One check of a report. */
export interface Check {
  /** Stable, such as `recompute.ids`. */
  readonly code: string;
  readonly [field: string]: unknown;
}
/** What was checked and with what result. */
export interface Report {
  readonly level: string;
  readonly checks: readonly Check[];
  readonly [field: string]: unknown;
}
export interface Bundle {
  readonly format: string;
  readonly version: number;
  readonly [field: string]: unknown;
}
export interface GenerateProgress {
  readonly [field: string]: unknown;
}
export interface VerifyProgress {
  readonly [field: string]: unknown;
}
