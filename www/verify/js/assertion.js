// What is asserted of a model at an optimistic verifier: listed from the chain, each run again on request, and refuted where it is wrong.
import { $, count, el, fill, hash } from "../../assets/js/dom.js";
import { startChallenge } from "./challenge.js";
import { showChecks } from "./checks.js";
import { deviceChanged } from "./device.js";
import { seconds, showEngine } from "./facts.js";
import { resolveAddress } from "./fetch.js";
import { chain } from "./package.js";
import { markDone, markParting, scrollToToken, showRecreated, showText, showTokens } from "./passage.js";
import { contentOf, pictureIn } from "./picture.js";
import { finished, idle, working } from "./progress.js";
import { begin, cannot, isCurrent, known, withModel } from "./run.js";
import { asked } from "./token.js";
import { showMeaning, showVerdict } from "./verdict.js";

/**
 * Read what is asserted.
 * @param {{ verifier: string, modelId: string, rpc: string, chain?: string, from?: string, assertion?: string }} target as it was typed or
 *   linked; without a chain, the node's; `assertion` is the number of one to open at once
 */
export async function openAssertions(target) {
  const { verifier, modelId } = checked(target);
  const mine = begin(`Assertions at ${short(verifier)}`, "Reading the chain.", { verifier });
  bare();
  try {
    const { ChainReader } = await chain();
    const rpc = resolveAddress(target.rpc);
    mine.reader = target.chain ? new ChainReader(rpc, { chainId: Number(target.chain) }) : await ChainReader.connect(rpc);
    const from = target.from === undefined ? undefined : Number(target.from);
    mine.read = (await mine.reader.assertions(verifier, modelId, from)).value;
  } catch (error) {
    if (isCurrent(mine)) cannot(error);
    return;
  }
  if (!isCurrent(mine)) return;
  idle();
  const { assertions, terms } = mine.read;
  list(mine);
  const strange = terms.knownCode ? "" : " The contracts there are not the project’s: what they decide is their maker’s word.";
  if (/^0x0+$/.test(terms.programHash)) return cannot({ code: "assertion.unknown_model", message: `the verifier does not know model ${short(modelId)}` });
  const said = assertions.length === 0 ? "Nothing is asserted of this model there." : `${count(assertions.length, "run is", "runs are")} asserted of this model there. Choose one to run it again here.`;
  showVerdict("consistent", said + strange, { level: "consistent", settled: true });
  const named = assertions.find(({ asserted }) => asserted.number === target.assertion?.toLowerCase());
  if (named) await openAssertion(mine, named);
}

function checked({ verifier, modelId }) {
  const address = verifier.trim().toLowerCase();
  if (!/^0x[0-9a-f]{40}$/.test(address)) throw { code: "page.verifier", message: `“${short(verifier)}” is not an address of a contract` };
  const id = modelId.trim().toLowerCase();
  if (!/^0x[0-9a-f]{64}$/.test(id)) throw { code: "page.model_id", message: `“${short(modelId)}” is not a model id` };
  return { verifier: address, modelId: id };
}

const short = (text) => (text.length > 22 ? `${text.slice(0, 12)}…${text.slice(-6)}` : text);

/** Nothing is known of a text yet. */
function bare() {
  for (const id of ["passage-card", "parts", "request-card", "model-card"]) $(id).hidden = true;
  showChecks([]);
}

function list(mine) {
  const { assertions, hasMore } = mine.read;
  $("assertions").hidden = assertions.length === 0;
  $("assertions-count").textContent = hasMore ? `the newest ${assertions.length}` : count(assertions.length, "assertion");
  $("assertions-list").replaceChildren(
    ...assertions.map((view) => {
      const { asserted, standing, text, ids } = view;
      const [state, words] = stands(standing);
      const button = el(
        "button",
        { type: "button", class: "assertion", "data-number": asserted.number },
        el("span", { class: "assertion-text" }, text === null ? noText(view) : text.slice(0, 200) || "(nothing)"),
        el("span", { class: "assertion-facts" }, el("b", { "data-standing": state }, words), ` ${count(ids.length, "token")}, by ${short(asserted.asserter)}, block ${BigInt(asserted.block)}`),
      );
      button.addEventListener("click", () => openAssertion(mine, view));
      return el("li", {}, button);
    }),
  );
}

/** Content that is no text, in a few words. */
const noText = ({ asserted, length }) => (pictureIn(asserted.run, length) ? "(a picture)" : `${count(length, "byte")} that are no text`);

/** Where an assertion stands, in a word. */
function stands({ status, deadline, open }) {
  if (status === 2) return ["refuted", "refuted"];
  if (status !== 1) return ["final", "final"];
  if (open > 0) return ["challenged", "challenged"];
  return deadline * 1000 > Date.now() ? ["open", `open until ${new Date(deadline * 1000).toLocaleString()}`] : ["due", "window over"];
}

/** Run one assertion again. */
async function openAssertion({ verifier, reader, read }, view) {
  const { asserted, standing, request, text, length } = view;
  const mine = begin(`Assertion ${short(asserted.number)}`, "Reading the assertion.", {
    verifier,
    reader,
    read,
    view,
    what: "the run",
    agrees: "What is asserted agrees with itself.",
    toKnow: "To know whether the model gives it, run the model.",
    open: "whether the model gives it",
    running: "What is asserted agrees with itself. Now the model is run over it.",
    use: (engine, signal) => examine(mine, engine, signal),
  });
  bare();
  list(mine);
  $("assertions").hidden = false;
  const picture = text === null ? pictureIn(asserted.run, length) : undefined;
  mine.output = picture ? contentOf(picture, "As asserted") : { text: text ?? noText(view) };
  showText(mine.output);
  $("prompt").replaceChildren(...asked(request ?? "(no text)"));
  fill($("request"), [
    ["Assertion", hash(asserted.number)],
    ["Asserter", hash(asserted.asserter)],
    ["Where it stands", stands(standing)[1]],
    ["Request hash", hash(asserted.requestHash)],
    ["Verifier", hash(verifier)],
    ["In block", String(BigInt(asserted.block))],
  ]);
  for (const id of ["passage-card", "request-card"]) $(id).hidden = false;
  mine.model = { id: `0x${asserted.run.slice(2 + 64, 2 + 128)}`, name: "the model of the assertion" };
  await withModel(mine);
}

async function examine(mine, engine, signal) {
  const begun = performance.now();
  working("run", "Running the model", 0, 0);
  const { ids, promptIds, asserted } = mine.view;
  const onProgress = ({ phase, done, total }) => {
    if (!isCurrent(mine)) return;
    deviceChanged();
    working("run", phase === "load" ? "Loading the model for the processor, where traces are made" : `Running ${count(total, "token")} again`, done, total);
  };
  const { fault } = await engine.examine(asserted, { signal, onProgress });
  const pieces = await engine.pieces(ids).catch(() => undefined);
  if (!isCurrent(mine)) return;
  known.run = { ms: performance.now() - begun, tokens: promptIds + ids.length };
  showEngine(known);
  if (pieces) showTokens(ids, pieces, engine.image);
  finished(`Ran for ${seconds(known.run.ms)}`, fault ? 0 : 1, 1);
  $("model-card").hidden = true;
  if (!fault) {
    if (pieces) markDone(Infinity);
    // All of the run holds, so what the model draws is what was asserted.
    showRecreated(mine.output.picture);
    showVerdict("recomputed", "The model gives exactly this run: every token, and all numbers between its layers.", { level: "recomputed", settled: true });
    return showMeaning("recomputed");
  }
  if (pieces && fault.fault.kind === "choice") {
    const index = fault.fault.position + 1 - promptIds;
    markParting(index);
    scrollToToken(index);
  }
  showVerdict("invalid", `The model does not give this run: ${fault.text}.`, { level: "consistent", settled: true });
  showMeaning("invalid");
  await startChallenge(mine, engine);
}
