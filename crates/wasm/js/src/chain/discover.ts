import { chainError } from './errors.js';
import { inert } from './text.js';
import type { Provider } from './types.js';

/** What a wallet says about itself; nothing of it is proved. */
export interface WalletInfo {
  /** Of this page load. */
  readonly uuid: string;
  /** Plain text, at most 64 characters. */
  readonly name: string;
  /** A `data:` URI of a picture for an `img` element, or empty. */
  readonly icon: string;
  /** Reverse domain name, by which a page remembers a wallet. */
  readonly rdns: string;
}

/** A wallet that was found. */
export interface FoundWallet {
  readonly info: WalletInfo;
  readonly provider: Provider;
  /** It does not announce itself (EIP-6963), but is at `window.ethereum`. */
  readonly legacy: boolean;
}

/** What is used of a window. */
export type Host = Pick<EventTarget, 'addEventListener' | 'removeEventListener' | 'dispatchEvent'> & { ethereum?: unknown };

const MAX_ICON = 512 << 10;
const MAX_WALLETS = 64;
const ICON = /^data:image\/(png|jpeg|webp|gif|svg\+xml)[;,]/;

/**
 * Every wallet in this window: those that announce themselves by EIP-6963, each once by its `rdns`; only where there is none, what is at
 * `window.ethereum`. Wallets that are slow to start announce later: `onFound` is called for each until `signal` ends it.
 */
export async function discoverWallets(
  options: { window?: Host; waitMs?: number; onFound?: (wallet: FoundWallet) => void; signal?: AbortSignal } = {},
): Promise<FoundWallet[]> {
  const host = options.window ?? (globalThis as unknown as Host);
  const found = new Map<string, FoundWallet>();
  const listen = (event: Event): void => {
    const wallet = announced((event as CustomEvent<unknown>).detail);
    if (!wallet || found.has(wallet.info.rdns) || found.size >= MAX_WALLETS) return;
    found.set(wallet.info.rdns, wallet);
    options.onFound?.(wallet);
  };
  host.addEventListener('eip6963:announceProvider', listen);
  host.dispatchEvent(new Event('eip6963:requestProvider'));
  await new Promise((resolve) => setTimeout(resolve, options.waitMs ?? 200));
  const stop = (): void => host.removeEventListener('eip6963:announceProvider', listen);
  if (options.signal && !options.signal.aborted) options.signal.addEventListener('abort', stop, { once: true });
  else stop();
  if (found.size > 0) return [...found.values()];
  const fallback = legacy(host.ethereum);
  fallback.forEach((wallet) => options.onFound?.(wallet));
  return fallback;
}

/** The wallet that was used last, else the only one; an error where there is none. */
export function chooseWallet(wallets: readonly FoundWallet[], rdns?: string): FoundWallet | undefined {
  if (wallets.length === 0) throw chainError('wallet.none');
  return wallets.find((wallet) => wallet.info.rdns === rdns) ?? (wallets.length === 1 ? wallets[0] : undefined);
}

function announced(detail: unknown): FoundWallet | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined;
  const { info, provider } = detail as { info?: Partial<Record<keyof WalletInfo, unknown>>; provider?: unknown };
  if (typeof info !== 'object' || info === null || !isProvider(provider)) return undefined;
  const { uuid, name, icon, rdns } = info;
  if (typeof uuid !== 'string' || typeof name !== 'string' || typeof rdns !== 'string' || rdns === '') return undefined;
  const picture = typeof icon === 'string' && icon.length <= MAX_ICON && ICON.test(icon) ? icon : '';
  return { info: { uuid: inert(uuid), name: inert(name), icon: picture, rdns: inert(rdns) }, provider, legacy: false };
}

function legacy(ethereum: unknown): FoundWallet[] {
  // Several extensions that share the place list themselves in `providers`.
  const listed = (ethereum as { providers?: unknown } | undefined)?.providers;
  const providers = Array.isArray(listed) && listed.length > 0 ? listed.slice(0, MAX_WALLETS) : [ethereum];
  return [...new Set(providers.filter(isProvider))].map((provider, i) => ({
    info: { uuid: `legacy-${i}`, name: 'Browser wallet', icon: '', rdns: `legacy-${i}` },
    provider,
    legacy: true,
  }));
}

function isProvider(value: unknown): value is Provider {
  return typeof value === 'object' && value !== null && typeof (value as Provider).request === 'function';
}
