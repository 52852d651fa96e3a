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

/** What a model draws. */
export interface ImageInfo {
  /** Of a picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Of a picture: every one has as many, line by line from the top. */
  readonly ids: number;
  /** Ids of a line, and lines. */
  readonly columns: number;
  readonly rows: number;
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

/** What a model runs on. */
export interface DeviceInfo {
  readonly kind: 'gpu' | 'cpu';
  /** Of the adapter; of a processor, the instructions that the build uses: `simd128` or `relaxed`. */
  readonly name: string;
  readonly driver?: string;
  /** What the browser reaches it by. */
  readonly api?: string;
  /** A program on the processor that behaves like a GPU. */
  readonly software?: boolean;
  /** The test of every operator that a GPU must pass before it is used; `cached`: it passed on an earlier visit. */
  readonly selfTest?: { readonly cases: number; readonly cached: boolean };
  /** Why the processor is used although a GPU was wanted. */
  readonly fallback?: Fallback;
}

/**
 * Why a GPU is not used, or not any longer: `device.unavailable`, `device.self_test` (an operator is not exact on it),
 * `device.too_small` (for this model), `device.out_of_memory`, `device.lost`, `device.mismatch` (a product that was checked on the
 * processor during a run was wrong).
 */
export interface Fallback {
  readonly code: string;
  readonly message: string;
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
  /**
   * `auto` (default): the GPU where there is one that is not a program, is large enough and passes its self-test; else the processor,
   * and {@link DeviceInfo.fallback} says why. `gpu`: that or an error, also with a GPU that is a program. `cpu`: the processor.
   */
  device?: 'auto' | 'gpu' | 'cpu';
  /** Workers that share the rows of every matrix; 2 needs a page that is cross-origin isolated (default 1). A GPU takes one. */
  workers?: 1 | 2;
  /** Run in the calling thread; it blocks for a step (one token, or one window of a verification) at a time. */
  inline?: boolean;
  /** `scalar` runs the reference operators: slow, for audits, and on the processor (default `simd`). */
  backend?: 'simd' | 'scalar';
  /** The worker script, for pages that serve it from elsewhere. */
  workerSrc?: string | URL;
  /** The wasm module for the processor, for pages that serve it from elsewhere; it must be a build of this version. */
  wasmUrl?: string | URL;
  /** The build for the processor; the best one that this engine runs by default. */
  variant?: Variant;
}

/**
 * What is asked of a model: text to continue or a chat. The rest has the defaults that are given here; a model that draws has its own number of
 * ids, the temperature 0.5 and the share 0.9.
 */
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
  /** What was produced; null where the bundle could not be read. */
  readonly output: ReportOutput | null;
  /** What finished running it again, and, where another device began it, why that did not; null where nothing was run. */
  readonly recomputed_on: { readonly kind: 'cpu' | 'gpu'; readonly name: string; readonly fallback: Fallback | null } | null;
  readonly [field: string]: unknown;
}

/** The output of a report. */
export interface ReportOutput {
  /** Empty where it is a picture. */
  readonly text: string;
  readonly picture?: ReportPicture;
  readonly finish: 'stop' | 'length';
  readonly ids: readonly { readonly id: number; readonly text: string | null; readonly outcome: 'same' | 'differs' | 'unchecked' }[];
}

/** A picture twice: PNG files in base 64. */
export interface ReportPicture {
  /** As the bundle has it. */
  readonly claimed: string;
  /** As its ids give it here; null where they were not drawn. */
  readonly recreated: string | null;
  /** Pixels that differ; null where that cannot be said. */
  readonly differing: number | null;
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
    /** The PNG file of a picture in base 64, and then no text; `pictureOf` gives its bytes. */
    readonly picture?: string;
    readonly finish: 'stop' | 'length';
  };
  readonly statement: Readonly<Record<string, unknown>>;
}

/** What checking one step of a run found. It says nothing about the other steps. */
export interface SpotFinding {
  readonly holds: boolean;
  /** What the step is of. */
  readonly statement: Readonly<Record<string, unknown>>;
  readonly statementHash: string;
  /** The request in canonical form. */
  readonly request: string;
  /** Position in the sequence of prompt and output, of `positions`; the prompt has the first `prompt` of them. */
  readonly position: number;
  readonly positions: number;
  readonly prompt: number;
  readonly step: { readonly kind: 'embedding' | 'choice' } | { readonly kind: 'layer'; readonly layer: number };
  /** Where it does not hold: the number in a column, or the id, that the model gives, and what the run has. */
  readonly differs?: { readonly column?: number; readonly expected: number; readonly found: number };
}

/** A step of a generation. */
export type GenerateProgress = GenerateStep | FallbackProgress;

/** A part of the prompt was read, an id chosen, or the picture so far drawn. */
export interface GenerateStep {
  readonly phase: 'prefill' | 'generate' | 'draw';
  /** Ids done in this phase, of at most `total`. It goes back where a GPU was found wrong: only the ids before this one stand. */
  readonly done: number;
  readonly total: number;
  /** Text that is new; empty while the prompt is read and within a character. */
  readonly text: string;
  /** The id that was chosen. */
  readonly id?: number;
  /** With `draw`: a `data:` address of the picture from the ids so far. What has no ids yet is drawn as if they were all the first one. */
  readonly picture?: string;
}

/** The GPU failed, and the model is loaded again for the processor, which then goes on. */
export interface FallbackProgress extends Fallback {
  readonly phase: 'fallback';
  /** Bytes of the model, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Nothing new. */
  readonly text: '';
  readonly id?: undefined;
  readonly picture?: undefined;
}

/** A step of a verification. */
export type VerifyProgress = VerifyStep | FallbackProgress;

/** A window was run again, or the picture of the ids drawn. */
export interface VerifyStep {
  readonly phase: 'verify' | 'draw';
  /** Ids that were run, of `total`, those of the prompt among them; with `draw`, those of the picture. */
  readonly done: number;
  readonly total: number;
}
