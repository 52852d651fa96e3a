// One run at a time: what is on the page, the model that it needs, and how both end. Each thing that is opened gets a fresh run; whatever
// an older run still reports is dropped.
import { $, announce } from "../../assets/js/dom.js";
import { explain, isCancel, showProblem } from "./errors.js";
import { showEngine } from "./facts.js";
import * as model from "./model.js";
import { showText } from "./passage.js";
import { idle, working } from "./progress.js";
import { showChecks } from "./checks.js";
import { showMeaning, showVerdict } from "./verdict.js";
import { speakOf, words } from "./words.js";

/**
 * What is on the page.
 * @typedef {{
 *   abort: AbortController,
 *   sources: { url: string, asked: boolean }[],
 *   base?: string,
 *   model?: { id: string, name: string, sources?: string[] },
 *   output?: { text: string, picture?: string | { claimed: string } },
 *   agrees: string,
 *   running: string,
 *   use(engine: object, signal: AbortSignal): Promise<void>,
 * }} Run `agrees` is said when all that needs no model is right, `running` while the model is at work; `use` runs the model
 */

/** @type {Run | undefined} */
let run;

/** What the engine card shows. */
export const known = {};

/** Whether this run is still the one on the page. */
export const isCurrent = (mine) => mine === run;

/** Begin a run: what was on the page is given up. @returns {Run} */
export function begin(name, working, fields) {
  run?.abort.abort();
  run = { sources: [], abort: new AbortController(), ...fields };
  for (const id of ["assertions", "challenge"]) $(id).hidden = true;
  showProblem($("intake-problem"));
  $("intake").hidden = true;
  $("result").hidden = false;
  $("bundle-name").textContent = name;
  known.run = undefined;
  speakOf("text");
  idle();
  scrollTo(0, 0);
  showVerdict("working", working, { focus: true });
  showMeaning("working");
  return run;
}

/** Back to the ways in. */
export function end() {
  run?.abort.abort();
  run = undefined;
  idle();
  $("result").hidden = true;
  $("intake").hidden = false;
  $("paste-input").value = "";
  $("bundle-file").focus();
}

/** Stop what is being done. */
export const cancel = () => run?.abort.abort(new DOMException("cancelled", "AbortError"));

/** Whether a model would be of use now. */
export const awaitsModel = () => run?.model !== undefined;

/** Run the model of what is on the page; see `withModel`. */
export const load = (options) => withModel(run, options);

/** Load the model if it must be, then use it. `chosen` is a file or an address; `asked` that the user wants it now. */
export async function withModel(mine, { chosen, asked = false } = {}) {
  const { id, sources: listed } = mine.model;
  const here = model.current(id);
  mine.sources = model.sources(id, listed, mine.base);
  showProblem($("model-problem"));
  if (!here) known.engine = known.load = undefined;
  showEngine(known);
  if (!here && !chosen && !(asked && mine.sources.length > 0) && !mine.sources[0]?.asked) return wait(mine);
  $("model-card").hidden = true;
  showVerdict("consistent", mine.running, { level: "consistent" });
  showMeaning("consistent");
  mine.abort = new AbortController();
  const { signal } = mine.abort;
  let stage = "load";
  try {
    const source = chosen ? [chosen] : mine.sources.map(({ url }) => url);
    const { engine, load } = here ?? (await model.loadFirst(source, { id, signal, show: working }));
    if (!isCurrent(mine)) return;
    Object.assign(known, { engine, load });
    showEngine(known);
    stage = "run";
    await mine.use(engine, signal);
  } catch (error) {
    if (isCurrent(mine)) stopped(mine, error, stage);
  }
}

/** Nothing runs until the user says where the model is. */
function wait(mine) {
  idle();
  const [first] = mine.sources;
  $("model-card").hidden = false;
  $("model-text").textContent = `To recompute ${mine.what ?? `the ${words().it}`}, this browser needs ${mine.model.name}. Every part of it is checked against the model id.`;
  $("model-run").hidden = !first;
  if (first) $("model-run").textContent = `Load it from ${new URL(first.url).host}`;
  showVerdict("consistent", `${mine.agrees} ${mine.toKnow ?? `To know that the model ${words().made} the ${words().it}, run the model.`}`, { level: "consistent", settled: true });
  showMeaning("consistent");
}

/** Loading or running ended early: what was checked before still stands, and the rest could not be checked. */
function stopped(mine, error, stage) {
  idle();
  wait(mine);
  if (isCancel(error)) {
    announce("Cancelled.");
    showText(mine.output);
    $("model-run").hidden = false;
    $("model-run").textContent = "Go on";
    return;
  }
  showProblem($("model-problem"), error);
  // What is left of an engine that failed is not to be trusted.
  if (stage === "run") model.dispose();
  if (mine.sources[0]) $("model-run").textContent = "Try again";
  const what = stage === "load" ? "the model could not be loaded" : "the run did not finish";
  showVerdict("unchecked", `${mine.agrees.slice(0, -1)}, but ${what}, so ${mine.open ?? `whether the model ${words().made} the ${words().it}`} is open.`, {
    level: "consistent",
    settled: true,
  });
  showMeaning("unchecked");
}

/** What was opened cannot be read at all. */
export function cannot(error) {
  idle();
  const { title, message, next } = explain(error);
  for (const id of ["passage-card", "request-card", "model-card", "parts"]) $(id).hidden = true;
  showChecks([]);
  showEngine(known);
  showVerdict("unchecked", `${title}: ${message.replace(/\.?$/, ".")} ${next}`, { settled: true });
  showMeaning("unchecked");
}
