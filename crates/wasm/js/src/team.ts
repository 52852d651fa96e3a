import { OpenimoError, toError, type ErrorData } from './errors.js';
import { SharedExchange } from './exchange.js';
import type { Kind } from './host.js';
import { instance, type WasmOptions } from './wasm.js';
import type { Engine, Job, Loader } from './wasm/openimo.js';

/** What both workers of a team get. */
export interface Seat extends WasmOptions {
  readonly shared: SharedArrayBuffer;
  /** To the other worker. */
  readonly port: MessagePort;
}

/** From the first worker to the second. */
type Order =
  | { readonly head: Uint8Array }
  | { readonly chunk: Uint8Array }
  | { readonly finish: true }
  | { readonly start: Kind; readonly text: string }
  | { readonly step: true }
  | { readonly end: true };

/** Its only answers: after `finish`, or when something went wrong. */
type Answer = { readonly ready: true } | { readonly error: ErrorData };

/** Make this thread rank `rank` of two. */
export function join(seat: Seat, rank: number): void {
  (globalThis as { openimoExchange?: SharedExchange }).openimoExchange = new SharedExchange(seat.shared, rank);
}

/** The first worker's view of the second. Orders arrive in the order in which they are given. */
export class Mate {
  readonly #port: MessagePort;
  #answered: (answer: Answer) => void = () => {};
  /** Why the second worker is out of step. */
  failure: OpenimoError | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ('error' in data) this.failure = toError(data.error);
      this.#answered(data);
    };
  }

  head(bytes: Uint8Array): void {
    this.#order({ head: bytes });
  }

  /** The bytes go over, they cannot be used here afterwards. */
  chunk(bytes: Uint8Array<ArrayBuffer>): void {
    this.#port.postMessage({ chunk: bytes } satisfies Order, [bytes.buffer]);
  }

  /** Resolves when the second worker has the model. */
  finish(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = () => (this.failure ? reject(this.failure) : resolve());
      if (this.failure) reject(this.failure);
      this.#order({ finish: true });
    });
  }

  start(start: Kind, text: string): void {
    if (this.failure) throw this.failure;
    this.#order({ start, text });
  }

  step(): void {
    if (this.failure) throw this.failure;
    this.#order({ step: true });
  }

  end(): void {
    this.#order({ end: true });
  }

  #order(order: Order): void {
    this.#port.postMessage(order);
  }
}

/** The second worker: does what it is told, in step with the first. */
export async function follow(seat: Seat): Promise<void> {
  const wasm = await instance(seat);
  join(seat, 1);
  const loader: Loader = new wasm.Loader('simd', 1, 2);
  let engine: Engine | undefined;
  let job: Job | undefined;
  const answer = (message: Answer): void => seat.port.postMessage(message);
  seat.port.onmessage = ({ data: order }: MessageEvent<Order>) => {
    try {
      if ('head' in order) loader.head(order.head);
      else if ('chunk' in order) loader.push(order.chunk);
      else if ('finish' in order) {
        engine = loader.finish();
        answer({ ready: true });
      } else if ('start' in order) {
        if (!engine) throw new OpenimoError('worker.order', 'a job was ordered before the model was there');
        job = engine[order.start](order.text);
      } else if ('step' in order) job?.step();
      else {
        job?.free();
        job = undefined;
      }
    } catch (e) {
      answer({ error: toError(e).toJSON() });
    }
  };
}
