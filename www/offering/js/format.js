// Amounts, times and addresses as people read them. Amounts are exact, or say that they are not.
import { formatUnits, inert } from "./package.js";

/** The zero address: ETH, and nobody's account. */
export const ZERO = `0x${"0".repeat(40)}`;

/** Longest fraction that is shown where an amount is only looked at. */
const PLACES = 8;

/** Symbol and decimals of an asset that was read. */
export function unit(data, asset) {
  if (asset === ZERO) return { symbol: "ETH", decimals: 18 };
  const entry = [...data.offering.entries, ...(data.token?.entries ?? [])].find(
    (entry) => entry.address.toLowerCase() === asset.toLowerCase() && entry.decimals !== undefined && ["token", "erc20"].includes(entry.kind),
  );
  return { symbol: inert(entry?.symbol ?? "") || short(asset), decimals: entry?.decimals ?? 0 };
}

/** An amount with its symbol; a fraction that is too long is rounded, and said to be. */
export async function money(value, { symbol, decimals }) {
  const places = Math.min(decimals, PLACES);
  const step = 10n ** BigInt(decimals - places);
  const rounded = (BigInt(value) + step / 2n) / step;
  if (rounded === 0n && BigInt(value) > 0n) return `less than ${await formatUnits(1n, places)} ${symbol}`;
  const [whole, fraction] = (await formatUnits(rounded, places)).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${rounded * step === BigInt(value) ? "" : "about "}${grouped}${fraction ? `.${fraction}` : ""} ${symbol}`;
}

/** An amount of an asset that was read. */
export const amountOf = (data, asset, value) => money(value, unit(data, asset));

/** `part` of `whole` in hundredths of a per cent, exactly rounded down. */
export function percent(part, whole) {
  if (BigInt(whole) === 0n) return "0 %";
  const points = Number((10_000n * BigInt(part)) / BigInt(whole));
  return `${(points / 100).toString()} %`;
}

/** The first and last digits of an address, where the whole one stands elsewhere. */
export const short = (address) => `${address.slice(0, 6)}…${address.slice(-4)}`;

/** A time as the chain has it, in seconds. */
export const when = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** A span of seconds in its two largest units. */
export function span(seconds) {
  const units = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
  const from = units.findIndex(([, size]) => seconds >= size);
  if (from < 0) return "0 seconds";
  let rest = seconds;
  const parts = units.slice(from, from + 2).map(([name, size]) => {
    const n = Math.floor(rest / size);
    rest -= n * size;
    return n > 0 && `${n} ${name}${n === 1 ? "" : "s"}`;
  });
  return parts.filter(Boolean).join(" ");
}

/** Several things in one sentence. */
export const list = (texts) => (texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`);
