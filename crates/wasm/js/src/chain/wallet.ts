import { OpenimoError } from '../errors.js';
import { chainError, fromWallet } from './errors.js';
import type { Hex, Provider } from './types.js';

/** What changes in a wallet. */
export interface WalletEvents {
  account: Hex | undefined;
  chain: number;
  disconnect: OpenimoError;
}

/** How a chain is added to a wallet that does not know it (EIP-3085). */
export interface ChainToAdd {
  readonly chainName: string;
  readonly rpcUrls: readonly string[];
  readonly nativeCurrency: { readonly name: string; readonly symbol: string; readonly decimals: number };
  readonly blockExplorerUrls?: readonly string[];
}

/** A connected wallet: any EIP-1193 provider, with errors that have codes and answers that are checked. */
export class Wallet {
  readonly provider: Provider;
  #account: Hex | undefined;
  #chainId: number;
  readonly #listeners = new Map<keyof WalletEvents, Set<(value: never) => void>>();
  readonly #off: (() => void)[] = [];

  private constructor(provider: Provider, account: Hex, chainId: number) {
    this.provider = provider;
    this.#account = account;
    this.#chainId = chainId;
    this.#follow('accountsChanged', (accounts: unknown) => {
      const [first] = Array.isArray(accounts) ? accounts : [];
      const account = isAddress(first) ? (first.toLowerCase() as Hex) : undefined;
      if (account === this.#account) return;
      this.#account = account;
      this.#emit('account', account);
    });
    this.#follow('chainChanged', (chainId: unknown) => {
      const id = chainNumber(chainId);
      if (id === undefined || id === this.#chainId) return;
      this.#chainId = id;
      this.#emit('chain', id);
    });
    this.#follow('disconnect', (e: unknown) => this.#emit('disconnect', fromWallet(e)));
  }

  /** Ask the wallet for its account; it asks its user. */
  static async connect(provider: Provider): Promise<Wallet> {
    const account = firstAccount(await ask(provider, 'eth_requestAccounts'));
    const chainId = chainNumber(await ask(provider, 'eth_chainId'));
    if (chainId === undefined) throw chainError('wallet.malformed', 'eth_chainId');
    return new Wallet(provider, account, chainId);
  }

  /** Lower case; undefined after the user has withdrawn it. */
  get account(): Hex | undefined {
    return this.#account;
  }

  get chainId(): number {
    return this.#chainId;
  }

  /** Be told of a change; the answer ends it. */
  on<E extends keyof WalletEvents>(event: E, listener: (value: WalletEvents[E]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener as (value: never) => void));
    return () => void listeners.delete(listener as (value: never) => void);
  }

  /** Any request; what the wallet throws has a code of docs/chain-codes.md. */
  request(method: string, params?: unknown): Promise<unknown> {
    return ask(this.provider, method, params);
  }

  /** Change to a chain, adding it where the wallet does not know it and `add` says how. */
  async switchChain(chainId: number, add?: ChainToAdd): Promise<void> {
    const id = { chainId: `0x${chainId.toString(16)}` };
    try {
      await this.request('wallet_switchEthereumChain', [id]);
    } catch (e) {
      if (!add || !(e instanceof OpenimoError) || e.code !== 'wallet.chain_missing') throw e;
      await this.request('wallet_addEthereumChain', [{ ...id, ...add }]);
      await this.request('wallet_switchEthereumChain', [id]);
    }
    await this.check(chainId, this.#account);
  }

  /** Ask the wallet, not its events, whether account and chain are these; they change while a page waits. */
  async check(chainId: number, account: string | undefined): Promise<void> {
    const now = chainNumber(await this.request('eth_chainId'));
    if (now !== chainId) throw chainError('wallet.chain_changed', `${now} instead of ${chainId}`, { got: now, expected: chainId });
    this.#chainId = chainId;
    const accounts = await this.request('eth_accounts');
    const got = Array.isArray(accounts) && isAddress(accounts[0]) ? accounts[0].toLowerCase() : undefined;
    const expected = account?.toLowerCase();
    if (got !== expected) throw chainError('wallet.account_changed', undefined, { got, expected });
  }

  /** Stop listening to the provider. */
  close(): void {
    for (const off of this.#off.splice(0)) off();
    this.#listeners.clear();
  }

  #follow(event: string, listener: (value: unknown) => void): void {
    this.provider.on?.(event, listener as (...args: never[]) => void);
    this.#off.push(() => void this.provider.removeListener?.(event, listener as (...args: never[]) => void));
  }

  #emit<E extends keyof WalletEvents>(event: E, value: WalletEvents[E]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value as never);
  }
}

async function ask(provider: Provider, method: string, params?: unknown): Promise<unknown> {
  try {
    return await provider.request(params === undefined ? { method } : { method, params });
  } catch (e) {
    throw fromWallet(e);
  }
}

function firstAccount(accounts: unknown): Hex {
  const [first] = Array.isArray(accounts) ? accounts : [];
  if (!isAddress(first)) throw chainError('wallet.unauthorized', 'it named no account');
  return first.toLowerCase() as Hex;
}

/** Whether it is an address. */
export function isAddress(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value);
}

/** Whether it is a hash. */
export function isHash(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value);
}

function chainNumber(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,13}$/.test(value)) return undefined;
  return Number(value);
}
