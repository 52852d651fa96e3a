import { chainError } from './errors.js';
import { small, type ChainReader } from './reader.js';
import type { Hex, Step } from './types.js';
import { rule } from './wasm.js';

/** What a transaction should be. */
export type Call = Extract<Step['request'], { type: 'transaction' }>;

/** How long is waited for what. */
export interface Waiting {
  /** Milliseconds until a transaction must be included (default ten minutes). */
  readonly timeoutMs?: number;
  /** Milliseconds between looks (default 2000). */
  readonly pollMs?: number;
  /** Blocks that must contain or follow it (default 1). */
  readonly confirmations?: number;
  readonly signal?: AbortSignal;
}

/** A transaction that was sent. */
export interface Sent {
  readonly hash: Hex;
  readonly nonce: number;
  /** A block before which it cannot be. */
  readonly block: number;
}

interface Transaction {
  readonly hash: Hex;
  readonly from: string;
  readonly to: string | null;
  readonly input: string;
  readonly value: string;
  readonly nonce: string;
}

/** Blocks that are searched for a transaction of which only the nonce is known. */
const MAX_SEARCH = 1000;
/** Looks at which a node may not know a transaction before it counts as dropped. */
const MAX_MISSING = 30;

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** The account's next nonce among included transactions, and the newest block. */
export async function position(reader: ChainReader, account: Hex): Promise<{ nonce: number; block: number }> {
  const block = small(await reader.request('eth_blockNumber', []));
  return { nonce: small(await reader.request('eth_getTransactionCount', [account, 'latest'])), block };
}

/** Throw unless the transaction that the node knows by this hash is the one that was asked for. */
export async function checkSent(reader: ChainReader, hash: Hex, account: Hex, call: Call): Promise<number | undefined> {
  const transaction = await byHash(reader, hash);
  if (transaction && !isCall(transaction, account, call)) {
    throw chainError('plan.changed', 'the wallet sent another transaction than the one that was shown', { hash });
  }
  return transaction && small(transaction.nonce);
}

/** Wait until a transaction, or the same one sent again with another fee, is included; its hash and block. */
export async function included(reader: ChainReader, account: Hex, call: Call, sent: Sent, waiting: Waiting): Promise<{ hash: Hex; block: number }> {
  const until = Date.now() + (waiting.timeoutMs ?? 600_000);
  let { hash } = sent;
  for (let missing = 0; ; ) {
    const receipt = await receiptOf(reader, hash);
    if (receipt) {
      const newest = small(await reader.request('eth_blockNumber', []));
      if (newest - receipt.block + 1 >= (waiting.confirmations ?? 1)) {
        if (receipt.ok) return { hash, block: receipt.block };
        throw chainError('transaction.reverted', await whyReverted(reader, account, call, receipt.block), { hash });
      }
    } else if ((await position(reader, account)).nonce > sent.nonce) {
      // It may have been included between the two looks.
      if (!(await receiptOf(reader, hash))) hash = await replacement(reader, account, call, sent);
      continue;
    } else {
      missing = (await byHash(reader, hash)) ? 0 : missing + 1;
      if (missing >= MAX_MISSING) throw chainError('transaction.dropped', undefined, { hash });
    }
    if (Date.now() > until) throw chainError('transaction.timeout', undefined, { hash });
    await sleep(waiting.pollMs ?? 2000, waiting.signal);
  }
}

/** The transaction of the account with a nonce, which was included; an error unless it does the same. */
export async function replacement(reader: ChainReader, account: Hex, call: Call, from: { nonce: number; block: number }): Promise<Hex> {
  const newest = small(await reader.request('eth_blockNumber', []));
  for (let number = from.block; number <= Math.min(newest, from.block + MAX_SEARCH); number++) {
    const block = (await reader.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])) as { transactions?: unknown } | null;
    const listed = Array.isArray(block?.transactions) ? (block.transactions as Transaction[]) : [];
    const found = listed.find((t) => t.from?.toLowerCase() === account.toLowerCase() && small(t.nonce) === from.nonce);
    if (!found) continue;
    if (isCall(found, account, call)) return found.hash;
    throw chainError('transaction.replaced', undefined, { hash: found.hash });
  }
  throw chainError('transaction.replaced', 'it was not found');
}

function isCall(t: Transaction, account: Hex, call: Call): boolean {
  const same = (a: unknown, b: string): boolean => typeof a === 'string' && a.toLowerCase() === b.toLowerCase();
  return same(t.from, account) && same(t.to, call.to) && same(t.input, call.data) && /^0x[0-9a-f]{1,64}$/i.test(t.value) && BigInt(t.value) === BigInt(call.value);
}

async function byHash(reader: ChainReader, hash: Hex): Promise<Transaction | undefined> {
  const transaction = await reader.request('eth_getTransactionByHash', [hash]);
  return typeof transaction === 'object' && transaction !== null ? (transaction as Transaction) : undefined;
}

async function receiptOf(reader: ChainReader, hash: Hex): Promise<{ ok: boolean; block: number } | undefined> {
  const receipt = await reader.request('eth_getTransactionReceipt', [hash]);
  if (typeof receipt !== 'object' || receipt === null) return undefined;
  const { status, blockNumber } = receipt as Record<string, unknown>;
  if (status !== '0x1' && status !== '0x0') throw chainError('rpc.malformed', 'a receipt without a status');
  return { ok: status === '0x1', block: small(blockNumber) };
}

async function whyReverted(reader: ChainReader, from: Hex, call: Call, block: number): Promise<string> {
  const before = `0x${Math.max(block - 1, 0).toString(16)}`;
  try {
    await reader.request('eth_call', [{ from, to: call.to, value: call.value, data: call.data }, before]);
    return 'it did not fail a block earlier';
  } catch (e) {
    return rule((r) => r.chainReason(String((e as { details?: Record<string, unknown> }).details?.['data'] ?? '0x')));
  }
}
