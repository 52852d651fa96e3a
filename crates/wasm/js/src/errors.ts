/** What every failure of this package is: plain data behind one class, so that it survives `postMessage` and `JSON.stringify`. */
export class OpenimoError extends Error {
  override readonly name = 'OpenimoError';
  /** Stable and machine-readable, such as `file.corrupt_chunk`. */
  readonly code: string;
  /** What was found and what was expected; plain data, different for each code. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }

  toJSON(): ErrorData {
    return { code: this.code, message: this.message, details: this.details };
  }
}

/** An error as it crosses from wasm and between threads. */
export interface ErrorData {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Whether `e` has the three fields of an error's plain form. */
export function isErrorData(e: unknown): e is ErrorData {
  return typeof e === 'object' && e !== null && 'code' in e && 'message' in e && 'details' in e && typeof e.code === 'string';
}

/** Whatever was thrown, as an `OpenimoError`: wasm throws plain data, a trap or a bug becomes `internal`. */
export function toError(e: unknown): OpenimoError {
  if (e instanceof OpenimoError) return e;
  if (isErrorData(e)) return new OpenimoError(e.code, e.message, e.details);
  const message = e instanceof Error ? `${e.name}: ${e.message}` : String(e);
  return new OpenimoError('internal', message);
}
