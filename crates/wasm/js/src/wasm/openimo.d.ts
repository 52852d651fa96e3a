/** The surface of the wasm module, as `crates/wasm/src` exports it. Everything that throws throws plain `{code, message, details}`. */

import type { ImageInfo } from '../types.js';

/** A stretch of a model file that is checked on its own. */
export interface Chunk {
  readonly index: number;
  readonly section: string;
  /** From the start of the file. */
  readonly offset: number;
  readonly length: number;
}

/** The head of a model file: enough to know which model it is and what to fetch. */
export interface Header {
  readonly modelId: string;
  readonly manifest: unknown;
  /** Of a model that draws. */
  readonly image: ImageInfo | null;
  readonly headLength: number;
  readonly fileLength: number;
  readonly chunks: readonly Chunk[];
}

/** Takes a model file a chunk at a time. */
export class Loader {
  /** `backend` is `simd` or `scalar`; this thread is `rank` of `ranks`. */
  constructor(backend: string, rank: number, ranks: number);
  /** Parse the head from the first bytes of the file; `needs` is how many are needed to get further. */
  head(bytes: Uint8Array): Header | { readonly needs: number };
  /** Check the next chunk and pack its rows; when it throws `file.corrupt_chunk`, push the right bytes. */
  push(bytes: Uint8Array): void;
  /** After `head`: whether the device has room for this model; rejects with `device.too_small`. Nothing to wait for on the processor. */
  room(): Promise<void>;
  /** All chunks are in; the loader is spent. */
  finish(): Engine;
  /** A loader that puts the model on `device`, which is spent. Only in the build with WebGPU. */
  static onDevice(device: Device): Loader;
  free(): void;
}

/** A loaded model. */
export class Engine {
  private constructor();
  /** The canonical request for what is asked, and its hash. */
  request(draft: string): { readonly request: string; readonly hash: string };
  /** The text of each id. */
  pieces(ids: Uint32Array): string[];
  /** With what another engine's job had begun when its device failed, go on from there. */
  generate(request: string, begun?: Begun): Job;
  verify(bundle: string, begun?: Begun): Job;
  /** Check one step of a run. */
  spot(spot: string, begun?: Begun): Job;
  /** Run an asserted run again, and find the next move against it. */
  dispute(input: string, begun?: Begun): Job;
  free(): void;
}

/** A run, one step at a time: one id of a generation, one window of a verification. */
export class Job {
  private constructor();
  /** `pending` settles when the device has got further: then step again. After `fault` the job can only be gone on from elsewhere. */
  step():
    | { readonly progress: unknown }
    | { readonly done: unknown }
    | { readonly pending: Promise<void> }
    | { readonly needs: Needs }
    | { readonly fault: { readonly code: string; readonly message: string } };
  /** A chunk of the model file that was needed; throws where it is not that chunk. */
  chunk(index: number, bytes: Uint8Array): void;
  /** Whether the referee says that the step holds that he was asked about. */
  word(holds: boolean): void;
  /** After a fault: what an engine on the processor needs to go on. It is spent by that. */
  begun(): Begun | undefined;
  free(): void;
}

/** What a job has to be given before it is stepped again: chunks of the model file, or what a referee answers to a call. */
export type Needs =
  | { readonly chunks: readonly { readonly index: number; readonly offset: number; readonly length: number }[] }
  | { readonly call: { readonly to: string; readonly data: string } };

/** What a job had found when its device failed; only to be handed on, to an engine of the same module. */
export class Begun {
  private constructor();
  free(): void;
}

/** A GPU. Only in the build with WebGPU. */
export class Device {
  private constructor();
  /** Open the most powerful one; rejects with `device.unavailable`. */
  static open(name: string): Promise<Device>;
  /** What is known of it. */
  describe(): {
    readonly name: string;
    readonly driver: string;
    readonly api: string;
    /** A program on the processor, slower than the processor itself. */
    readonly software: boolean;
  };
  /** The known-answer test of every operator: its number of cases; rejects with `device.self_test`. */
  selfTest(): Promise<number>;
  free(): void;
}

/** The checks that need no model. */
export function checkBundle(bundle: string): unknown;
/** The hash of a canonical request. */
export function hashRequest(request: string): string;
/** What was built. */
export function versions(): unknown;

/** Instantiate a compiled module in this thread. */
export function initSync(module: { module: WebAssembly.Module }): unknown;
