import { OpenimoError } from '../errors.js';
import { chainError, message, providerCode } from './errors.js';
import type { Provider } from './types.js';

/** A way to a node; `most` is how many bytes an answer may have where that is not the usual number. */
export type Ask = (method: string, params: unknown, most?: number) => Promise<unknown>;

/** What a node may take. */
export interface Limits {
  /** Milliseconds for an answer (default 15000). */
  readonly timeoutMs?: number;
  /** Bytes of an answer (default 2 MiB). */
  readonly maxBytes?: number;
}

const MAX_BYTES = 2 << 20;
const TIMEOUT = 15_000;

/** Ask a node by its URL, or a wallet's node, within limits. */
export function transport(source: string | URL | Provider, limits: Limits = {}): Ask {
  const timeoutMs = limits.timeoutMs ?? TIMEOUT;
  const maxBytes = limits.maxBytes ?? MAX_BYTES;
  if (typeof source === 'string' || source instanceof URL) return http(new URL(source), timeoutMs, maxBytes);
  return (method, params, most = maxBytes) => inTime(asked(source, method, params, most), timeoutMs);
}

function http(url: URL, timeoutMs: number, maxBytes: number): Ask {
  let last = 0;
  return async (method, params, most = maxBytes) => {
    const id = ++last;
    const signal = AbortSignal.timeout(timeoutMs);
    let text: string;
    try {
      const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
      const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, signal, redirect: 'error' });
      text = await bounded(response, most);
    } catch (e) {
      if (e instanceof OpenimoError) throw e;
      if (signal.aborted) throw chainError('rpc.timeout', method, { timeoutMs });
      throw chainError('rpc.unreachable', message(e));
    }
    const answer = parse(text);
    if (answer['id'] !== id) throw chainError('rpc.malformed', 'an answer to another question');
    if (answer['error'] != null) throw refusal(answer['error']);
    if (!('result' in answer)) throw chainError('rpc.malformed', 'neither result nor error');
    return answer['result'];
  };
}

async function asked(provider: Provider, method: string, params: unknown, maxBytes: number): Promise<unknown> {
  let result: unknown;
  try {
    result = await provider.request({ method, params });
  } catch (e) {
    throw refusal(e);
  }
  if (tooLong(result, maxBytes)) throw chainError('rpc.too_long', method);
  return result;
}

function tooLong(result: unknown, maxBytes: number): boolean {
  if (typeof result === 'string') return result.length > maxBytes;
  return typeof result === 'object' && result !== null && JSON.stringify(result).length > maxBytes;
}

/** An answer that comes too late is none. */
function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(chainError('rpc.timeout', undefined, { timeoutMs })), timeoutMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The body, given up as soon as it is longer than it may be. */
async function bounded(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const parts: Uint8Array[] = [];
  for (let length = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw chainError('rpc.too_long', `more than ${maxBytes} bytes`);
    }
    parts.push(value);
  }
  return new TextDecoder().decode(await new Blob(parts as BlobPart[]).arrayBuffer());
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw chainError('rpc.malformed', `no JSON object: ${text.slice(0, 60)}`);
}

/** What a contract says when it refuses, found where nodes and libraries put it. */
function refusal(e: unknown): OpenimoError {
  if (e instanceof OpenimoError) return e;
  const data = revertData(e);
  if (data !== undefined) return chainError('rpc.reverted', undefined, { data });
  return chainError('rpc.refused', message(e), { provider: providerCode(e) });
}

function revertData(e: unknown): string | undefined {
  let reverted = false;
  for (let depth = 0; depth < 6 && typeof e === 'object' && e !== null; depth++) {
    const { data, cause, error, info, code } = e as Record<string, unknown>;
    if (typeof data === 'string' && /^0x([0-9a-f]{2})*$/i.test(data)) return data;
    reverted ||= code === 3 || /execution reverted/i.test(message(e));
    e = [data, cause, error, (info as { error?: unknown } | undefined)?.error].find((x) => typeof x === 'object' && x !== null);
  }
  return reverted ? '0x' : undefined;
}
