import { OpenimoError, toError } from './errors.js';
import { bestVariant, hasSimd, type Variant } from './features.js';
import { platform } from './platform/current.js';
import type { Bindings } from './platform/types.js';
import * as bindings from './wasm/openimo.js';
import { git, integrity } from './wasm/build.js';

/** Which module to instantiate; the package's own by default. */
export interface WasmOptions {
  readonly variant?: Variant | undefined;
  readonly wasmUrl?: string | undefined;
}

/** The exports of a build for the processor, instantiated once a thread. */
export async function instance(options: WasmOptions = {}): Promise<Bindings> {
  const variant = options.variant ?? current?.variant ?? bestVariant();
  const url = options.wasmUrl ?? current?.url ?? platform.wasmUrl(variant);
  if (current && (current.variant !== variant || current.url !== url)) {
    const message = `this thread already runs ${current.variant} from ${current.url}; load the other one in a worker`;
    throw new OpenimoError('wasm.second_build', message, { running: current.url, asked: url });
  }
  current ??= { variant, url, ready: start(variant, url) };
  try {
    await current.ready;
  } catch (e) {
    current = undefined;
    throw e;
  }
  return bindings;
}

/** The exports of the build with WebGPU, instantiated once a thread, beside the other where that runs too. */
export function gpuInstance(): Promise<Bindings> {
  gpu ??= startGpu().catch((e) => {
    gpu = undefined;
    throw new OpenimoError('device.unavailable', `the build for the GPU could not be loaded: ${toError(e).message}`);
  });
  return gpu;
}

/** What tells one package's GPU build from another's. */
export const gpuBuild = `${git} ${integrity.webgpu}`;

/** The commit that the package was built from. */
export const commit = git;

/** The build that runs in this thread. */
export function runningVariant(): Variant | undefined {
  return current?.variant;
}

let gpu: Promise<Bindings> | undefined;
let current: { variant: Variant; url: string; ready: Promise<void> } | undefined;

async function start(variant: Variant, url: string): Promise<void> {
  if (!hasSimd()) throw new OpenimoError('wasm.no_simd', 'this browser has no WebAssembly SIMD; any browser since 2023 has it');
  // A page that serves the module from elsewhere may have optimised it further: its digest is the page's affair.
  const own = url === platform.wasmUrl(variant);
  bindings.initSync({ module: await platform.compile(url, own ? integrity[variant] : undefined) });
}

async function startGpu(): Promise<Bindings> {
  const [webgpu, module] = await Promise.all([platform.webgpu(), platform.compile(platform.wasmUrl('webgpu'), integrity.webgpu)]);
  if (!webgpu) throw new OpenimoError('device.unavailable', 'there is no WebGPU here');
  webgpu.initSync({ module });
  return webgpu;
}
