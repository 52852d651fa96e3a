import { OpenimoError, toError, type ErrorData } from './errors.js';
import type { Call, Calls, Host, HostLoad, Loaded } from './host.js';
import type { Endpoint } from './platform/types.js';
import { follow, type Seat } from './team.js';
import type { DeviceInfo, LoadProgress } from './types.js';

/** From the page to the worker. */
type ToWorker =
  | { readonly id: number; readonly method: keyof Calls; readonly argument?: unknown } | { readonly abort: number }
  | { readonly reply: number; readonly value: unknown } | { readonly reply: number; readonly error: ErrorData }
  | { readonly follow: Seat };

/** From the worker to the page. */
type ToPage = { readonly device: DeviceInfo } | Answer;
type Answer =
  | { readonly id: number; readonly progress: unknown }
  | { readonly id: number; readonly question: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorData }
  | { readonly id: number; readonly aborted: true };

/** A host behind a worker. */
export class RemoteHost implements Host {
  readonly #endpoint: Endpoint;
  readonly #second: Endpoint | undefined;
  readonly #calls = new Map<number, { settle: (answer: Answer) => void; fail: (e: unknown) => void }>();
  #next = 0;
  #failure: OpenimoError | undefined;
  #listener: (device: DeviceInfo) => void = () => {};

  constructor(endpoint: Endpoint, second?: { readonly endpoint: Endpoint; readonly seat: Seat }) {
    this.#endpoint = endpoint;
    this.#second = second?.endpoint;
    this.#second?.onFailure((reason) => this.#fail(new OpenimoError('worker.failed', `the second worker failed: ${reason}`)));
    if (second) this.#second?.post({ follow: second.seat } satisfies ToWorker, [second.seat.port]);
    endpoint.onMessage((message) => {
      const answer = message as ToPage;
      if ('device' in answer) this.#listener(answer.device);
      else this.#calls.get(answer.id)?.settle(answer);
    });
    endpoint.onFailure((reason) => this.#fail(new OpenimoError('worker.failed', `the worker failed: ${reason}`)));
  }

  onDevice(listener: (device: DeviceInfo) => void): void {
    this.#listener = listener;
  }

  load(options: HostLoad, call: Call<LoadProgress>): Promise<Loaded> {
    return this.#call('load', options, call, options.seat ? [options.seat.port] : []);
  }

  request(draft: string): Promise<{ request: string; hash: string }> {
    return this.#call('request', draft);
  }

  pieces(ids: readonly number[]): Promise<string[]> {
    return this.#call('pieces', ids);
  }

  generate(request: string, call: Call<unknown>): Promise<unknown> {
    return this.#call('generate', request, call);
  }

  verify(bundle: string, call: Call<unknown>): Promise<unknown> {
    return this.#call('verify', bundle, call);
  }

  spot(spot: string, call: Call<unknown>): Promise<unknown> {
    return this.#call('spot', spot, call);
  }

  dispute(input: string, call: Call<unknown>): Promise<unknown> {
    return this.#call('dispute', input, call);
  }

  /** Ends the worker, whatever it does: its memory goes with it. */
  async dispose(): Promise<void> {
    this.#endpoint.close();
    this.#second?.close();
    this.#fail(new OpenimoError('engine.disposed', 'the engine was disposed of'));
  }

  #call<T, P>(method: keyof Calls, argument: unknown, call?: Call<P>, transfer: Transferable[] = []): Promise<T> {
    const signal = call?.signal;
    if (this.#failure) return Promise.reject(this.#failure);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const id = this.#next++;
    const abort = (): void => this.#endpoint.post({ abort: id } satisfies ToWorker);
    const answered = new Promise<T>((resolve, reject) => {
      const settle = (answer: Answer): void => {
        if ('progress' in answer) call?.onProgress(answer.progress as P);
        else if ('question' in answer) void this.#reply(id, answer.question, call?.ask);
        // The worker may have finished before it heard of the abort; the caller has already been promised a rejection.
        else if ('result' in answer && signal?.aborted) reject(signal.reason as Error);
        else if ('result' in answer) resolve(answer.result as T);
        else if ('error' in answer) reject(toError(answer.error));
        else reject(signal?.reason as Error);
      };
      this.#calls.set(id, { settle, fail: reject });
    });
    signal?.addEventListener('abort', abort);
    this.#endpoint.post({ id, method, argument } satisfies ToWorker, transfer);
    return answered.finally(() => {
      signal?.removeEventListener('abort', abort);
      this.#calls.delete(id);
    });
  }

  /** Answer a question that came up in a call. */
  async #reply(reply: number, question: unknown, ask: Call<unknown>['ask']): Promise<void> {
    try {
      this.#endpoint.post({ reply, value: await ask?.(question) } satisfies ToWorker);
    } catch (e) {
      this.#endpoint.post({ reply, error: toError(e).toJSON() } satisfies ToWorker);
    }
  }

  #fail(error: OpenimoError): void {
    this.#failure ??= error;
    for (const call of this.#calls.values()) call.fail(error);
  }
}

/** Answer the calls that arrive at `endpoint` with `host`. */
export function serve(host: Host, endpoint: Endpoint): void {
  const running = new Map<number, AbortController>();
  /** Who waits for a reply; a call asks one question at a time. */
  const asked = new Map<number, (reply: Extract<ToWorker, { reply: number }>) => void>();
  const answer = (message: ToPage): void => endpoint.post(message);
  host.onDevice((device) => answer({ device }));
  endpoint.onMessage((message) => {
    const call = message as ToWorker;
    if ('follow' in call) void follow(call.follow).catch((e) => call.follow.port.postMessage({ error: toError(e).toJSON() }));
    else if ('abort' in call) running.get(call.abort)?.abort();
    else if ('reply' in call) asked.get(call.reply)?.(call);
    else void handle(call.id, call.method, call.argument);
  });

  async function handle(id: number, method: keyof Calls, argument: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const ask = (question: unknown): Promise<unknown> =>
      new Promise((resolve, reject) => {
        asked.set(id, (reply) => ('error' in reply ? reject(toError(reply.error)) : resolve(reply.value)));
        controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error), { once: true });
        answer({ id, question });
      });
    const call = { signal: controller.signal, onProgress: (progress: unknown) => answer({ id, progress }), ask };
    try {
      const result = await (host[method] as (argument: unknown, call: Call<unknown>) => Promise<unknown>).call(host, argument, call);
      answer({ id, result });
    } catch (e) {
      if (controller.signal.aborted && e === controller.signal.reason) answer({ id, aborted: true });
      else answer({ id, error: toError(e).toJSON() });
    } finally {
      running.delete(id);
      asked.delete(id);
    }
  }
}
