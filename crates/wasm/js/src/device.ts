import { OpenimoError, toError } from './errors.js';
import { forgetPass, knownPass, rememberPass } from './passes.js';
import type { Bindings } from './platform/types.js';
import type { DeviceInfo, Fallback } from './types.js';
import { gpuBuild, gpuInstance } from './wasm.js';
import type { Device } from './wasm/openimo.js';

/** A GPU that passed its self-test. */
export interface OpenDevice {
  /** The build that drives it. */
  readonly wasm: Bindings;
  readonly device: Device;
  readonly info: DeviceInfo;
  /** Under which name its pass is kept. */
  readonly pass: string;
}

/**
 * Refuse what a look at the browser's adapter is enough to refuse, so that nothing is downloaded for it. `software` accepts one that is
 * a program on the processor. Answers what the browser tells of the adapter.
 */
export async function lookForGpu(software: boolean): Promise<{ name: string; software: boolean }> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) throw new OpenimoError('device.unavailable', 'there is no WebGPU here');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) throw new OpenimoError('device.unavailable', 'the browser offers no GPU');
  const { info } = adapter;
  // Browsers moved the mark from the adapter to its description.
  const marked = info.isFallbackAdapter || (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  const found = marked || info.architecture === 'swiftshader';
  if (found && !software) throw isSoftware();
  return { name: [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' '), software: found };
}

/** Open the GPU and make sure that it computes exactly: by its self-test, or by the memory of one. */
export async function openDevice(software: boolean, signal: AbortSignal): Promise<OpenDevice> {
  const seen = await lookForGpu(software);
  signal.throwIfAborted();
  const wasm = await gpuInstance();
  signal.throwIfAborted();
  const device = await wasm.Device.open(seen.name);
  try {
    const { name, driver, api, ...described } = device.describe();
    if (described.software && !software) throw isSoftware();
    // Browsers tell little of a driver, but a new one often comes with a new version of the browser.
    const pass = JSON.stringify([name, driver, api, navigator.userAgent, gpuBuild]);
    const known = await knownPass(pass);
    const cases = known ?? (await device.selfTest());
    if (known === undefined) await rememberPass(pass, cases);
    const selfTest = { cases, cached: known !== undefined };
    const info: DeviceInfo = { kind: 'gpu', name, driver, api, software: seen.software || described.software, selfTest };
    return { wasm, device, info, pass };
  } catch (e) {
    device.free();
    throw e;
  }
}

/** The device failed during a run: one that was wrong has to pass its test again before it is used. */
export async function distrust(pass: string, { code }: Fallback): Promise<void> {
  if (code === 'device.mismatch') await forgetPass(pass);
}

/** Why the processor is used in place of a device, if this error is a reason for that. */
export function fallbackFrom(e: unknown): Fallback | undefined {
  const { code, message } = toError(e);
  return code.startsWith('device.') ? { code, message } : undefined;
}

function isSoftware(): OpenimoError {
  return new OpenimoError('device.unavailable', 'the only GPU here is a program on the processor, slower than the processor itself');
}
