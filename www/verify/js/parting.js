// Where text and model part: what the bundle has at that position, and what the model gives.
import { $, el } from "../../assets/js/dom.js";
import { visible } from "./passage.js";

/** @param {{ position: number, expected: Piece, found: Piece }} difference of a report; a piece has an id and its text */
export function showParting({ position, expected, found }) {
  const side = (title, { id, text }) =>
    el("div", {}, el("dt", {}, title), el("dd", {}, visible(text) || "(no text)"), el("small", {}, `id ${id}`));
  $("parts-body").replaceChildren(
    el("p", {}, `Token ${position + 1} of the text (position ${position}). ${position > 0 ? "All tokens before it were recomputed and are as written." : "It is the first."}`),
    el("dl", { class: "pair" }, side("The bundle has", found), side("The model gives", expected)),
    el("p", { class: "note" }, "Nothing after this token was looked at: there, the model would have read another text."),
  );
  $("parts").hidden = false;
}
