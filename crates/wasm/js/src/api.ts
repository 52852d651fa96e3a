/**
 * Run a language model by exact integer arithmetic, and check that a text came from it, bit for bit.
 *
 * {@link loadModel} gives an {@link Engine}, in a worker of its own unless told otherwise; {@link checkBundle} needs no model.
 */
import { fallbackFrom, lookForGpu } from './device.js';
import { Engine, bundleText } from './engine.js';
import { OpenimoError } from './errors.js';
import { SharedExchange } from './exchange.js';
import { LocalHost, type Call, type Host, type HostLoad } from './host.js';
import { platform } from './platform/current.js';
import { RemoteHost } from './rpc.js';
import type { Bundle, Fallback, LoadOptions, LoadProgress, Report, Versions } from './types.js';
import { commit, instance, runningVariant, type WasmOptions } from './wasm.js';

export { clearCache } from './cache.js';
export { OpenimoError, type ErrorData } from './errors.js';
export type { Engine } from './engine.js';
export { pictureOf } from './picture.js';
export type { Variant } from './features.js';
export type * from './dispute.js';
export type * from './types.js';
export type { WasmOptions } from './wasm.js';

/**
 * Load a model file from a URL (in Node also a path), a `Blob` or `File`, or an `ArrayBuffer`. Each chunk is checked against the
 * model id as it arrives. Rejects with an {@link OpenimoError}, or with the signal's reason.
 */
export async function loadModel(source: string | URL | Blob | ArrayBuffer, options: LoadOptions = {}): Promise<Engine> {
  const url = (u: string | URL | undefined): string | undefined => u && platform.resolve(u);
  const from = source instanceof Blob ? source : source instanceof ArrayBuffer ? new Blob([source]) : platform.resolve(source);
  const build = { variant: options.variant, wasmUrl: url(options.wasmUrl) };
  const load = {
    ...build,
    source: from,
    cache: options.cache ?? true,
    backend: options.backend ?? 'simd',
    modelId: options.modelId,
    seat: undefined,
    gpu: undefined,
  };
  const call = { signal: options.signal ?? new AbortController().signal, onProgress: options.onProgress ?? (() => {}) };
  const workerSrc = url(options.workerSrc);
  const wanted = wantedDevice(options);
  let fallback: Fallback | undefined;
  if (wanted !== 'cpu') {
    const software = wanted === 'gpu';
    try {
      await lookForGpu(software);
      const host = options.inline ? new LocalHost() : new RemoteHost(platform.spawn(workerSrc));
      return await start(host, { ...load, gpu: { software } }, call);
    } catch (e) {
      fallback = fallbackFrom(e);
      if (wanted === 'gpu' || !fallback) throw e;
    }
  }
  const { host, seat } = options.inline ? { host: new LocalHost(), seat: undefined } : team(options, workerSrc, build);
  return start(host, { ...load, seat }, call, fallback);
}

/** Load into a host; one that fails is given up. */
async function start(host: Host, load: HostLoad, call: Call<LoadProgress>, fallback?: Fallback): Promise<Engine> {
  try {
    const loaded = await host.load(load, call);
    return new Engine(host, fallback ? { ...loaded, device: { ...loaded.device, fallback } } : loaded);
  } catch (e) {
    await host.dispose();
    throw e;
  }
}

function wantedDevice({ device = 'auto', backend = 'simd' }: LoadOptions): 'auto' | 'gpu' | 'cpu' {
  if (!['auto', 'gpu', 'cpu'].includes(device)) {
    throw new OpenimoError('option.device', `there is no device ${JSON.stringify(device)}, only auto, gpu and cpu`, { got: device });
  }
  return backend === 'simd' ? device : 'cpu';
}

/** One worker, or two that share the rows of every matrix where the page can share memory. */
function team(options: LoadOptions, workerSrc: string | undefined, build: WasmOptions) {
  const two = options.workers === 2 && options.backend !== 'scalar' && platform.canShare();
  if (!two) return { host: new RemoteHost(platform.spawn(workerSrc)), seat: undefined };
  const [shared, channel] = [SharedExchange.allocate(), new MessageChannel()];
  const second = { endpoint: platform.spawn(workerSrc), seat: { ...build, shared, port: channel.port2 } };
  return { host: new RemoteHost(platform.spawn(workerSrc), second), seat: { shared, port: channel.port1 } };
}

/** Check what can be checked of a bundle without its model: form, version and hashes. */
export async function checkBundle(bundle: Bundle | string | Uint8Array, options: WasmOptions = {}): Promise<Report> {
  const wasm = await instance(options);
  return wasm.checkBundle(bundleText(bundle)) as Report;
}

/** The hash of a canonical request: what a collection and a statement know it by. */
export async function hashRequest(request: string, options: WasmOptions = {}): Promise<string> {
  return (await instance(options)).hashRequest(request);
}

/** What this package was built from, and which of its builds runs here. */
export async function versions(options: WasmOptions = {}): Promise<Versions> {
  const wasm = await instance(options);
  return { ...(wasm.versions() as Versions), git: commit, variant: runningVariant() ?? '' };
}
