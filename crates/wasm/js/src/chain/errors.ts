import { OpenimoError, isErrorData } from '../errors.js';
import { CHAIN_CODES, PROVIDER_CODES, type ChainCode } from '../generated/chain-codes.js';

/** A failure with one of the codes of docs/chain-codes.md. */
export function chainError(code: ChainCode, detail?: string, details: Readonly<Record<string, unknown>> = {}): OpenimoError {
  return new OpenimoError(code, detail === undefined ? CHAIN_CODES[code] : `${CHAIN_CODES[code]} (${detail})`, details);
}

/** The number in an error of a wallet, of a node, or of a library around one. */
export function providerCode(e: unknown): number | undefined {
  let known: number | undefined;
  // Libraries wrap: viem in `cause`, ethers in `info.error`, MetaMask in `data.originalError`. The innermost number that means something
  // says most.
  for (let depth = 0; depth < 6 && typeof e === 'object' && e !== null; depth++) {
    const { code, cause, info, error, data } = e as Record<string, unknown>;
    if (typeof code === 'number' && code in PROVIDER_CODES) known = code;
    const inner = [cause, (info as { error?: unknown } | undefined)?.error, error, (data as { originalError?: unknown } | undefined)?.originalError];
    e = inner.find((x) => typeof x === 'object' && x !== null);
  }
  return known;
}

/** Whatever a wallet threw, as an `OpenimoError`. Its own words are kept, short, in `details`. */
export function fromWallet(e: unknown): OpenimoError {
  if (e instanceof OpenimoError) return e;
  if (isErrorData(e)) return new OpenimoError(e.code, e.message, e.details);
  const number = providerCode(e);
  const said = message(e);
  return chainError(number === undefined ? 'wallet.failed' : PROVIDER_CODES[number]!, undefined, { provider: number, said });
}

/** A stranger's message, cut. */
export function message(e: unknown): string {
  const text = typeof e === 'object' && e !== null && 'message' in e ? e.message : e;
  return String(text).slice(0, 300);
}
