import { OpenimoError } from '../errors.js';
import { chainError } from './errors.js';
import { sleep, type Call, type Waiting } from './pending.js';
import type { Hex } from './types.js';
import { isHash, type Wallet } from './wallet.js';

/** What became of a batch: for each call the transaction, or null where it had no effect. */
export interface BatchOutcome {
  readonly partial: boolean;
  readonly calls: readonly (Hex | null)[];
}

/** Whether the wallet takes batches (EIP-5792) on this chain: `wallet_sendCalls` without a promise of all or nothing. */
export async function takesBatches(wallet: Wallet, chainId: number, account: Hex): Promise<boolean> {
  const id = `0x${chainId.toString(16)}`;
  try {
    const answer = await wallet.request('wallet_getCapabilities', [account, [id]]);
    const byChain = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
    const mine = { ...(byChain['0x0'] as object | undefined), ...(byChain[id] as object | undefined) } as {
      atomic?: { status?: unknown };
      atomicBatch?: { supported?: unknown };
    };
    return mine.atomic?.status === 'supported' || mine.atomic?.status === 'ready' || mine.atomicBatch?.supported === true;
  } catch {
    // A wallet without the method, or that refuses to say: one call at a time works everywhere.
    return false;
  }
}

/** Hand a batch to the wallet; its name for it. */
export async function sendBatch(wallet: Wallet, chainId: number, from: Hex, calls: readonly Call[]): Promise<string> {
  const request = {
    version: '2.0.0',
    from,
    chainId: `0x${chainId.toString(16)}`,
    atomicRequired: false,
    calls: calls.map(({ to, value, data }) => ({ to, value, data })),
  };
  const answer = await wallet.request('wallet_sendCalls', [request]);
  const id = typeof answer === 'object' && answer !== null ? (answer as { id?: unknown }).id : answer;
  if (typeof id !== 'string' || id === '' || id.length > 8194) throw chainError('wallet.malformed', 'wallet_sendCalls');
  return id;
}

/** Whether an error means that calls have to go one by one. */
export function refusesBatches(e: unknown): boolean {
  const codes = ['wallet.unsupported_method', 'wallet.unsupported_capability', 'wallet.batch_too_large', 'wallet.invalid_input'];
  return e instanceof OpenimoError && codes.includes(e.code);
}

/** Wait until the wallet says what became of a batch. */
export async function batchOutcome(wallet: Wallet, id: string, count: number, waiting: Waiting): Promise<BatchOutcome> {
  const until = Date.now() + (waiting.timeoutMs ?? 600_000);
  for (;;) {
    const { status, receipts } = ((await wallet.request('wallet_getCallsStatus', [id])) ?? {}) as Record<string, unknown>;
    // 1xx pending, 2xx included, 4xx never sent, 5xx reverted as a whole, 6xx in part.
    const kind = status === 'PENDING' ? 1 : status === 'CONFIRMED' ? 2 : typeof status === 'number' ? Math.floor(status / 100) : 0;
    if (kind === 4 || kind === 5) throw chainError('batch.failed', `status ${String(status)}`, { id, status });
    if (kind === 2 || kind === 6) return { partial: kind === 6, calls: outcomes(receipts, count, kind === 2) };
    if (kind !== 1) throw chainError('wallet.malformed', 'wallet_getCallsStatus');
    if (Date.now() > until) throw chainError('transaction.timeout', undefined, { batch: id });
    await sleep(waiting.pollMs ?? 2000, waiting.signal);
  }
}

/** A receipt for each call in their order, or one for all of them. */
function outcomes(receipts: unknown, count: number, all: boolean): (Hex | null)[] {
  const listed = Array.isArray(receipts) ? receipts.slice(0, count) : [];
  const hashes = listed.map((receipt: { status?: unknown; transactionHash?: unknown }) => {
    const { status, transactionHash } = receipt ?? {};
    return status === '0x1' && isHash(transactionHash) ? transactionHash : null;
  });
  if (all && hashes.includes(null)) throw chainError('wallet.malformed', 'a batch that succeeded with a call that did not');
  const whole = all && hashes.length === 1 ? hashes[0] : undefined;
  if (all && hashes.length === 0) throw chainError('wallet.malformed', 'a batch that succeeded without a receipt');
  return Array.from({ length: count }, (_, i) => whole ?? hashes[i] ?? null);
}
