// One step of a run: it is run again alone, and compared with what the trace has there. The other steps are not looked at.
import { $, fill, hash } from "../../assets/js/dom.js";
import { showChecks } from "./checks.js";
import { seconds, showEngine } from "./facts.js";
import { finished, idle, working } from "./progress.js";
import { begin, cannot, isCurrent, known, withModel } from "./run.js";
import { showMeaning, showVerdict } from "./verdict.js";

/** Whether a file says that it is one step of a run. */
export const isSpot = (text) => /^\s*\{\s*"format"\s*:\s*"openimo-spot"/.test(text.slice(0, 200));

/** What is wrong with the run, where the step cannot even be run. */
const WRONG = ["spot.not_of_statement", "spot.not_committed", "spot.out_of_domain"];

/** Open a step. @param {{ text: string, name: string, base?: string }} incoming */
export async function openSpot({ text, name, base }) {
  const mine = begin(name, "Reading the step.", {
    text,
    base,
    output: { text: "" },
    what: "the step",
    agrees: "This is one step of a run.",
    toKnow: "To know whether it holds, run it.",
    open: "whether the step holds",
    running: "This is one step of a run. Now that step is run again, and nothing else.",
    use: (engine, signal) => check(mine, engine, signal),
  });
  for (const id of ["passage-card", "parts", "request-card"]) $(id).hidden = true;
  showChecks([]);
  try {
    const { statement } = JSON.parse(text);
    mine.model = { id: String(statement.model_id), name: "the model of the step" };
  } catch {
    return cannot({ code: "spot.malformed", message: "the file says that it is a step of a run, but cannot be read" });
  }
  await withModel(mine);
}

async function check(mine, engine, signal) {
  const begun = performance.now();
  working("run", "Running one step again", 0, 0);
  let found;
  try {
    found = await engine.checkSpot(mine.text, { signal });
  } catch (error) {
    if (!isCurrent(mine)) return;
    if (WRONG.includes(error.code)) return settle("invalid", `${error.message[0].toUpperCase()}${error.message.slice(1)}.`);
    if (error.code?.startsWith("spot.")) return cannot(error);
    throw error;
  }
  if (!isCurrent(mine)) return;
  known.run = { ms: performance.now() - begun, tokens: 1 };
  describe(found);
  showEngine(known);
  finished(`Ran for ${seconds(known.run.ms)}`, 1, 1);
  const place = `${words(found.step)} at position ${found.position}`;
  if (found.holds) return settle("held", `${place[0].toUpperCase()}${place.slice(1)} gives exactly what the trace has there.`, "consistent");
  const { column, expected, found: got } = found.differs;
  const what = column === undefined ? `picks id ${expected}, the run has ${got}` : `gives ${expected} in column ${column}, the run has ${got}`;
  settle("invalid", `The step does not hold: ${place} ${what}.`);
}

const words = ({ kind, layer }) => ({ embedding: "the embedding", choice: "the choice of the next token" })[kind] ?? `layer ${layer}`;

function describe(found) {
  fill($("request"), [
    ["Step", words(found.step)],
    ["Position", `${found.position} of ${found.positions}, of which the prompt has ${found.prompt}`],
    ["Model id", hash(found.statement.model_id)],
    ["Request", found.request],
    ["Content hash", hash(found.statement.content_hash)],
    ["Trace root", hash(found.statement.trace_root)],
    ["Statement", hash(found.statementHash)],
  ]);
  $("request-card").hidden = false;
}

function settle(face, text, level = "") {
  if (!known.run) idle();
  $("model-card").hidden = true;
  showVerdict(face, text, { level, settled: true });
  showMeaning(face);
}
