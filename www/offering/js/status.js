// What state the offering is in: one title, one sentence, the picture and the figures.
import { $, announce, fill } from "../../assets/js/dom.js";
import { amountOf, percent, span, unit, when } from "./format.js";
import { meter } from "./meter.js";

const TITLES = { pending: "Not open yet", open: "Open for deposits", succeeded: "Succeeded", failed: "Missed its target" };

/** Seconds on the chain now: those of the newest block, and what has passed here since it was read. */
export const chainTime = ({ block, readAt }) => block.timestamp + Math.max(0, Math.floor((performance.now() - readAt) / 1000));

/** Show it. @param {object} data of `readAll`, with `readAt` */
export async function showStatus(data) {
  const { offering, block } = data;
  const { terms, phase } = offering;
  const [raised, target, cap, own] = [offering.raised, terms.target, terms.cap, offering.deposited].map(BigInt);
  const money = (amount) => amountOf(data, terms.currency, amount);
  const [raisedText, targetText, capText, ownText] = await Promise.all([raised, target, cap, own].map(money));
  const { symbol } = unit(data, offering.token);
  const title = `${symbol}: ${TITLES[phase]}`;
  if ($("status-title").textContent !== title) {
    announce(title);
    document.title = `${title} · openimo`;
  }
  $("status").dataset.phase = phase;
  $("status-title").textContent = title;
  $("status-text").textContent = sentence(offering, raised, target, cap);
  const words = `${raisedText} of ${targetText} needed, at most ${capText} kept${own > 0n ? `; ${ownText} of it yours` : ""}`;
  const key = [raised, target, cap, own].join();
  if ($("meter").dataset.key !== key) {
    $("meter").dataset.key = key;
    $("meter").replaceChildren(...meter({ raised, target, cap, own }, words));
  }
  fill($("figures"), [
    ["Raised", `${raisedText} (${percent(raised, target)} of the target)`],
    ["Target", targetText],
    ["Cap", capText],
    ["Your deposit", data.account ? ownText : "no wallet connected"],
    [timeLabel(phase), timeText(data)],
  ]);
  $("read-note").textContent = `As of block ${block.number}, ${when(block.timestamp)}`;
}

/** The time left, second by second. */
export function tick(data) {
  const row = $("figures").lastElementChild;
  if (row) row.lastElementChild.textContent = timeText(data);
}

const timeLabel = (phase) => ({ pending: "Opens", open: "Ends" })[phase] ?? "Ended";

function timeText(data) {
  const { terms, phase } = data.offering;
  const now = chainTime(data);
  const at = phase === "pending" ? terms.start : terms.end;
  if (phase !== "pending" && phase !== "open") return when(at);
  return now < at ? `in ${span(at - now)}, ${when(at)}` : `${when(at)}: read again`;
}

function sentence({ phase, finalized }, raised, target, cap) {
  if (phase === "pending") return "The terms are fixed. Deposits can be made once it opens.";
  if (phase === "open") {
    if (raised < target) return "If the target is missed, everybody takes the whole deposit back.";
    return raised <= cap
      ? "The target is reached. Deposits can still be made, at the same price."
      : "More came in than is kept. Each deposit counts in proportion, and the rest of it is paid back.";
  }
  if (phase === "failed") return "Everybody can take the whole deposit back, at any time.";
  return finalized ? "Buyers can take their tokens, at any time." : "Buyers can take their tokens. Anyone can book the outcome.";
}
