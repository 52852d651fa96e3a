import { openStore, type ChunkStore } from './cache.js';
import { distrust, openDevice } from './device.js';
import { OpenimoError } from './errors.js';
import { load } from './load.js';
import { platform } from './platform/current.js';
import { BlobSource, type Source } from './source.js';
import { Mate, join, type Seat } from './team.js';
import type { DeviceInfo, Fallback, FallbackProgress, ImageInfo, LoadProgress, Manifest } from './types.js';
import { instance, runningVariant, type WasmOptions } from './wasm.js';
import type { Begun, Engine, Header, Job, Loader, Needs } from './wasm/openimo.js';

/** What crosses to the thread that holds the model; everything in it can be posted. */
export interface HostLoad extends WasmOptions {
  readonly source: string | Blob;
  readonly cache: boolean;
  readonly backend: string;
  readonly modelId: string | undefined;
  /** Where this worker is the first of two. */
  readonly seat: Pick<Seat, 'shared' | 'port'> | undefined;
  /** Put the model on the GPU; `software`: even on one that is a program. */
  readonly gpu: { readonly software: boolean } | undefined;
}

/** What a load answers. */
export interface Loaded {
  readonly modelId: string;
  readonly manifest: Manifest;
  readonly image: ImageInfo | null;
  readonly variant: string;
  readonly workers: number;
  readonly device: DeviceInfo;
}

/** How a call reports, asks and is stopped. */
export interface Call<P> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: P) => void;
  /** Answers what a job has to know and the thread that runs it cannot. */
  readonly ask?: ((question: unknown) => Promise<unknown>) | undefined;
}

/** The calls that a facade makes, in its own thread or through a worker. */
export interface Calls {
  load(options: HostLoad, call: Call<LoadProgress>): Promise<Loaded>;
  request(draft: string): Promise<{ request: string; hash: string }>;
  pieces(ids: readonly number[]): Promise<string[]>;
  generate(request: string, call: Call<unknown>): Promise<unknown>;
  verify(bundle: string, call: Call<unknown>): Promise<unknown>;
  spot(spot: string, call: Call<unknown>): Promise<unknown>;
  dispute(input: string, call: Call<unknown>): Promise<unknown>;
  dispose(): Promise<void>;
}

/** What answers them. */
export interface Host extends Calls {
  /** Hear of it when the model moves to another device. */
  onDevice(listener: (device: DeviceInfo) => void): void;
}

/** What a job does. */
export type Kind = 'generate' | 'verify' | 'spot' | 'dispute';
/** Jobs that need the numbers between the layers, which a GPU does not give back. */
const TRACED: readonly Kind[] = ['spot', 'dispute'];

/** What it takes to go on without the GPU. */
interface Spare {
  /** Load the same model for the processor. */
  readonly load: (call: Call<LoadProgress>) => Promise<Engine>;
  readonly pass: string;
  /** Why the GPU is not to be used any longer. */
  fault: Fallback | undefined;
}

/** A host in this very thread: one model, one job at a time. */
export class LocalHost implements Host {
  #engine: Engine | undefined;
  #mate: Mate | undefined;
  #spare: Spare | undefined;
  /** The same model on the processor, where the first is on a GPU. */
  #traced: Engine | undefined;
  /** Where its file is. */
  #from: HostLoad | undefined;
  #listener: (device: DeviceInfo) => void = () => {};
  /** The last job of the queue. */
  #busy: Promise<unknown> = Promise.resolve();

  onDevice(listener: (device: DeviceInfo) => void): void {
    this.#listener = listener;
  }

  async load(options: HostLoad, call: Call<LoadProgress>): Promise<Loaded> {
    this.#from = options;
    return options.gpu ? this.#loadGpu(options, options.gpu.software, call) : this.#loadCpu(options, call);
  }

  async #loadCpu(options: HostLoad, call: Call<LoadProgress>): Promise<Loaded> {
    const wasm = await instance(options);
    const { seat } = options;
    if (seat) join(seat, 0);
    this.#mate = seat && new Mate(seat.port);
    const loader = new wasm.Loader(options.backend, 0, seat ? 2 : 1);
    const { engine, header } = await read(loader, options, call, this.#mate);
    this.#engine = engine;
    const variant = runningVariant() ?? '';
    return { ...described(header), variant, workers: seat ? 2 : 1, device: { kind: 'cpu', name: variant } };
  }

  async #loadGpu(options: HostLoad, software: boolean, call: Call<LoadProgress>): Promise<Loaded> {
    const { wasm, device, info, pass } = await openDevice(software, call.signal);
    const { engine, header } = await read(wasm.Loader.onDevice(device), options, call);
    this.#engine = engine;
    const same = { ...options, modelId: header.modelId };
    const spare = async (call: Call<LoadProgress>) => (await read(new wasm.Loader('simd', 0, 1), same, call)).engine;
    this.#spare = { load: spare, pass, fault: undefined };
    return { ...described(header), variant: 'webgpu', workers: 1, device: info };
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

  spot(spot: string, call: Call<unknown>): Promise<unknown> {
    return this.#queue(() => this.#run('spot', spot, call));
  }

  dispute(input: string, call: Call<unknown>): Promise<unknown> {
    return this.#queue(() => this.#run('dispute', input, call));
  }

  async dispose(): Promise<void> {
    await this.#busy.catch(() => {});
    this.#engine?.free();
    this.#traced?.free();
    this.#engine = this.#traced = undefined;
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

  /** Run a job to its end; one whose device fails goes on with the processor. */
  async #run(kind: Kind, text: string, call: Call<unknown>): Promise<unknown> {
    for (let begun: Begun | undefined; ; ) {
      let job: Job;
      try {
        await this.#replaced(call);
        const engine = TRACED.includes(kind) ? await this.#onProcessor(call) : this.#loaded();
        job = engine[kind](text, begun);
      } catch (e) {
        begun?.free();
        throw e;
      }
      try {
        const end = await this.#steps(job, kind, text, call);
        if ('done' in end) return end.done;
        begun = job.begun();
        await this.#fail(end.fault);
      } finally {
        job.free();
      }
    }
  }

  /** Step through a job, letting messages in between steps: that is where an abort arrives. */
  async #steps(job: Job, kind: Kind, text: string, call: Call<unknown>) {
    const { signal, onProgress } = call;
    const mate = this.#mate;
    try {
      mate?.start(kind, text);
      for (;;) {
        signal.throwIfAborted();
        // The second worker runs the same step at the same time; the two meet in it.
        mate?.step();
        const step = job.step();
        if ('done' in step || 'fault' in step) return step;
        if ('pending' in step) {
          await step.pending;
          continue;
        }
        if ('needs' in step) {
          await this.#provide(job, step.needs, call);
          continue;
        }
        onProgress(step.progress);
        await platform.tick();
      }
    } finally {
      mate?.end();
    }
  }

  /** Fetch what a job needs before it goes on. */
  async #provide(job: Job, needs: Needs, { signal, ask }: Call<unknown>): Promise<void> {
    if ('call' in needs) {
      if (!ask) throw new OpenimoError('option.holds', 'the job asks what a referee says, and nobody was named who can be asked');
      return job.word((await ask(needs.call)) === true);
    }
    if (!this.#from) throw new OpenimoError('engine.disposed', 'the engine was disposed of');
    await withFile(this.#from, async (source, store) => {
      for (const { index, offset, length } of needs.chunks) {
        const kept = await store?.read(offset, length);
        if (kept && takes(job, index, kept)) continue;
        job.chunk(index, await source.read(offset, length, signal));
      }
    });
  }

  /** The model on the processor, loaded beside that on a GPU where it is there alone. */
  async #onProcessor({ signal, onProgress }: Call<unknown>): Promise<Engine> {
    if (!this.#spare) return this.#loaded();
    const told = ({ loaded: done, total }: Pick<LoadProgress, 'loaded' | 'total'>): void => onProgress({ phase: 'load', done, total, text: '' });
    this.#traced ??= await this.#spare.load({ signal, onProgress: told });
    return this.#traced;
  }

  /** The GPU is not used again. */
  async #fail(fault: Fallback): Promise<void> {
    const spare = this.#spare;
    if (!spare) throw new OpenimoError(fault.code, fault.message);
    spare.fault = { code: fault.code, message: fault.message };
    this.#listener({ kind: 'cpu', name: 'simd128', fallback: spare.fault });
    await distrust(spare.pass, fault);
  }

  /** After a fault: load the model again, for the processor. Where that is stopped or fails, the next job does it. */
  async #replaced({ signal, onProgress }: Call<unknown>): Promise<void> {
    const spare = this.#spare;
    if (!spare?.fault) return;
    const { fault } = spare;
    const told = ({ loaded: done, total }: Pick<LoadProgress, 'loaded' | 'total'>): void =>
      onProgress({ phase: 'fallback', ...fault, done, total, text: '' } satisfies FallbackProgress);
    const before = this.#engine;
    this.#engine = await spare.load({ signal, onProgress: told });
    this.#spare = undefined;
    before?.free();
  }
}

/** Read the model into `loader`, which is spent whatever happens. */
async function read(loader: Loader, options: HostLoad, call: Call<LoadProgress>, mate?: Mate): Promise<{ engine: Engine; header: Header }> {
  try {
    return await withFile(options, (source, store) => load(loader, { source, store, modelId: options.modelId, mate, ...call }));
  } catch (e) {
    loader.free();
    throw e;
  }
}

/** Open the model's file, and what is kept of it from earlier, for as long as `use` takes. */
async function withFile<T>(options: HostLoad, use: (source: Source, store: ChunkStore | undefined) => Promise<T>): Promise<T> {
  let source: Source | undefined;
  let store: ChunkStore | undefined;
  try {
    source = typeof options.source === 'string' ? await platform.open(options.source) : new BlobSource(options.source);
    store = options.cache ? await openStore(source) : undefined;
    return await use(source, store);
  } finally {
    await source?.close();
    await store?.close();
  }
}

/** Whether a chunk that was kept is the right one. */
function takes(job: Job, index: number, bytes: Uint8Array): boolean {
  try {
    job.chunk(index, bytes);
    return true;
  } catch {
    return false;
  }
}

function described({ modelId, manifest, image }: Header): Pick<Loaded, 'modelId' | 'manifest' | 'image'> {
  return { modelId, manifest: manifest as Manifest, image };
}
