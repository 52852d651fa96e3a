import { OpenimoError } from '../errors.js';
import { chainError } from './errors.js';
import { transport, type Ask, type Limits } from './transport.js';
import type { DisputeView, RefereeCall } from '../dispute.js';
import type { AssertionsView, Block, ContentView, Erc20View, Hex, HistoryView, OfferingView, Provider, TokenView } from './types.js';
import { isHash } from './wallet.js';
import { json, rule } from './wasm.js';

/** How a chain is read. */
export interface ReaderOptions extends Limits {
  /** The chain that the node must be on. */
  readonly chainId: number;
  /** A second node, of somebody else: every answer must be the same. */
  readonly crossCheck?: string | URL | Provider;
  /** Seconds that the newest block may be old; a node that has stalled is then told from one that has not (default: any age). */
  readonly maxAgeSeconds?: number;
}

/** Something read, and the block at which all of it was. */
export interface Read<T> {
  readonly value: T;
  readonly block: Block;
}

type Answer = { result: string } | { reverted: string } | { logs: readonly Log[] };
type Log = { address: unknown; topics: unknown; data: unknown; blockNumber: unknown };
type Query =
  | { query: 'call'; to: Hex; data: Hex }
  | { query: 'code' | 'balance'; address: Hex }
  | { query: 'storage'; address: Hex; slot: Hex }
  | { query: 'logs'; address: Hex; topics: Hex[][]; fromBlock: number };

const MAX_ROUNDS = 16;
const AT_ONCE = 8;
/** Blocks whose logs are asked for at once, and bytes that they may have: more than those of one full block. */
const BLOCKS = 1000;
const MAX_LOGS = 32 << 20;
/** Blocks that are looked at where no first one is named. */
const BACK = 50_000;

/**
 * Reads a chain through a node that is not trusted: with time and size limits, all of a view at one block, whose hash is asked for again
 * at the end. What the answers mean, and whether they contradict each other, the rules decide.
 */
export class ChainReader {
  readonly chainId: number;
  readonly #ask: Ask;
  readonly #second: Ask | undefined;
  readonly #maxAge: number | undefined;
  #checked: Promise<void> | undefined;

  constructor(source: string | URL | Provider, options: ReaderOptions) {
    this.chainId = options.chainId;
    this.#ask = transport(source, options);
    this.#second = options.crossCheck === undefined ? undefined : transport(options.crossCheck, options);
    this.#maxAge = options.maxAgeSeconds;
  }

  /** A reader of whichever chain the node says that it is on. */
  static async connect(source: string | URL | Provider, options: Omit<ReaderOptions, 'chainId'> = {}): Promise<ChainReader> {
    const chainId = small(await transport(source, options)('eth_chainId', []));
    return new ChainReader(source, { ...options, chainId });
  }

  /** An offering, as an account sees it. */
  offering(offering: Hex, account: Hex): Promise<Read<OfferingView>> {
    return this.view({ view: 'offering', offering, account });
  }

  /** A revenue token, as a holder sees it; claims from a snapshot on, at most a hundred (default: the newest). */
  token(token: Hex, account: Hex, fromSnapshot = 0): Promise<Read<TokenView>> {
    return this.view({ view: 'token', token, account, fromSnapshot });
  }

  /** What a revenue token's newest two dozen snapshots shared out, and what of it is a holder's. */
  history(token: Hex, account: Hex): Promise<Read<HistoryView>> {
    return this.view({ view: 'history', token, account });
  }

  /** An ERC-20, as an owner sees it who pays a spender. */
  erc20(token: Hex, owner: Hex, spender: Hex): Promise<Read<Erc20View>> {
    return this.view({ view: 'erc20', token, owner, spender, chainId: this.chainId });
  }

  /** A token of a collection. */
  content(collection: Hex, tokenId: bigint | Hex): Promise<Read<ContentView>> {
    return this.view({ view: 'content', collection, tokenId: `0x${BigInt(tokenId).toString(16)}` });
  }

  /** What an optimistic verifier fixes, and what is asserted there of a model, the newest first (default: in the last 50,000 blocks). */
  async assertions(verifier: Hex, modelId: Hex, fromBlock?: number): Promise<Read<AssertionsView>> {
    const from = fromBlock ?? Math.max(0, (await this.block()).number - BACK);
    return this.view({ view: 'assertions', verifier, modelId, fromBlock: from });
  }

  /** An assertion, as an account sees it that may challenge it; `fromBlock` is the assertion's block or one before. */
  dispute(verifier: Hex, assertion: Hex, account: Hex, fromBlock: number): Promise<Read<DisputeView>> {
    return this.view({ view: 'dispute', verifier, assertion, account, fromBlock });
  }

  /** Whether a step holds, by the referee that decides. */
  async holds(call: RefereeCall): Promise<boolean> {
    const word = await this.request('eth_call', [call, 'latest']);
    if (typeof word !== 'string' || !/^0x0{63}[01]$/.test(word)) throw chainError('rpc.malformed', 'the referee answers neither yes nor no');
    return word.endsWith('1');
  }

  /** The newest block. */
  async block(): Promise<Block> {
    await this.#onChain();
    const block = await this.#blockBy('latest', this.#ask);
    if (this.#maxAge !== undefined && block.timestamp + this.#maxAge < Date.now() / 1000) {
      throw chainError('rpc.stale', undefined, { timestamp: block.timestamp });
    }
    return block;
  }

  /** Throw unless the node is on the chain still: a wallet's node goes where the wallet goes. */
  sameChain(): Promise<void> {
    return this.#check();
  }

  /** Any view of the rules. If the chain changes meanwhile, once more from its start. */
  async view<T>(view: object): Promise<Read<T>> {
    try {
      return await this.#view(view);
    } catch (e) {
      if (!(e instanceof OpenimoError) || e.code !== 'rpc.reorganised') throw e;
      return this.#view(view);
    }
  }

  /** Any request, of one node, within the limits. */
  async request(method: string, params: unknown): Promise<unknown> {
    await this.#onChain();
    return this.#ask(method, params);
  }

  async #view<T>(view: object): Promise<Read<T>> {
    const block = await this.block();
    const answers: Answer[] = [];
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const next = await rule<{ ask: Query[] } | { done: T }>((r) => r.chainRead(json(view), json(answers)));
      if ('done' in next) {
        await this.#still(block, this.#ask);
        if (this.#second) await this.#still(block, this.#second);
        return { value: next.done, block };
      }
      for (let i = 0; i < next.ask.length; i += AT_ONCE) {
        answers.push(...(await Promise.all(next.ask.slice(i, i + AT_ONCE).map((query) => this.#answer(query, block)))));
      }
    }
    throw chainError('rpc.too_long', 'more rounds than any view has');
  }

  async #answer(query: Query, block: Block): Promise<Answer> {
    const of = (ask: Ask): Promise<Answer> => (query.query === 'logs' ? logs(ask, query, block.number) : answer(ask, ...request(query, hex(block.number))));
    const [first, second] = await Promise.all([of(this.#ask), this.#second && of(this.#second)]);
    if (second && JSON.stringify(second).toLowerCase() !== JSON.stringify(first).toLowerCase()) {
      throw chainError('rpc.disagree', query.query, { query });
    }
    return first;
  }

  async #still(block: Block, ask: Ask): Promise<void> {
    const now = await this.#blockBy(`0x${block.number.toString(16)}`, ask);
    if (now.hash !== block.hash) throw chainError('rpc.reorganised', undefined, { block: block.number });
  }

  async #blockBy(tag: string, ask: Ask): Promise<Block> {
    const block = await ask('eth_getBlockByNumber', [tag, false]);
    if (block === null) throw chainError('rpc.reorganised', `there is no block ${tag}`);
    const { number, hash, timestamp } = (typeof block === 'object' ? block : {}) as Record<string, unknown>;
    if (!isHash(hash)) throw chainError('rpc.malformed', 'a block without a hash');
    return { number: small(number), hash: hash.toLowerCase() as Hex, timestamp: small(timestamp) };
  }

  /** Once: both nodes are on the chain. */
  #onChain(): Promise<void> {
    this.#checked ??= this.#check().catch((e) => {
      this.#checked = undefined;
      throw e;
    });
    return this.#checked;
  }

  async #check(): Promise<void> {
    for (const ask of [this.#ask, this.#second]) {
      if (!ask) continue;
      const got = small(await ask('eth_chainId', []));
      if (got !== this.chainId) throw chainError('rpc.other_chain', `${got} instead of ${this.chainId}`, { got, expected: this.chainId });
    }
  }
}

/** A quantity below 2^52. */
export function small(value: unknown): number {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,13}$/.test(value)) throw chainError('rpc.malformed', 'a number was expected');
  return Number(value);
}

function request(query: Exclude<Query, { query: 'logs' }>, block: Hex): [string, unknown[]] {
  switch (query.query) {
    case 'call':
      return ['eth_call', [{ to: query.to, data: query.data }, block]];
    case 'code':
      return ['eth_getCode', [query.address, block]];
    case 'balance':
      return ['eth_getBalance', [query.address, block]];
    case 'storage':
      return ['eth_getStorageAt', [query.address, query.slot, block]];
  }
}

const hex = (number: number): Hex => `0x${number.toString(16)}`;

/** Logs up to a block. Where a node finds the answer too long, fewer blocks are asked for: else whoever fills blocks could hide what lies in them. */
async function logs(ask: Ask, { address, topics, fromBlock }: Extract<Query, { query: 'logs' }>, last: number): Promise<Answer> {
  const found: Log[] = [];
  const wanted = topics.map((some) => (some.length > 0 ? some : null));
  for (let start = fromBlock, blocks = BLOCKS; start <= last; ) {
    const end = Math.min(last, start + blocks - 1);
    try {
      const some = await ask('eth_getLogs', [{ address, topics: wanted, fromBlock: hex(start), toBlock: hex(end) }], MAX_LOGS);
      if (!Array.isArray(some)) throw chainError('rpc.malformed', 'no list of logs');
      found.push(...some.map(({ address, topics, data, blockNumber }: Log) => ({ address, topics, data, blockNumber })));
      start = end + 1;
    } catch (e) {
      const fewer = e instanceof OpenimoError && ['rpc.too_long', 'rpc.refused', 'rpc.timeout'].includes(e.code);
      if (!fewer || end === start) throw e;
      blocks = Math.ceil((end - start) / 2);
    }
  }
  return { logs: found };
}

async function answer(ask: Ask, method: string, params: unknown): Promise<Answer> {
  try {
    const result = await ask(method, params);
    if (typeof result !== 'string') throw chainError('rpc.malformed', `${method}: no text`);
    return { result };
  } catch (e) {
    if (e instanceof OpenimoError && e.code === 'rpc.reverted') return { reverted: String(e.details['data'] ?? '0x') };
    throw e;
  }
}
