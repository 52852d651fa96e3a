import type { Asserted, DisputeTerms, Standing } from '../dispute.js';

/** `0x` and hexadecimal digits. */
export type Hex = `0x${string}`;

/** A number as the chain writes it: `BigInt` reads it. */
export type Quantity = Hex;

/** A number that is given: a `bigint`, or `0x` and hexadecimal or plain decimal digits. */
export type Amount = bigint | string;

/** What every wallet is (EIP-1193): those of viem, wagmi and ethers fit. */
export interface Provider {
  request(args: { method: string; params?: unknown }): Promise<unknown>;
  on?(event: string, listener: (...args: never[]) => void): unknown;
  removeListener?(event: string, listener: (...args: never[]) => void): unknown;
}

/** What a contract is. */
export type Kind = 'offering' | 'factory' | 'token' | 'collection' | 'verifier' | 'disputes' | 'oracle' | 'registry' | 'vesting' | 'erc20';

/** A contract that was looked at. */
export interface Entry {
  readonly address: Hex;
  readonly kind: Kind;
  readonly symbol?: string;
  readonly decimals?: number;
  /** Of an offering: what deposits are made in; the zero address for ETH. */
  readonly currency?: Hex;
}

/** The contracts that a page deals with, on one chain, for one account. */
export interface Book {
  readonly chainId: number;
  readonly account: Hex;
  /** What the chain's own currency is called (default `ETH`). */
  readonly native?: string;
  readonly entries: readonly Entry[];
}

/** What a token signs permits with, as `erc20` read it. */
export interface PermitDomain {
  readonly name: string;
  readonly version: string;
  readonly separator: Hex;
  readonly nonce: Quantity;
}

/** What team, treasury or liquidity get of an offering that is created; both times are 0 for liquidity. */
export interface PartTerms {
  readonly beneficiary: Hex;
  readonly tokens: Amount;
  readonly proceedsBps: number;
  /** Seconds after the end. */
  readonly cliff: number;
  /** Seconds after the end. */
  readonly duration: number;
}

/** What is fixed when a model is offered. */
export interface Creation {
  readonly token: {
    readonly name: string;
    readonly symbol: string;
    readonly percentClaimable: number;
    /** Blocks. */
    readonly snapshotInterval: number;
    /** ERC-20s that are revenue, besides ETH. */
    readonly revenueTokens: readonly Hex[];
  };
  readonly terms: {
    readonly modelId: Hex;
    /** The zero address for ETH. */
    readonly currency: Hex;
    readonly forSale: Amount;
    readonly target: Amount;
    readonly cap: Amount;
    readonly accountCap: Amount;
    /** Seconds since 1970. */
    readonly start: number;
    readonly end: number;
    readonly team: PartTerms;
    readonly treasury: PartTerms;
    readonly liquidity: PartTerms;
  };
}

/** What a person can do. Amounts are in smallest units; see `parseUnits`. */
export type Action =
  | { action: 'createOffering'; factory: Hex; creation: Creation }
  | {
      action: 'deposit';
      offering: Hex;
      amount: Amount;
      /** What the offering may take already, for an ERC-20. */
      allowance?: Amount;
      /** Sign instead of sending an approval. */
      permit?: { domain: PermitDomain; deadline: Amount };
    }
  | { action: 'claimAllocation' | 'refund'; offering: Hex; to?: Hex; account?: Hex }
  | { action: 'finalize'; offering: Hex }
  | { action: 'release'; offering: Hex; part: 0 | 1 | 2 }
  | { action: 'releaseVested'; wallet: Hex; asset: Hex }
  | { action: 'snapshot'; token: Hex }
  | { action: 'claimRevenue'; token: Hex; snapshotIds: readonly Amount[]; assets: readonly Hex[]; to: Hex }
  | { action: 'collect'; token: Hex; assets: readonly Hex[]; to: Hex }
  | { action: 'burn'; token: Hex; amount: Amount; assets: readonly Hex[]; to: Hex }
  | {
      action: 'mint';
      collection: Hex;
      /** The canonical request. */
      prompt: string;
      content?: Hex;
      proof?: Hex;
      /** 32 random bytes; they stay in the plan until it is done. */
      salt: Hex;
      fee: Amount;
      minCommitAge: number;
    }
  | { action: 'addContent'; collection: Hex; prompt: string; content: Hex; proof?: Hex }
  | { action: 'assertContent'; verifier: Hex; modelId: Hex; prompt: string; content: Hex; bond: Amount }
  | {
      action: 'requestCallback';
      oracle: Hex;
      /** The model's number at the oracle. */
      modelId: Amount;
      /** The canonical request. */
      input: string;
      callbackContract: Hex;
      gasLimit: number;
      callbackData?: Hex;
      /** What the oracle's `estimateFee` says. */
      fee: Amount;
    }
  /** A move in a dispute, as an engine has found it; see `planDispute`. */
  | { action: 'dispute'; verifier: Hex; value: Amount; data: Hex }
  | { action: 'registerModel'; registry: Hex; modelId: Hex; revenueToken: Hex; fee: Amount; uri: string };

/** What is shown before anything is signed: made from what is signed, with the words of the ERC-7730 descriptors. */
export interface Preview {
  readonly intent: string;
  readonly contract: string;
  readonly chainId: number;
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  readonly sentence: string;
}

/** One request to the wallet. */
export interface Step {
  readonly id: string;
  readonly request:
    | { readonly type: 'transaction'; readonly to: Hex; readonly value: Quantity; readonly data: Hex }
    | { readonly type: 'signature'; readonly permit: Readonly<Record<string, unknown>>; readonly typedData: string };
  readonly preview: Preview;
  /** The step whose signature goes into this one. */
  readonly signedBy?: number;
  /** Blocks that must pass after the step before. */
  readonly waitBlocks: number;
}

/** The requests of an action, in order. Plain data. */
export interface Plan {
  readonly chainId: number;
  readonly account: Hex;
  readonly steps: readonly Step[];
  readonly book: Book;
}

/** The block that was read at. */
export interface Block {
  readonly number: number;
  readonly hash: Hex;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** What team, treasury or liquidity get. */
export interface Share {
  readonly wallet: Hex;
  readonly beneficiary: Hex;
  readonly tokens: Quantity;
  readonly proceedsBps: number;
  readonly cliff: number;
  readonly duration: number;
}

/** The terms of an offering. */
export interface Terms {
  readonly modelId: Hex;
  readonly currency: Hex;
  readonly forSale: Quantity;
  readonly target: Quantity;
  readonly cap: Quantity;
  readonly accountCap: Quantity;
  readonly start: number;
  readonly end: number;
  /** Team, treasury, liquidity. */
  readonly shares: readonly [Share, Share, Share];
}

/** An offering, as an account sees it. */
export interface OfferingView {
  readonly offering: Hex;
  readonly token: Hex;
  readonly terms: Terms;
  readonly phase: 'pending' | 'open' | 'succeeded' | 'failed';
  readonly finalized: boolean;
  readonly raised: Quantity;
  readonly deposited: Quantity;
  readonly allocation: Quantity;
  readonly refund: Quantity;
  readonly settled: boolean;
  readonly balance: Quantity;
  readonly room: Quantity;
  readonly entries: readonly Entry[];
}

/** One asset of a revenue token. */
export interface AssetView {
  readonly asset: Hex;
  readonly pending: Quantity;
  readonly owed: Quantity;
  readonly pool: Quantity;
  readonly unpaid: Quantity;
  readonly claimable: readonly Quantity[];
  readonly claimableSum: Quantity;
}

/** A revenue token, as a holder sees it. */
export interface TokenView {
  readonly token: Hex;
  readonly symbol: string;
  readonly decimals: number;
  readonly modelId: Hex;
  readonly totalSupply: Quantity;
  readonly balance: Quantity;
  readonly percentClaimable: Quantity;
  readonly lastSnapshotId: number;
  readonly nextSnapshotBlock: Quantity;
  readonly firstSnapshotId: number;
  readonly assets: readonly AssetView[];
  readonly entries: readonly Entry[];
}

/** What a snapshot shared out of one asset. */
export interface ShareView {
  readonly holders: Quantity;
  /** What the account is paid can be one smallest unit more, of what earlier divisions left over. */
  readonly account: Quantity;
  readonly claimed: boolean;
}

/** What a revenue token's newest snapshots shared out, and what of it is an account's. */
export interface HistoryView {
  readonly token: Hex;
  /** The zero address is ETH. */
  readonly assets: readonly Hex[];
  /** The oldest first; `shares` are in the order of `assets`. */
  readonly snapshots: readonly { readonly id: number; readonly block: number; readonly shares: readonly ShareView[] }[];
}

/** An ERC-20, as somebody sees it who pays with it. */
export interface Erc20View {
  readonly token: Hex;
  readonly symbol: string;
  readonly decimals: number;
  readonly balance: Quantity;
  readonly allowance: Quantity;
  readonly permit: PermitDomain | null;
}

/** What is asserted of a model at an optimistic verifier. */
export interface AssertionsView {
  readonly terms: DisputeTerms;
  /** The newest hundred, newest first. */
  readonly assertions: readonly {
    readonly asserted: Asserted;
    readonly standing: Standing;
    /** The canonical request, and the content, where they are text; both are whatever the asserter wrote. */
    readonly request: string | null;
    readonly text: string | null;
    /** Bytes of the content. */
    readonly length: number;
    /** How many ids the prompt has. */
    readonly promptIds: number;
    /** The ids that the model is said to have chosen. */
    readonly ids: readonly number[];
  }[];
  /** Whether there are older ones among the blocks that were looked at. */
  readonly hasMore: boolean;
}

/** A token of a collection: what the chain says. */
export interface ContentView {
  readonly collection: Hex;
  readonly tokenId: Quantity;
  /** Whether the collection's code is that of the audited contract. */
  readonly knownCode: boolean;
  readonly owner: Hex;
  readonly minter: Hex;
  readonly modelId: Hex;
  readonly prompt: string;
  readonly requestHash: Hex;
  readonly contentHash: Hex | null;
  readonly contentBlock: Quantity;
  readonly verifier: Hex;
  readonly proofType: string;
  readonly finality: boolean | null;
  readonly standIn: boolean;
  readonly revenueToken: Hex;
  readonly revenueTokenBound: boolean;
}
