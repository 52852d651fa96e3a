import { OpenimoError, toError } from '../errors.js';
import { integrity } from '../wasm/build.js';
import * as bindings from '../wasm/chain.js';

/** How the module is had on this platform. */
interface Platform {
  url(): string;
  bytes(url: string, integrity: string): Promise<WebAssembly.Module>;
}

let platform: Platform;
let ready: Promise<unknown> | undefined;

/** Set by the entry that was imported, before anything runs. */
export function use(current: Platform): void {
  platform = current;
}

/** A module from a response. */
export async function compile(response: Response, url: string): Promise<WebAssembly.Module> {
  if (!response.ok) throw new OpenimoError('wasm.not_found', `${url}: the server answered ${response.status}`, { url });
  return WebAssembly.compile(await response.arrayBuffer());
}

/** The rules, loaded once. Everything that they throw is an `OpenimoError`. */
export async function rules(): Promise<typeof bindings> {
  ready ??= platform.bytes(platform.url(), integrity.chain).then((module) => bindings.initSync({ module }));
  try {
    await ready;
  } catch (e) {
    ready = undefined;
    throw toError(e);
  }
  return bindings;
}

/** Call one of the rules. */
export async function rule<T>(call: (of: typeof bindings) => unknown): Promise<T> {
  const of = await rules();
  try {
    return call(of) as T;
  } catch (e) {
    throw toError(e);
  }
}

/** JSON as the rules read it: a `bigint` is a `0x` quantity. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v));
}
