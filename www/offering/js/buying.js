// What can be done with an offering: buy, take what was bought, take a deposit back, book the outcome.
import { $ } from "../../assets/js/dom.js";
import { defineAction } from "./action.js";
import { ZERO, amountOf, unit } from "./format.js";
import { parseUnits } from "./package.js";

/** Seconds that a permit is valid. */
const PERMIT_SECONDS = 3600;

export function defineBuying() {
  defineAction("deposit", deposit);
  defineAction("allocation", allocation);
  defineAction("refund", refund);
  defineAction("finalize", finalize);
}

async function deposit(data) {
  const { offering, currency, account } = data;
  const { terms, phase } = offering;
  if (phase !== "open") return undefined;
  const { symbol, decimals } = unit(data, terms.currency);
  $("deposit-unit").textContent = symbol;
  $("deposit-ways").hidden = !currency?.permit;
  const text = "Deposits are counted at the end. Below the target they go back whole; above the cap, the part that is too much goes back.";
  if (!account) {
    $("deposit-hint").textContent = `At most ${await amountOf(data, terms.currency, terms.accountCap)} for an account.`;
    return { text };
  }
  const [room, balance] = [BigInt(offering.room), BigInt(offering.balance)];
  const [roomText, balanceText] = [await amountOf(data, terms.currency, room), await amountOf(data, terms.currency, balance)];
  $("deposit-hint").textContent = `You have ${balanceText} and can deposit ${roomText} more.`;
  const typed = $("deposit-amount").value.trim();
  if (typed === "") return { text };
  const amount = await parseUnits(typed, decimals);
  if (amount === 0n) return { text };
  if (amount > room) return { text, problem: tooMuch(`this account can deposit ${roomText} more`) };
  if (amount > balance) return { text, problem: tooMuch(`this account has ${balanceText}`) };
  return { text, action: { action: "deposit", offering: offering.offering, amount, ...allowed(data, amount) } };
}

/** How the offering is allowed to take an ERC-20. */
function allowed({ offering, currency, block }, amount) {
  if (offering.terms.currency === ZERO) return {};
  const way = document.querySelector('input[name="way"]:checked').value;
  const allowance = BigInt(currency.allowance);
  if (way === "approve" || !currency.permit || allowance >= amount) return { allowance };
  return { allowance, permit: { domain: currency.permit, deadline: deadline(block.timestamp) } };
}

/** Rounded to half its time, so that what is shown stays the same from block to block. */
function deadline(now) {
  const half = PERMIT_SECONDS / 2;
  return BigInt((Math.floor(now / half) + 3) * half);
}

const tooMuch = (message) => ({ code: "page.amount", message });

async function allocation(data) {
  const { offering, account } = data;
  if (offering.phase !== "succeeded" || !account || BigInt(offering.deposited) === 0n || offering.settled) return undefined;
  const tokens = await amountOf(data, offering.token, offering.allocation);
  const rest = BigInt(offering.refund);
  const back = rest > 0n ? `, and ${await amountOf(data, offering.terms.currency, rest)} of your deposit back` : "";
  return { text: `You get ${tokens}${back}. It waits for you as long as you like.`, action: { action: "claimAllocation", offering: offering.offering } };
}

async function refund(data) {
  const { offering, account } = data;
  if (offering.phase !== "failed" || !account || BigInt(offering.deposited) === 0n || offering.settled) return undefined;
  const whole = await amountOf(data, offering.terms.currency, offering.refund);
  return { text: `The target was missed. You get ${whole} back: all of your deposit.`, action: { action: "refund", offering: offering.offering } };
}

async function finalize(data) {
  const { offering } = data;
  if (!["succeeded", "failed"].includes(offering.phase) || offering.finalized) return undefined;
  const text = "Anyone can do this once. Unsold tokens are burnt, or all go back to the treasury if the target was missed. You get nothing for it, and buyers need not wait for it.";
  return { text, action: { action: "finalize", offering: offering.offering } };
}
