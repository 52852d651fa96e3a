// A bundle: what needs no model is checked at once, then the model is run over the text, or the picture.
import { showChecks } from "./checks.js";
import { deviceChanged, measured, perSecond, recomputedOn } from "./device.js";
import { $, count } from "../../assets/js/dom.js";
import { seconds, showEngine, showRequest } from "./facts.js";
import { checkBundle } from "./package.js";
import { showParting } from "./parting.js";
import { markDone, markParting, scrollToToken, showRecreated, showText, showTokens } from "./passage.js";
import { finished, idle, working } from "./progress.js";
import { begin, cannot, isCurrent, known, withModel } from "./run.js";
import { showMeaning, showVerdict } from "./verdict.js";
import { words } from "./words.js";

/** Open a bundle. @param {{ text: string, name: string, base?: string }} incoming */
export async function openBundle({ text, name, base }) {
  const mine = begin(name, "Checking what needs no model.", {
    text,
    base,
    agrees: "The file agrees with itself.",
    use: (engine, signal) => recompute(mine, engine, signal),
  });
  let report;
  try {
    report = await checkBundle(text);
  } catch (error) {
    if (isCurrent(mine)) cannot(error);
    return;
  }
  if (!isCurrent(mine)) return;
  mine.quick = report;
  showChecks(report.checks);
  describe(mine);
  $("parts").hidden = true;
  if (report.level !== "consistent") return settle(mine, report);
  const running = `The file agrees with itself. Now the model is run over the ${words().it}.`;
  Object.assign(mine, { model: report.model, output: report.output, running });
  await withModel(mine);
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

/** Run the model over the content. */
async function recompute(mine, engine, signal) {
  const ids = mine.output.ids.map(({ id }) => id);
  showTokens(ids, await engine.pieces(ids), engine.image);
  const total = ids.length;
  working("run", `Recomputing ${count(total, "token")}`, 0, total);
  const begun = performance.now();
  mine.pace = begun;
  const report = await engine.verify(mine.text, { signal, onProgress: (p) => isCurrent(mine) && step(mine, p, total) });
  if (!isCurrent(mine)) return;
  const same = report.difference ? report.difference.position : total;
  known.run = { ms: performance.now() - begun, tokens: report.difference ? same + 1 : total };
  showEngine(known);
  finished(`Ran for ${seconds(known.run.ms)}${recomputedOn(report.recomputed_on)}`, same, total);
  settle(mine, report);
}

/** One step of a run, which reads the prompt first: its ids are in the progress, and not in `total`. */
function step(mine, progress, total) {
  deviceChanged();
  if (progress.phase === "fallback") {
    // Neither device's pace could be told from this run.
    mine.pace = undefined;
    return working("fallback", `The GPU failed (${progress.code}), loading the model for the processor`, progress.done, progress.total);
  }
  if (progress.phase === "draw") return working("draw", "Drawing the picture from its tokens", 0, 0);
  const done = Math.max(0, progress.done - (progress.total - total));
  const ms = mine.pace && performance.now() - mine.pace;
  const rate = done > 0 && ms ? `${perSecond(progress.done, ms)} tokens/s` : "";
  working("run", done > 0 ? `Recomputing: ${done} of ${count(total, "token")}` : "Reading the prompt", progress.done, progress.total, rate);
  if (ms) measured("verify", progress.done, ms);
  markDone(done);
}

/** The last word on a bundle. */
function settle(mine, report) {
  const { verdict, level, difference } = report;
  if (!known.run) idle();
  showChecks(report.checks);
  $("model-card").hidden = true;
  const face = FACES[verdict] ?? level;
  if (verdict === "verified") markDone(Infinity);
  showRecreated(report.output?.picture?.recreated);
  if (difference) {
    markParting(difference.position);
    showParting(difference);
  }
  // A run that fails does so on the way up from what was reached without it.
  const reached = verdict === "not_verified" ? mine.quick.level : level;
  showVerdict(face, SENTENCES[face]?.(report) ?? report.summary, { level: reached, settled: true });
  showMeaning(face);
  if (difference || report.output?.picture?.differing) scrollToToken(difference?.position);
}

/** What a verdict looks like; one that is verified looks like its level. */
const FACES = { not_verified: "invalid", could_not_check: "unchecked" };

const SENTENCES = {
  invalid({ difference, summary, output }) {
    if (difference) return `The model does not give this ${words().it}: they part at token ${difference.position + 1}.`;
    const differing = output?.picture?.differing;
    return differing ? `This is not the picture of its tokens: ${count(differing, "pixel differs", "pixels differ")}.` : summary;
  },
  recomputed: () => `The model was run again here and gives ${words().exactly}.`,
  proven: () => `The model gives exactly this ${words().it}, and there is a proof of it.`,
};
