import { OpenimoError, toError, type ErrorData } from './errors.js';
import type { Host, Loaded } from './host.js';
import type { Asserted, Examination, ExamineProgress, RefereeCall, Stand } from './dispute.js';
import type { Bundle, DeviceInfo, GenerateProgress, ImageInfo, Manifest, Report, RequestInput, SpotFinding, VerifyProgress } from './types.js';

/** A loaded model. Calls take turns; each can be stopped by its `signal` and rejects with that signal's reason. */
export class Engine {
  /** Root over everything that determines what the model computes. */
  readonly modelId: string;
  /** What the model file says about itself. */
  readonly manifest: Manifest;
  /** What the model draws; null where it writes text. */
  readonly image: ImageInfo | null;
  /** The wasm build that it was loaded with: `simd128`, `relaxed`, or `webgpu`. */
  readonly variant: string;
  /** Threads that share the work. */
  readonly workers: number;
  readonly #host: Host;
  #device: DeviceInfo;

  /** @internal */
  constructor(host: Host, loaded: Loaded) {
    this.#host = host;
    this.modelId = loaded.modelId;
    this.manifest = loaded.manifest;
    this.image = loaded.image;
    this.variant = loaded.variant;
    this.workers = loaded.workers;
    this.#device = loaded.device;
    host.onDevice((device) => (this.#device = device));
  }

  /** What the model runs on. It changes when a GPU fails: the model is then loaded again for the processor, and says why. */
  get device(): DeviceInfo {
    return this.#device;
  }

  /** The canonical request (RFC 8785 JSON) for what is asked, and its hash. */
  request(input: RequestInput): Promise<{ request: string; hash: string }> {
    return this.#host.request(draft(input));
  }

  /** The text of each id: empty within a character, which appears with the id that completes it. */
  pieces(ids: readonly number[]): Promise<string[]> {
    return this.#host.pieces(ids);
  }

  /**
   * Generate, streaming each id to `onToken`, and of a picture also how it looks so far; resolves with the bundle that anybody can verify.
   *
   * `request` is what is asked, or a canonical request as a string.
   *
   * Where a GPU fails on the way, the processor goes on and the bundle is the same. Should the GPU have been wrong, `done` of the next
   * token is not one more than before: what was shown of the tokens from number `done` on is to be taken back.
   */
  async generate(
    request: RequestInput | string,
    options: { onToken?: (token: GenerateProgress) => void; signal?: AbortSignal } = {},
  ): Promise<{ bundle: Bundle }> {
    const canonical = typeof request === 'string' ? request : (await this.request(request)).request;
    const bundle = await this.#host.generate(canonical, call(options.signal, options.onToken));
    return { bundle: bundle as Bundle };
  }

  /** Re-run a bundle; what does not check out is in the report, not thrown. */
  async verify(
    bundle: Bundle | string | Uint8Array,
    options: { onProgress?: (progress: VerifyProgress) => void; signal?: AbortSignal } = {},
  ): Promise<Report> {
    return (await this.#host.verify(bundleText(bundle), call(options.signal, options.onProgress))) as Report;
  }

  /**
   * Check one step of a run (what `openimo trace open` writes) against the trace root of its statement: only that layer or choice is run.
   * Rejects where the parts of the spot are not those of its statement, or it is of another model.
   */
  async checkSpot(spot: string | Uint8Array, options: { signal?: AbortSignal } = {}): Promise<SpotFinding> {
    const found = (await this.#host.spot(asText(spot, 'spot.malformed'), call(options.signal))) as SpotFinding | { error: ErrorData };
    if ('error' in found) throw toError(found.error);
    return found;
  }

  /**
   * Run what somebody asserted on a chain again. Where it is wrong and `stand` says what the chain says of it, the next move against it is
   * found too; `holds` asks the referee of the verifier about a step, as `ChainReader.holds` does. Everything comes from the chain and the
   * model, so asking again after a reload gives the same.
   */
  async examine(
    asserted: Asserted,
    options: { stand?: Stand; holds?: (call: RefereeCall) => Promise<boolean>; onProgress?: (progress: ExamineProgress) => void; signal?: AbortSignal } = {},
  ): Promise<Examination> {
    const { stand, holds, onProgress, signal } = options;
    const ask = holds && ((question: unknown) => holds(question as RefereeCall));
    return (await this.#host.dispute(JSON.stringify({ asserted, stand }), { ...call(signal, onProgress), ask })) as Examination;
  }

  /** Free the model's memory; calls in progress end with `engine.disposed`. */
  dispose(): Promise<void> {
    return this.#host.dispose();
  }
}

/** What is asked, in the core's words: decimals as text, so that no rounding lies between what was written and what is hashed. */
function draft(input: RequestInput): string {
  return JSON.stringify({
    ...('prompt' in input ? { prompt: input.prompt } : { messages: input.messages }),
    temperature: input.temperature?.toString(),
    top_k: input.topK,
    top_p: input.topP?.toString(),
    seed: input.seed?.toString(),
    max_tokens: input.maxTokens,
  });
}

/** A bundle as the text that is checked. */
export function bundleText(bundle: Bundle | string | Uint8Array): string {
  return typeof bundle === 'string' || bundle instanceof Uint8Array ? asText(bundle, 'bundle.not_text') : JSON.stringify(bundle);
}

function asText(bytes: string | Uint8Array, code: string): string {
  if (typeof bytes === 'string') return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new OpenimoError(code, 'the file is not UTF-8 text');
  }
}

function call<P>(signal: AbortSignal = new AbortController().signal, report: (progress: P) => void = () => {}) {
  return { signal, onProgress: (progress: unknown) => report(progress as P) };
}
