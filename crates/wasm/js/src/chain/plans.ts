import type { Action, Amount, Book, Entry, Hex, Plan, TokenView } from './types.js';
import { json, rule } from './wasm.js';

/** The exact requests of an action, each with its preview. */
export function planAction(action: Action, book: Book): Promise<Plan> {
  return rule((r) => r.chainPlan(json(action), json(book)));
}

/** Throw `plan.changed` unless every step of a plan says what it signs; the plan's digest. */
export function reviewPlan(plan: Plan): Promise<Hex> {
  return rule((r) => r.chainReview(json(plan)));
}

/** The book of what was read. */
export function bookOf(chainId: number, account: Hex, ...views: { readonly entries: readonly Entry[] }[]): Book {
  const entries = new Map(views.flatMap((view) => view.entries).map((entry) => [entry.address.toLowerCase(), entry]));
  return { chainId, account, entries: [...entries.values()] };
}

/** What burning an amount of a token pays of each of its assets, in their order. */
export function redeemable(token: Pick<TokenView, 'assets' | 'totalSupply'>, amount: Amount): Promise<bigint[]> {
  const [burnt, supply] = [BigInt(amount).toString(), BigInt(token.totalSupply).toString()];
  return Promise.all(token.assets.map(async ({ pool }) => BigInt(await rule<string>((r) => r.chainRedeem(BigInt(pool).toString(), burnt, supply)))));
}

/** Smallest units of a decimal number such as `12.5`, exactly. */
export async function parseUnits(text: string, decimals: number): Promise<bigint> {
  return BigInt(await rule<string>((r) => r.chainParseUnits(text, decimals)));
}

/** A decimal number of smallest units, exactly. */
export function formatUnits(value: Amount, decimals: number): Promise<string> {
  return rule((r) => r.chainFormatUnits(BigInt(value).toString(), decimals));
}

/** 32 random bytes, for a mint. */
export function randomSalt(): Hex {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
