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
  /** A chunk arrived damaged and is fetched again. */
  readonly refetched?: { readonly chunk: number; readonly attempt: number };
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
  /** At most so many ids are generated (default 128). */
  maxTokens?: number;
  /** 0 is greedy (default). A decimal such as `0.7`, or the same as text. */
  temperature?: number | string;
  /** Keep the k most likely; 0: all (default). */
  topK?: number;
  /** Keep the most likely that make up this share; 1: all (default). */
  topP?: number | string;
  /** `0x` and 64 hex digits, or an integer below 2^256 (default 0; greedy does not use it). */
  seed?: string | number | bigint;
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
  readonly status: 'passed' | 'failed' | 'skipped' | 'unsupported';
  /** What is checked, or, where it failed, what that means. */
  readonly explanation: string;
  /** What was found, why it was skipped, or which version is not known. */
  readonly [detail: string]: unknown;
}

/** What was checked and what came of it: plain data, the same for the same bytes and version. */
export interface Report {
  readonly verdict: 'verified' | 'not_verified' | 'could_not_check';
  /** The level that was reached; null where not even consistency could be checked. */
  readonly level: 'invalid' | 'consistent' | 'recomputed' | 'proven' | null;
  /** The answer in one sentence. */
  readonly summary: string;
  readonly checks: readonly Check[];
  /** Where the output parts from what the model picks. */
  readonly difference: Difference | null;
  readonly statement_hash: string | null;
  readonly model: { readonly id: string; readonly name: string; readonly sources: readonly string[] } | null;
  readonly [field: string]: unknown;
}

/** The first id that the model would not have picked. */
export interface Difference {
  /** Index among the generated ids. */
  readonly position: number;
  readonly expected: { readonly id: number; readonly text: string };
  readonly found: { readonly id: number; readonly text: string };
}

/** Everything that a verifier needs besides the model. */
export interface Bundle {
  readonly format: 'openimo-bundle';
  readonly version: number;
  readonly model: { readonly id: string; readonly name: string; readonly sources: readonly string[] };
  /** The request in canonical form. */
  readonly request: string;
  readonly output: {
    readonly ids: readonly number[];
    readonly text: string;
    readonly content_hex?: string;
    readonly finish: 'stop' | 'length';
  };
  readonly statement: Readonly<Record<string, unknown>>;
}

/** A step of a generation. */
export interface GenerateProgress {
  readonly phase: 'prefill' | 'generate';
  /** Ids done in this phase, of at most `total`. */
  readonly done: number;
  readonly total: number;
  /** Text that is new; empty while the prompt is read and within a character. */
  readonly text: string;
  /** The id that was chosen. */
  readonly id?: number;
}

/** A step of a verification: a window was run again. */
export interface VerifyProgress {
  readonly phase: 'verify';
  /** Ids that were run, of `total`, those of the prompt among them. */
  readonly done: number;
  readonly total: number;
}
