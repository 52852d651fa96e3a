import { OpenimoError } from './errors.js';

/** Where a model file's bytes come from. Reads go forward except when a chunk is fetched again. */
export interface Source {
  /** Exactly `len` bytes from `offset`. `fresh` asks to pass by every cache on the way. */
  read(offset: number, len: number, signal: AbortSignal, fresh?: boolean): Promise<Uint8Array<ArrayBuffer>>;
  /** Give up connections and handles. */
  close(): Promise<void>;
  /** Under which name its chunks are kept between visits; none: they are not worth keeping. */
  readonly cacheKey: string | undefined;
}

/** A `Blob` or `File`; also what an `ArrayBuffer` is wrapped into, so that it can be handed to a worker without a copy in its heap. */
export class BlobSource implements Source {
  readonly cacheKey = undefined;
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.#blob = blob;
  }

  async read(offset: number, len: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(await this.#blob.slice(offset, offset + len).arrayBuffer());
    return whole(bytes, offset, len);
  }

  async close(): Promise<void> {}
}

/**
 * A URL, read as one open-ended range request that is consumed in order: the network stays busy while chunks are hashed. A jump
 * (a cached chunk is skipped, a corrupt one is fetched again) or a broken connection opens a new request. A server that ignores
 * ranges still works: what lies before the offset is read and dropped.
 */
export class HttpSource implements Source {
  readonly cacheKey: string;
  readonly #url: string;
  #stream: { reader: ReadableStreamDefaultReader<Uint8Array>; position: number; left: Uint8Array } | undefined;

  constructor(url: string) {
    this.#url = url;
    this.cacheKey = url;
  }

  async read(offset: number, len: number, signal: AbortSignal, fresh = false): Promise<Uint8Array<ArrayBuffer>> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (fresh || this.#stream?.position !== offset) await this.#open(offset, signal, fresh || attempt > 0);
        return await this.#take(offset, len);
      } catch (e) {
        await this.close();
        signal.throwIfAborted();
        if (e instanceof OpenimoError && e.details['permanent']) throw e;
        if (attempt + 1 >= ATTEMPTS) {
          if (e instanceof OpenimoError) throw e;
          throw new OpenimoError('network.failed', `${this.#url}: ${e instanceof Error ? e.message : String(e)}`, {
            url: this.#url,
            offset,
            attempts: ATTEMPTS,
          });
        }
        await pause(PAUSE_MS << attempt, signal);
      }
    }
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.reader.cancel().catch(() => {});
  }

  async #open(offset: number, signal: AbortSignal, fresh: boolean): Promise<void> {
    await this.close();
    const response = await fetch(this.#url, {
      headers: { Range: `bytes=${offset}-` },
      signal,
      cache: fresh ? 'reload' : 'default',
    });
    if (!response.ok || !response.body) {
      const permanent = response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429;
      const details = { url: this.#url, status: response.status, offset, permanent };
      await response.body?.cancel();
      throw new OpenimoError('network.status', `${this.#url}: the server answered ${response.status}`, details);
    }
    this.#stream = { reader: response.body.getReader(), position: 0, left: new Uint8Array(0) };
    if (response.status === 206) this.#stream.position = offset;
    else await this.#skip(offset);
  }

  /** Drop what lies before `offset` in an answer that starts at 0. */
  async #skip(offset: number): Promise<void> {
    const stream = this.#stream;
    while (stream && stream.position < offset) {
      const step = Math.min(offset - stream.position, stream.left.length);
      stream.left = stream.left.subarray(step);
      stream.position += step;
      if (stream.position < offset) await this.#more(offset);
    }
  }

  async #take(offset: number, len: number): Promise<Uint8Array<ArrayBuffer>> {
    const out = new Uint8Array(len);
    let filled = 0;
    while (filled < len) {
      const stream = this.#stream;
      if (!stream) throw new OpenimoError('network.failed', `${this.#url}: the request was given up`, { url: this.#url, offset });
      if (stream.left.length === 0) await this.#more(offset + len);
      const step = Math.min(len - filled, stream.left.length);
      out.set(stream.left.subarray(0, step), filled);
      stream.left = stream.left.subarray(step);
      stream.position += step;
      filled += step;
    }
    return out;
  }

  async #more(until: number): Promise<void> {
    const stream = this.#stream;
    if (!stream) return;
    const { done, value } = await stream.reader.read();
    if (done) {
      const details = { url: this.#url, length: stream.position, expected_at_least: until };
      throw new OpenimoError('file.truncated', `${this.#url}: ends after ${stream.position} bytes`, details);
    }
    stream.left = value;
  }
}

/** `bytes` if they are the `len` that were asked for. */
export function whole<T extends Uint8Array>(bytes: T, offset: number, len: number): T {
  if (bytes.length === len) return bytes;
  const message = `the file ends after ${offset + bytes.length} bytes, expected at least ${offset + len}`;
  throw new OpenimoError('file.truncated', message, { length: offset + bytes.length, expected_at_least: offset + len });
}

/** Wait `ms`, or less if `signal` says so (the caller looks). */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}

/** Requests for one stretch of the file before giving up. */
const ATTEMPTS = 4;
/** Before the second one; doubles. */
const PAUSE_MS = 250;
