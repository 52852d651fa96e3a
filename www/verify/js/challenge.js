// The way to refute a wrong assertion: the moves of a dispute, one after the other, each shown before the wallet asks. What is next always follows
// from the chain, so a page that was closed goes on where it was; what was sent and is not included yet is found in the browser's storage.
import { $, announce, count, el } from "../../assets/js/dom.js";
import { storage } from "../../assets/js/storage.js";
import { current, startWallets } from "../../assets/js/wallet.js";
import { isCancel, showProblem } from "./errors.js";
import { chain } from "./package.js";
import { isCurrent } from "./run.js";

/** Milliseconds between looks while others have to move. */
const LOOK_MS = 3000;
/** Milliseconds between looks at a transaction. */
const POLL_MS = 1000;

/** The dispute on the page: the run, its engine, the journal, and whether something is under way. */
let dispute;
let started;

/** Show how a wrong assertion can be refuted. @param {{ reader, read, view }} mine */
export async function startChallenge(mine, engine) {
  const part = await chain();
  if (!isCurrent(mine)) return;
  const { terms } = mine.read;
  dispute = { mine, engine, part, journal: dispute?.journal ?? new part.Journal(storage(part.memoryStorage)), busy: false };
  const eth = (wei) => part.formatUnits(wei, 18);
  const [stake, half] = await Promise.all([eth(BigInt(terms.challengeBond) + BigInt(terms.questionFee)), eth(BigInt(terms.bond) / 2n)]);
  const hours = (seconds) => count(Number((Number(seconds) / 3600).toPrecision(2)), "hour");
  $("challenge-text").textContent =
    `Whoever shows on the chain that this is wrong gets half of its bond, ${half} ETH. A challenge puts ${stake} ETH at stake, which comes back when it is won; ` +
    `each move has to be made within ${hours(terms.clock)}, so come back here, or keep this page open.`;
  $("challenge").hidden = false;
  $("moves").replaceChildren();
  showMove();
  if (!started) {
    started = true;
    $("move-go").addEventListener("click", sign);
    const { Wallet, discoverWallets } = part;
    await startWallets({
      Wallet,
      discoverWallets,
      showProblem,
      chainId: () => dispute.mine.reader.chainId,
      onChange: () => goOn(),
      words: { subject: "this assertion", use: "Connect one to refute it.", without: "To look, none is needed; to refute, one is." },
    });
  }
  await goOn();
}

/** What is next: found by the model from what the chain says. */
async function goOn() {
  const { mine, engine, part } = dispute;
  const wallet = current();
  if (!isCurrent(mine) || dispute.busy) return;
  dispute.plan = undefined;
  if (!wallet || wallet.chainId !== mine.reader.chainId) return showMove();
  dispute.busy = true;
  showProblem($("challenge-problem"));
  try {
    if (await resumed(wallet)) return;
    showMove("Looking for the next move");
    const { account } = wallet;
    const step = await part.planDispute(mine.reader, engine, { terms: mine.read.terms, asserted: mine.view.asserted, account }, {
      after: dispute.after,
      signal: mine.abort.signal,
    });
    if (!isCurrent(mine) || current()?.account !== account) return;
    dispute.plan = step.plan;
    if (step.plan) return showMove(step.plan.steps[0].preview.sentence, true);
    if (step.next === undefined || step.next.kind === "nothing") {
      throw { code: "rpc.inconsistent", message: "the referee finds nothing wrong where the model gives other numbers" };
    }
    showMove(WORDS[step.next.kind](step));
    if (step.next.kind === "wait") setTimeout(watch, LOOK_MS, mine, account, step);
    else announce($("move-text").textContent);
  } catch (error) {
    if (!isCurrent(mine) || isCancel(error)) return;
    // The node is behind what was sent: it will come to it.
    if (error.code === "rpc.stale") setTimeout(goOn, LOOK_MS);
    else trouble(error);
  } finally {
    dispute.busy = false;
  }
}

const WORDS = {
  wait: ({ look }) => {
    const [challenge] = look.challenges;
    if (!challenge) return "Too late for a challenge of your own; somebody else’s is open, and may still win.";
    return `It is the asserter’s move, until ${new Date(challenge.deadline * 1000).toLocaleString()}. This page looks again by itself.`;
  },
  refuted: () => "It is refuted, and nothing is owed to you any more.",
  gone: () => "It is not on the chain any more, which was reorganised. Read the verifier again.",
  beyond: () => "It is wrong, but its window is over: it can no longer be challenged.",
};

/** Look until something has changed, or a deadline has passed; the model need not run for that. */
async function watch(mine, account, { look, block }) {
  if (!isCurrent(mine) || current()?.account !== account || dispute.busy) return;
  const { verifier } = mine.read.terms;
  const { asserted } = mine.view;
  const deadline = Math.min(...look.challenges.map(({ deadline }) => deadline));
  try {
    const now = await mine.reader.dispute(verifier, asserted.number, account, Number(asserted.block));
    const late = block.timestamp < deadline && now.block.timestamp >= deadline;
    if (late || JSON.stringify(now.value) !== JSON.stringify(look)) return await goOn();
    showProblem($("challenge-problem"));
  } catch (error) {
    trouble(error);
  }
  setTimeout(watch, LOOK_MS, mine, account, { look, block });
}

/** Have the next move signed, and wait until it is in. */
async function sign() {
  const { mine, plan } = dispute;
  const wallet = current();
  if (!plan || !wallet || dispute.busy) return;
  dispute.busy = true;
  try {
    await send(wallet, plan);
  } catch (error) {
    if (isCurrent(mine)) {
      trouble(error);
      // Said no: the same move is there to be signed. Else what to do follows from the chain.
      if (error.code === "wallet.rejected") showMove(plan.steps[0].preview.sentence, true);
    }
    return;
  } finally {
    dispute.busy = false;
  }
  await goOn();
}

/** Go on with what was sent before the page was closed. */
async function resumed(wallet) {
  const { journal, mine, part } = dispute;
  for (const plan of journal.unfinished()) {
    const [{ id, request }] = plan.steps;
    if (plan.chainId !== mine.reader.chainId || plan.account !== wallet.account || id !== "dispute" || request.to !== mine.read.terms.verifier) continue;
    const kept = await part.reviewPlan(plan);
    const [{ state }] = journal.open(kept, plan).steps;
    if (state === "sent" || state === "asked") await send(wallet, plan);
    else journal.remove(kept);
    setTimeout(goOn);
    return true;
  }
  return false;
}

async function send(wallet, plan) {
  const { journal, part } = dispute;
  const [{ preview }] = plan.steps;
  const line = el("li", { "data-phase": "asked" }, preview.intent, " ", el("span", {}, "see the wallet"));
  $("moves").append(line);
  showMove("See the wallet");
  const onStep = ({ phase, hash }) => {
    line.dataset.phase = phase;
    line.lastElementChild.replaceChildren(PHASES[phase] ?? phase, hash ? el("code", { class: "hash" }, ` ${hash}`) : "");
    announce(`${preview.intent}: ${PHASES[phase] ?? phase}`);
  };
  try {
    // What became of a transaction is asked of the wallet's node: another could say that it is gone, and have it paid twice.
    const reader = new part.ChainReader(wallet.provider, { chainId: plan.chainId });
    const { blocks } = await part.execute(plan, wallet, { reader, journal, pollMs: POLL_MS, onStep });
    dispute.after = blocks[0];
    onStep({ phase: "done" });
  } catch (error) {
    line.dataset.phase = "failed";
    line.lastElementChild.textContent = "not done";
    throw error;
  }
}

const PHASES = { confirm: "see the wallet", asked: "see the wallet", sent: "sent, waiting for its block", done: "done" };

function showMove(text, canSign = false) {
  $("move").hidden = text === undefined;
  $("move-text").textContent = text ?? "";
  $("move-go").hidden = !canSign;
}

function trouble(error) {
  showProblem($("challenge-problem"), error);
  if (!dispute.plan) showMove();
}
