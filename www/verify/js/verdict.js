// The verdict: one word with a shape of its own, one sentence, and how far up the ladder it is. The level comes from the core's report;
// this file only finds words for it.
import { $, announce, el, icon } from "../../assets/js/dom.js";
import { words } from "./words.js";

/** What can be shown, each with a shape, so that none is told by colour alone. */
const FACES = {
  working: { title: "Checking", shape: ["*M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18", "M8 12h.01M12 12h.01M16 12h.01"] },
  invalid: { title: "Invalid", shape: ["*M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z", "m8.8 8.8 6.4 6.4m0-6.4-6.4 6.4"] },
  unchecked: {
    title: "Could not check",
    shape: ["*M12 3 21 12 12 21 3 12z", "M10 10.3a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M12 16h.01"],
  },
  consistent: { title: "Consistent", shape: ["*M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18", "M8 10.2h8M8 13.8h8"] },
  recomputed: { title: "Recomputed", shape: ["*M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18", "m8 12.2 2.8 2.8L16 9.4"] },
  held: { title: "The step holds", shape: ["*M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18", "M7 14.5h4l2-5h4"] },
  proven: {
    title: "Proven",
    shape: ["*M12 2.6l7.5 2.8v5.6c0 4.8-3 8.6-7.5 10.4-4.5-1.8-7.5-5.6-7.5-10.4V5.4z", "m8.4 12 2.6 2.6 4.8-5.2"],
  },
};

const RUNGS = [
  ["consistent", "Consistent", "what is claimed agrees with itself"],
  ["recomputed", "Recomputed", "run again here, same bits"],
  ["proven", "Proven", "by a proof or on chain"],
];

/**
 * Show a verdict.
 * @param {keyof FACES} face
 * @param {string} text one sentence
 * @param {{ level?: string, settled?: boolean, focus?: boolean }} how `level` is the rung that was reached (before the failure, where there is one), `settled` that nothing more will come
 */
export function showVerdict(face, text, { level = "", settled = false, focus = false } = {}) {
  const card = $("verdict");
  const { title, shape } = FACES[face];
  const changed = card.dataset.verdict !== face || $("verdict-text").textContent !== text;
  card.dataset.verdict = face;
  card.toggleAttribute("data-settled", settled);
  if (changed) {
    $("seal").replaceChildren(icon(shape));
    $("verdict-title").textContent = title;
    $("verdict-text").textContent = text;
  }
  showLadder(level, face === "invalid");
  if (settled && changed) announce(`${title}. ${text}`);
  if (focus) $("verdict-title").focus();
}

function showLadder(level, failed) {
  const reached = RUNGS.findIndex(([name]) => name === level);
  $("ladder").replaceChildren(
    ...RUNGS.map(([, title, words], i) => {
      const state = failed && i === reached + 1 ? "failed" : i <= reached ? "reached" : "not reached";
      return el(
        "li",
        { "data-reached": state === "reached", "data-failed": state === "failed" },
        el("b", {}, `${{ reached: "✓ ", failed: "✕ " }[state] ?? ""}${title}`),
        el("small", {}, words),
        el("span", { class: "sr" }, state),
      );
    }),
  );
}

/** What a verdict proves, and what it does not. */
export function showMeaning(face) {
  const [yes, no] = meaning(words())[face];
  $("meaning").replaceChildren(
    ...[
      ["It shows", yes],
      ["It does not show", no],
    ]
      .filter(([, points]) => points.length > 0)
      .map(([title, points]) => el("div", {}, el("h3", {}, title), el("ul", {}, ...points.map((point) => el("li", {}, point))))),
  );
}

/** For each face, what it shows and what it does not. @param {ReturnType<typeof words>} words for what is on the page */
function meaning({ it, made, genuine, ...words }) {
  const never = [`who asked for the ${it}, or when`, words.true];
  const exactly = `that this model, with this request and seed, gives exactly this ${it}`;
  return {
    working: [["nothing yet: the checks are running"], []],
    invalid: [["that this bundle is not what it says: at least one check below failed"], ["why: a mistake and a forgery look the same"]],
    unchecked: [["what the checks marked as passed say, and no more"], [genuine]],
    consistent: [
      [`that request, ${it} and hashes in this file belong together`],
      [`that the model ${made} the ${it}: for that it has to be run`, ...never],
    ],
    held: [
      ["that this one step of the run gives what the trace has there", "that the step belongs to the run that the statement names"],
      ["anything about the other steps: each can be checked alone, or all of them by running the model", ...never],
    ],
    recomputed: [[exactly, "that nothing was cut, added or chosen by hand in it"], never],
    proven: [[exactly, "that others can see so without running the model, from the proof or the chain"], never],
  };
}
