// The terms in plain words. They are fixed in the contract: what stands here cannot change.
import { $, el, fill, hash } from "../../assets/js/dom.js";
import { ZERO, amountOf, list, percent, span, unit, when } from "./format.js";

const PARTS = ["team", "treasury", "liquidity"];

/** Show the terms, and where everything is on the chain. */
export async function showTerms(data) {
  const { offering, token } = data;
  const { terms } = offering;
  const currency = (amount) => amountOf(data, terms.currency, amount);
  const tokens = (amount) => amountOf(data, offering.token, amount);
  const [one, price] = await Promise.all([currency(10n ** BigInt(unit(data, terms.currency).decimals)), tokens(priceOf(data))]);
  const [target, cap, accountCap, forSale] = await Promise.all([currency(terms.target), currency(terms.cap), currency(terms.accountCap), tokens(terms.forSale)]);
  const supply = terms.shares.reduce((sum, share) => sum + BigInt(share.tokens), BigInt(terms.forSale));
  const shares = await Promise.all(terms.shares.map((share, i) => part(PARTS[i], share, tokens, supply)));
  const assets = token.assets.map(({ asset }) => unit(data, asset).symbol);
  const claimable = Number(BigInt(token.percentClaimable));
  const lines = [
    ["Price", `${one} buys ${price}, the same for everybody.`],
    ["Target", `Below ${target} at the end, everybody takes the whole deposit back.`],
    ["Cap", `At most ${cap} is kept. If more comes in, each deposit counts in proportion and the rest is paid back.`],
    ["Each account", `At most ${accountCap}.`],
    ["Time", `From ${when(terms.start)} to ${when(terms.end)}. A deposit cannot be taken back before the end.`],
    ["For sale", `${forSale}, ${percent(terms.forSale, supply)} of all there will ever be if the cap is reached. With less, every part is smaller alike.`],
    ...shares,
    ["Revenue", `${claimable} % of what the token earns in ${list(assets)} is shared among its holders at each snapshot. The other ${100 - claimable} % waits for those who burn their tokens.`],
    ["Changes", "Nobody can change these terms, stop payments or make more tokens, if the code is the audited one: see the risks."],
  ];
  $("terms").replaceChildren(...lines.map(([title, text]) => el("li", {}, el("b", {}, title), el("span", {}, text))));
  fill($("contracts"), [
    ["Model id", hash(terms.modelId)],
    ["Offering", hash(offering.offering)],
    ["Token", hash(offering.token)],
    ["Currency", terms.currency === ZERO ? "ETH" : hash(terms.currency)],
    ...terms.shares.map((share, i) => [`Vesting wallet of the ${PARTS[i]}`, hash(share.wallet)]),
  ]);
}

/** Tokens for one whole unit of the currency. */
function priceOf(data) {
  const { terms } = data.offering;
  return (10n ** BigInt(unit(data, terms.currency).decimals) * BigInt(terms.forSale)) / BigInt(terms.cap);
}

async function part(name, { tokens, proceedsBps, cliff, duration }, amount, supply) {
  const what = `${await amount(tokens)} (${percent(tokens, supply)}) and ${proceedsBps / 100} % of the money`;
  const held = duration === 0 ? "at once" : `evenly over ${span(duration)} after the end${cliff > 0 ? `, nothing in the first ${span(cliff)}` : ""}`;
  const title = name[0].toUpperCase() + name.slice(1);
  return [title, BigInt(tokens) === 0n && proceedsBps === 0 ? "Gets nothing." : `Gets ${what}, ${held}.`];
}
