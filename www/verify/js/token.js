// A token of a collection: what the chain says of it is read and checked, then the model is run again and must give its content.
import { showChecks } from "./checks.js";
import { deviceChanged } from "./device.js";
import { $, count, el, fill, hash } from "../../assets/js/dom.js";
import { seconds, showEngine } from "./facts.js";
import { resolveAddress } from "./fetch.js";
import { chain } from "./package.js";
import { markDone, showRecreated, showText, showTokens } from "./passage.js";
import { contentOf } from "./picture.js";
import { finished, idle, working } from "./progress.js";
import { begin, cannot, isCurrent, known, withModel } from "./run.js";
import { showMeaning, showVerdict } from "./verdict.js";

/**
 * Open a token.
 * @param {{ collection: string, token: string, rpc: string, chain?: string }} target as it was typed or linked; without a chain, the node's
 */
export async function openToken(target) {
  const { collection, token } = checked(target);
  const mine = begin(`Token ${short(token)} of ${short(collection)}`, "Reading the chain.", {
    collection,
    token,
    agrees: "What the chain keeps of this token agrees with itself.",
    running: "What the chain keeps of this token agrees with itself. Now the model runs the request again.",
    use: (engine, signal) => rerun(mine, engine, signal),
  });
  let report;
  try {
    const { ChainReader, trustReport } = await chain();
    const rpc = resolveAddress(target.rpc);
    mine.reader = target.chain ? new ChainReader(rpc, { chainId: Number(target.chain) }) : await ChainReader.connect(rpc);
    report = await trustReport(mine.reader, collection, token);
  } catch (error) {
    if (isCurrent(mine)) cannot(error);
    return;
  }
  if (!isCurrent(mine)) return;
  mine.output = report.content ? contentOf(report.content, "On the chain") : { text: "" };
  describe(mine, report);
  if (!report.content) return settle("unchecked", "The token has no content yet, so there is nothing to check.");
  if (report.verdict === "not_verified") return settle("invalid", failure(report));
  mine.model = { id: report.facts.modelId, name: "the collection’s model" };
  await withModel(mine);
}

/** Lower case, and what is plainly none is said before anything is asked. */
function checked({ collection, token }) {
  const address = collection.trim().toLowerCase();
  if (!/^0x[0-9a-f]{40}$/.test(address)) throw { code: "page.collection", message: `“${short(collection)}” is not an address of a contract` };
  const id = token.trim();
  if (!/^(0x[0-9a-f]{1,64}|[0-9]{1,78})$/i.test(id)) throw { code: "page.token", message: `“${short(token)}” is not the number of a token` };
  return { collection: address, token: `0x${BigInt(id).toString(16)}` };
}

const short = (text) => (text.length > 22 ? `${text.slice(0, 12)}…${text.slice(-6)}` : text);

/** What the chain says. */
function describe(mine, { facts, checks, block }) {
  describeChecks(checks);
  showText(mine.output);
  $("prompt").replaceChildren(...asked(facts.prompt));
  fill($("request"), [
    ["Collection", hash(facts.collection)],
    ["Owner", hash(facts.owner)],
    ["Minter", hash(facts.minter)],
    ["Model id", hash(facts.modelId)],
    ["Request hash (the token’s number)", hash(facts.requestHash)],
    ["Content hash", facts.contentHash ? hash(facts.contentHash) : "no content yet"],
    ["Content since block", facts.contentHash ? String(BigInt(facts.contentBlock)) : undefined],
    ["Verifier", hash(facts.verifier)],
    ["Kind of proof", facts.proofType || "not said"],
    ["Fees go to", hash(facts.revenueToken)],
    ["Read at", `chain ${mine.reader.chainId}, block ${block.number}`],
  ]);
  for (const id of ["passage-card", "request-card"]) $(id).hidden = false;
  $("parts").hidden = true;
  showEngine(known);
}

/** The messages of a request, or the request as it is: it may be anything. */
export function asked(prompt) {
  const line = (role, text) => el("p", {}, el("b", {}, role), text);
  try {
    const { messages, prompt: plain } = JSON.parse(prompt);
    const said = messages ?? [{ role: "prompt", content: plain }];
    if (said.every(({ role, content }) => typeof role === "string" && typeof content === "string")) {
      return said.map(({ role, content }) => line(role, content));
    }
  } catch {
    // Shown as it is.
  }
  return [line("request", prompt)];
}

/** Have the model answer the request again, and compare. */
async function rerun(mine, engine, signal) {
  const { trustReport } = await chain();
  const begun = performance.now();
  working("run", "Reading the prompt", 0, 0);
  let bundle;
  const onToken = ({ phase, done, total, code }) => {
    if (!isCurrent(mine) || phase === "draw") return;
    deviceChanged();
    if (phase === "fallback") return working("fallback", `The GPU failed (${code}), loading the model for the processor`, done, total);
    working("run", phase === "prefill" ? "Reading the prompt" : `Running the request again: ${count(done, "token")}`, done, total);
  };
  const runner = {
    modelId: engine.modelId,
    async generate(request) {
      const result = await engine.generate(request, { signal, onToken });
      ({ bundle } = result);
      return result;
    },
  };
  const report = await trustReport(mine.reader, mine.collection, mine.token, { runner, signal });
  if (!isCurrent(mine)) return;
  const total = bundle?.output.ids.length ?? 0;
  known.run = { ms: performance.now() - begun, tokens: total };
  const same = report.verdict === "recomputed";
  if (same) {
    showTokens(bundle.output.ids, await engine.pieces(bundle.output.ids), engine.image);
    markDone(Infinity);
  }
  showRecreated(bundle?.output.picture);
  describeChecks(report.checks);
  showEngine(known);
  finished(`Ran for ${seconds(known.run.ms)}`, same ? total : 0, total);
  if (same) settle("recomputed", "The model was run again here and gives exactly the content that the chain keeps.", "recomputed");
  else settle("invalid", failure(report), "consistent");
}

function describeChecks(checks) {
  showChecks(checks.map(({ code, status, detail }) => ({ code, status, explanation: detail })));
}

/** The last word on a token. */
function settle(face, text, level = "") {
  if (!known.run) idle();
  $("model-card").hidden = true;
  showVerdict(face, text, { level, settled: true });
  showMeaning(face);
}

/** What failed, in the words of the check. */
const failure = ({ checks }) => checks.find(({ status }) => status === "failed").detail;
