import { openStore } from './cache.js';
import { OpenimoError } from './errors.js';
import { load } from './load.js';
import { platform } from './platform/current.js';
import { BlobSource } from './source.js';
import { Mate, join, type Seat } from './team.js';
import type { LoadProgress, Manifest } from './types.js';
import { instance, runningVariant, type WasmOptions } from './wasm.js';
import type { Engine, Job } from './wasm/openimo.js';

/** What crosses to the thread that holds the model; everything in it can be posted. */
export interface HostLoad extends WasmOptions {
  readonly source: string | Blob;
  readonly cache: boolean;
  readonly backend: string;
  readonly modelId: string | undefined;
  /** Where this worker is the first of two. */
  readonly seat: Pick<Seat, 'shared' | 'port'> | undefined;
}

/** What a load answers. */
export interface Loaded {
  readonly modelId: string;
  readonly manifest: Manifest;
  readonly variant: string;
  readonly workers: number;
}

/** How a call reports and is stopped. */
export interface Call<P> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: P) => void;
}

/** The calls that a facade makes, in its own thread or through a worker. */
export interface Host {
  load(options: HostLoad, call: Call<LoadProgress>): Promise<Loaded>;
  request(draft: string): Promise<{ request: string; hash: string }>;
  pieces(ids: readonly number[]): Promise<string[]>;
  generate(request: string, call: Call<unknown>): Promise<unknown>;
  verify(bundle: string, call: Call<unknown>): Promise<unknown>;
  dispose(): Promise<void>;
}

/** A host in this very thread: one model, one job at a time. */
export class LocalHost implements Host {
  #engine: Engine | undefined;
  #mate: Mate | undefined;
  /** The last job of the queue. */
  #busy: Promise<unknown> = Promise.resolve();

  async load(options: HostLoad, call: Call<LoadProgress>): Promise<Loaded> {
    const wasm = await instance(options);
    const source = typeof options.source === 'string' ? await platform.open(options.source) : new BlobSource(options.source);
    const store = options.cache ? await openStore(source) : undefined;
    const { seat } = options;
    if (seat) join(seat, 0);
    const mate = seat && new Mate(seat.port);
    const loader = new wasm.Loader(options.backend, 0, seat ? 2 : 1);
    try {
      const { engine, header } = await load(loader, { source, store, modelId: options.modelId, mate, ...call });
      this.#engine = engine;
      this.#mate = mate;
      return { modelId: header.modelId, manifest: header.manifest as Manifest, variant: runningVariant() ?? '', workers: seat ? 2 : 1 };
    } catch (e) {
      loader.free();
      throw e;
    } finally {
      await source.close();
      await store?.close();
    }
  }

  async request(draft: string): Promise<{ request: string; hash: string }> {
    return this.#loaded().request(draft);
  }

  async pieces(ids: readonly number[]): Promise<string[]> {
    return this.#loaded().pieces(Uint32Array.from(ids));
  }

  generate(request: string, call: Call<unknown>): Promise<unknown> {
    return this.#queue(() => this.#run('generate', request, call));
  }

  verify(bundle: string, call: Call<unknown>): Promise<unknown> {
    return this.#queue(() => this.#run('verify', bundle, call));
  }

  async dispose(): Promise<void> {
    await this.#busy.catch(() => {});
    this.#engine?.free();
    this.#engine = undefined;
  }

  #loaded(): Engine {
    if (!this.#engine) throw new OpenimoError('engine.disposed', 'the engine was disposed of');
    return this.#engine;
  }

  /** Jobs take turns: each holds a cache of keys and values, and they would only slow each other down. */
  #queue<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#busy.catch(() => {}).then(job);
    this.#busy = turn;
    return turn;
  }

  /** Step through a job, letting messages in between steps: that is where an abort arrives. */
  async #run(kind: 'generate' | 'verify', text: string, { signal, onProgress }: Call<unknown>): Promise<unknown> {
    const [engine, mate] = [this.#loaded(), this.#mate];
    const job: Job = kind === 'generate' ? engine.generate(text) : engine.verify(text);
    try {
      mate?.start(kind, text);
      for (;;) {
        signal.throwIfAborted();
        // The second worker runs the same step at the same time; the two meet in it.
        mate?.step();
        const step = job.step();
        if ('done' in step) return step.done;
        onProgress(step.progress);
        await platform.tick();
      }
    } finally {
      mate?.end();
      job.free();
    }
  }
}
