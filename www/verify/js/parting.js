// Where text and model part: what the bundle has at that position, and what the model gives.
import { $, el } from "./dom.js";
import { visible } from "./passage.js";

/** @param {{ index: number, position: number, expected: number, found: number }} parting */
export async function showParting({ index, position, expected, found }, engine) {
  const [model, bundle] = await engine.pieces([expected, found]);
  const side = (title, piece, id) =>
    el("div", {}, el("dt", {}, title), el("dd", {}, visible(piece) || "(end of the text)"), el("small", {}, `id ${id}`));
  $("parts-body").replaceChildren(
    el("p", {}, `Token ${index + 1}, position ${position} counted from the start of the prompt. All tokens before it were recomputed and are as written.`),
    el("dl", { class: "pair" }, side("The bundle has", bundle, found), side("The model gives", model, expected)),
    el("p", { class: "note" }, "Nothing after this token was looked at: there, the model would have read another text."),
  );
  $("parts").hidden = false;
}
