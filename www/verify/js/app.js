// The flow of the page: a bundle comes in, what needs no model is checked at once, then the model is loaded and run over the text.
// Each bundle gets a fresh run; whatever an older run still reports is dropped.
import { showChecks } from "./checks.js";
import { deviceChanged, listenToDevice, measured, perSecond, recomputedOn } from "./device.js";
import { $, announce, count } from "../../assets/js/dom.js";
import { explain, isCancel, showProblem } from "./errors.js";
import { seconds, showEngine, showRequest } from "./facts.js";
import { fetchBundle, resolveAddress } from "./fetch.js";
import { listenToGenerate } from "./generate.js";
import { listen } from "./intake.js";
import * as model from "./model.js";
import { startOffline } from "../../assets/js/offline.js";
import { checkBundle, versions } from "./package.js";
import { showParting } from "./parting.js";
import { listenToTokens, markDone, markParting, scrollToToken, showText, showTokens } from "./passage.js";
import { finished, idle, working } from "./progress.js";
import { showMeaning, showVerdict } from "./verdict.js";

/** The bundle on the page: its text, where it came from, the report without a model, and how to stop what is being done with it. */
let run;

/** What the engine card shows. */
const known = {};

async function open({ text, name, base }) {
  run?.abort.abort();
  run = { text, base, sources: [], abort: new AbortController(), quick: undefined };
  const mine = run;
  showProblem($("intake-problem"));
  $("intake").hidden = true;
  $("result").hidden = false;
  $("bundle-name").textContent = name;
  known.run = undefined;
  idle();
  scrollTo(0, 0);
  showVerdict("working", "Checking what needs no model.", { focus: true });
  showMeaning("working");
  let report;
  try {
    report = await checkBundle(text);
  } catch (error) {
    if (mine === run) cannot(error);
    return;
  }
  if (mine !== run) return;
  mine.quick = report;
  showChecks(report.checks);
  describe(mine);
  $("parts").hidden = true;
  if (report.level !== "consistent") return settle(report);
  await recompute(mine);
}

/** Show what the core read in the bundle; of one that it could not read, nothing is shown. */
function describe({ quick }) {
  const readable = Boolean(quick.output && quick.request);
  if (readable) {
    showText(quick.output);
    showRequest(quick);
  }
  for (const id of ["passage-card", "request-card"]) $(id).hidden = !readable;
  showEngine(known);
}

/** Load the model if it must be, then run it over the text. `chosen` is a file or an address; `asked` that the user wants it now. */
async function recompute(mine, { chosen, asked = false } = {}) {
  const { id, name, sources: listed } = mine.quick.model;
  const here = model.current(id);
  mine.sources = model.sources(id, listed, mine.base);
  showProblem($("model-problem"));
  if (!here) known.engine = known.load = undefined;
  showEngine(known);
  if (!here && !chosen && !(asked && mine.sources.length > 0) && !mine.sources[0]?.asked) return wait(mine, name);
  $("model-card").hidden = true;
  showVerdict("consistent", "The file agrees with itself. Now the model is run over the text.", { level: "consistent" });
  showMeaning("consistent");
  mine.abort = new AbortController();
  const { signal } = mine.abort;
  let stage = "load";
  try {
    const source = chosen ? [chosen] : mine.sources.map(({ url }) => url);
    const { engine, load } = here ?? (await model.loadFirst(source, { id, signal, show: working }));
    if (mine !== run) return;
    Object.assign(known, { engine, load });
    showEngine(known);
    const ids = mine.quick.output.ids.map(({ id }) => id);
    showTokens(ids, await engine.pieces(ids));
    stage = "run";
    const total = ids.length;
    working("run", `Recomputing ${count(total, "token")}`, 0, total);
    const begun = performance.now();
    mine.pace = begun;
    const report = await engine.verify(mine.text, { signal, onProgress: (p) => mine === run && step(p, total) });
    if (mine !== run) return;
    const same = report.difference ? report.difference.position : total;
    known.run = { ms: performance.now() - begun, tokens: report.difference ? same + 1 : total };
    showEngine(known);
    finished(`Ran for ${seconds(known.run.ms)}${recomputedOn(report.recomputed_on)}`, same, total);
    settle(report);
  } catch (error) {
    if (mine === run) stopped(error, stage);
  }
}

/** One step of a run, which reads the prompt first: its ids are in the progress, and not in `total`. */
function step(progress, total) {
  deviceChanged();
  if (progress.phase === "fallback") {
    // Neither device's pace could be told from this run.
    run.pace = undefined;
    return working("fallback", `The GPU failed (${progress.code}), loading the model for the processor`, progress.done, progress.total);
  }
  const done = Math.max(0, progress.done - (progress.total - total));
  const ms = run.pace && performance.now() - run.pace;
  const rate = done > 0 && ms ? `${perSecond(progress.done, ms)} tokens/s` : "";
  working("run", done > 0 ? `Recomputing: ${done} of ${count(total, "token")}` : "Reading the prompt", progress.done, progress.total, rate);
  if (ms) measured("verify", progress.done, ms);
  markDone(done);
}

/** The last word on a bundle. */
function settle(report) {
  const { verdict, level, difference } = report;
  if (!known.run) idle();
  showChecks(report.checks);
  $("model-card").hidden = true;
  const face = FACES[verdict] ?? level;
  if (verdict === "verified") markDone(Infinity);
  if (difference) {
    markParting(difference.position);
    showParting(difference);
  }
  // A run that fails does so on the way up from what was reached without it.
  const reached = difference ? run.quick.level : level;
  showVerdict(face, SENTENCES[face]?.(report) ?? report.summary, { level: reached, settled: true });
  showMeaning(face);
  if (difference) scrollToToken(difference.position);
}

/** What a verdict looks like; one that is verified looks like its level. */
const FACES = { not_verified: "invalid", could_not_check: "unchecked" };

const SENTENCES = {
  invalid: ({ difference, summary }) =>
    difference ? `The model does not give this text: they part at token ${difference.position + 1}.` : summary,
  consistent: () => "The file agrees with itself. To know that the model wrote the text, run the model.",
  recomputed: () => "The model was run again here and gives exactly this text, token by token.",
  proven: () => "The model gives exactly this text, and there is a proof of it.",
};

/** The bundle is not one that can be read at all. */
function cannot(error) {
  idle();
  const { title, message, next } = explain(error);
  for (const id of ["passage-card", "request-card", "model-card", "parts"]) $(id).hidden = true;
  showChecks([]);
  showEngine(known);
  showVerdict("unchecked", `${title}: ${message.replace(/\.?$/, ".")} ${next}`, { settled: true });
  showMeaning("unchecked");
}

/** Nothing runs until the user says where the model is. */
function wait(mine, name) {
  idle();
  const [first] = mine.sources;
  $("model-card").hidden = false;
  $("model-text").textContent = `To recompute the text, this browser needs ${name}. Every part of it is checked against the model id.`;
  $("model-run").hidden = !first;
  if (first) $("model-run").textContent = `Load it from ${new URL(first.url).host}`;
  showVerdict("consistent", SENTENCES.consistent(), { level: "consistent", settled: true });
  showMeaning("consistent");
}

/** Loading or running ended early: what was checked before still stands, and the rest could not be checked. */
function stopped(error, stage) {
  idle();
  wait(run, run.quick.model.name);
  if (isCancel(error)) {
    announce("Cancelled.");
    showText(run.quick.output);
    $("model-run").hidden = false;
    $("model-run").textContent = "Go on";
    return;
  }
  showProblem($("model-problem"), error);
  // What is left of an engine that failed is not to be trusted.
  if (stage === "run") model.dispose();
  if (run.sources[0]) $("model-run").textContent = "Try again";
  const what = stage === "load" ? "the model could not be loaded" : "the run did not finish";
  showVerdict("unchecked", `The file agrees with itself, but ${what}, so whether the model wrote the text is open.`, {
    level: "consistent",
    settled: true,
  });
  showMeaning("unchecked");
}

function again() {
  run?.abort.abort();
  run = undefined;
  idle();
  $("result").hidden = true;
  $("intake").hidden = false;
  $("paste-input").value = "";
  $("bundle-file").focus();
}

listen({
  // Not before the last line of this file has run.
  bundle: (incoming) => queueMicrotask(() => open(incoming)),
  model(file) {
    if (run?.quick?.level === "consistent") recompute(run, { chosen: file });
    else showProblem($("intake-problem"), { code: "page.model_first", message: `${file.name} is a model. Open a bundle first` });
  },
  problem(error) {
    if ($("intake").hidden) cannot(error);
    else showProblem($("intake-problem"), error);
  },
});
listenToTokens();
listenToDevice(model.elsewhere);
$("another").addEventListener("click", again);
$("cancel").addEventListener("click", () => run?.abort.abort(new DOMException("cancelled", "AbortError")));
$("model-run").addEventListener("click", () => recompute(run, { asked: true }));
$("model-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const address = $("model-url").value.trim();
  if (!address) return $("model-url").focus();
  try {
    recompute(run, { chosen: resolveAddress(address) });
  } catch (error) {
    showProblem($("model-problem"), error);
  }
});
listenToGenerate(open);
startOffline();
// Until here a form would have been sent nowhere.
for (const button of document.querySelectorAll("[data-wait]")) button.disabled = false;
versions().then(
  (found) => showEngine(Object.assign(known, { versions: found })),
  (error) => showProblem($("intake-problem"), error),
);
const source = new URLSearchParams(location.search).get("source");
if (source) fetchBundle(source).then(open, (error) => showProblem($("intake-problem"), error));
