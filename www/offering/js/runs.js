// Transactions: each plan that was started, how far it is, and how it goes on. What was sent is kept in the browser's storage, so that a
// reload finds it again and never sends it twice.
import { $, announce, el } from "../../assets/js/dom.js";
import { storage } from "../../assets/js/storage.js";
import { explain, showProblem } from "./errors.js";
import { ChainReader, Journal, execute, memoryStorage, reviewPlan } from "./package.js";

/** Milliseconds between looks at a transaction. */
const POLL_MS = 1000;
/** Confirmations after which a transaction is no longer looked at. */
const SETTLED = 12;

const journal = new Journal(storage(memoryStorage));
/** Plan's id to its run, the newest last. */
const runs = new Map();
let chainId;
let walletNow;
let changed;
let newest = 0;

/** @param {{ wallet(): Wallet | undefined, onChange(done: boolean): void }} options told when a run begins or ends, and whether it is done */
export function startRuns({ wallet, onChange }) {
  [walletNow, changed] = [wallet, onChange];
}

/** Find what was begun before the page was opened, on one chain. */
export async function loadRuns(chain) {
  chainId = chain;
  runs.clear();
  try {
    for (const plan of journal.unfinished().filter((plan) => plan.chainId === chain)) {
      const id = await reviewPlan(plan);
      const kept = journal.open(id, plan);
      runs.set(id, { id, plan, state: "stopped", error: undefined, steps: kept.steps.map(({ state, hash, block }) => ({ phase: PHASES[state], hash, block })) });
    }
    showProblem($("runs-problem"));
  } catch (error) {
    showProblem($("runs-problem"), error);
  }
  show();
}

const PHASES = { open: "open", asked: "asked", sent: "sent", signed: "done", done: "done" };

/** Why nothing else can be signed now: something is being signed, or may have been sent. */
export function busy() {
  for (const run of runs.values()) {
    if (run.state === "running") return "Something is being signed or sent: see the transactions.";
    if (run.state === "stopped" && run.steps.some(({ phase }) => phase === "asked" || phase === "sent")) {
      return "Something that was sent is not done: let it go on first, see the transactions.";
    }
  }
  return undefined;
}

/** Begin a plan. @returns {Promise<boolean>} whether it was done */
export async function start(plan) {
  const id = await reviewPlan(plan);
  const run = { id, plan, state: "stopped", error: undefined, steps: plan.steps.map(() => ({ phase: "open" })) };
  // A plan that was left half done goes on.
  const known = runs.get(id);
  if (known?.state === "stopped") run.steps = known.steps;
  runs.delete(id);
  runs.set(id, run);
  return go(run);
}

/** Go on with what was sent and only needs to be waited for; nothing is asked of the user. */
export function resume() {
  const wallet = walletNow();
  for (const run of runs.values()) {
    const left = run.steps.filter(({ phase }) => phase !== "done");
    const waits = left.length === 1 && left[0].phase === "sent";
    if (run.state === "stopped" && !run.error && waits && mine(run, wallet)) go(run);
  }
  show();
}

async function go(run) {
  const wallet = walletNow();
  if (!wallet || run.state === "running") return false;
  Object.assign(run, { state: "running", error: undefined });
  show();
  changed(false);
  $("runs-title").focus();
  try {
    // What became of a transaction is asked of the wallet's node: another could say that it is gone, and have it paid twice.
    const reader = new ChainReader(wallet.provider, { chainId: run.plan.chainId });
    await execute(run.plan, wallet, { reader, journal, pollMs: POLL_MS, onStep: (progress) => step(run, progress) });
    run.state = "done";
    announce(`Done: ${title(run)}.`);
  } catch (error) {
    stopped(run, error);
  }
  show();
  changed(run.state === "done");
  return run.state === "done";
}

function step(run, { step, id, phase, hash, block }) {
  run.steps[step] = { phase: phase === "confirm" ? "asked" : phase, hash: hash ?? run.steps[step].hash, block };
  announce(`${run.plan.steps[step].preview.intent}: ${WORDS[run.steps[step].phase] ?? id}`);
  show();
}

/** It ended early: what the journal kept says what has to be done. */
function stopped(run, error) {
  // Its node is the wallet's: it is the wallet that has gone elsewhere.
  const elsewhere = error?.code === "rpc.other_chain" && { code: "wallet.chain_changed", message: error.message };
  Object.assign(run, { state: "stopped", error: elsewhere || error });
  try {
    const { steps, batch } = journal.open(run.id, run.plan);
    run.steps = steps.map(({ state, hash, block }) => ({ phase: PHASES[state], hash, block }));
    // Nothing was signed or sent: there is nothing to remember.
    if (!batch && steps.every(({ state }) => state === "open")) journal.remove(run.id);
  } catch (damaged) {
    run.error = damaged;
  }
  const { title: what, next } = explain(run.error);
  announce(`${what}. ${next}`);
}

/** A new block: confirmations are counted, and what the chain has forgotten is told. */
export async function newBlock(reader, number) {
  newest = number;
  for (const run of runs.values()) {
    if (run.state !== "done") continue;
    for (const step of run.steps.filter(({ hash, block }) => hash && block && number - block + 1 < SETTLED)) {
      step.gone = (await reader.request("eth_getTransactionReceipt", [step.hash])) === null;
    }
  }
  show();
}

const mine = ({ plan }, wallet) => wallet !== undefined && wallet.account === plan.account.toLowerCase() && wallet.chainId === plan.chainId;
const title = ({ plan }) => plan.steps.at(-1).preview.intent;

const WORDS = {
  open: "not asked yet",
  wait: "waits for blocks to pass",
  asked: "asked: look at your wallet",
  sent: "sent, waits for its block",
  done: "done",
};

/** Show all runs, the newest first. */
function show() {
  $("runs-card").hidden = runs.size === 0 && $("runs-problem").childNodes.length === 0;
  $("runs").replaceChildren(...[...runs.values()].reverse().map(item));
}

function item(run) {
  const problem = el("p", { class: "problem" });
  if (run.error) showProblem(problem, run.error);
  return el(
    "li",
    { "data-state": run.state, "data-code": run.error?.code },
    el("h3", {}, title(run)),
    el("p", {}, run.plan.steps.at(-1).preview.sentence),
    el("ol", { class: "steps" }, ...run.steps.map((step, i) => line(run, step, i))),
    problem,
    run.state === "stopped" ? el("div", { class: "row" }, ...buttons(run)) : null,
  );
}

function line(run, { phase, hash, block, gone }, i) {
  const { request, preview } = run.plan.steps[i];
  const confirmations = block && newest >= block ? newest - block + 1 : 0;
  let words = WORDS[phase];
  if (phase === "done") words = request.type === "signature" ? "signed" : done(block, confirmations);
  if (phase === "asked" && run.state === "stopped") words = "asked; whether it was sent is not known yet. Answer or close the request in your wallet first";
  if (gone) words = "The chain was reorganised and has it no longer. It usually comes back by itself: look into your wallet before you repeat it.";
  return el("li", { "data-phase": gone ? "gone" : phase }, el("b", {}, preview.intent), el("span", {}, words), hash ? el("code", { class: "hash" }, hash) : null);
}

const done = (block, confirmations) => (block ? `done in block ${block}${confirmations > 0 ? `, ${confirmations} confirmation${confirmations === 1 ? "" : "s"}` : ""}` : "done");

function buttons(run) {
  const wallet = walletNow();
  const begun = run.steps.some(({ phase }) => phase !== "open");
  const again = el("button", { class: "button primary", type: "button", disabled: !mine(run, wallet) }, begun ? "Go on" : "Try again");
  again.addEventListener("click", () => go(run));
  const forget = el("button", { class: "button", type: "button" }, "Forget it");
  forget.addEventListener("click", () => {
    journal.remove(run.id);
    runs.delete(run.id);
    show();
    changed(false);
  });
  const who = mine(run, wallet) ? null : el("p", { class: "note" }, `Needs the account ${run.plan.account} on chain ${run.plan.chainId}.`);
  const sent = run.steps.some(({ phase }) => phase === "asked" || phase === "sent");
  return [again, forget, who, sent ? el("p", { class: "note" }, "What was sent stays sent, even if it is forgotten here.") : null].filter(Boolean);
}
