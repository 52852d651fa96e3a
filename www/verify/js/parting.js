// Where content and model part: what the bundle has at that position, and what the model gives.
import { $, el } from "../../assets/js/dom.js";
import { isPicture, placeOf } from "./gallery.js";
import { visible } from "./passage.js";

/** @param {{ position: number, expected: Piece, found: Piece }} difference of a report; a piece has an id and its text */
export function showParting({ position, expected, found }) {
  // The text of a picture's tokens is nothing that anybody would know it by.
  const picture = isPicture();
  const side = (title, { id, text }) =>
    el("div", {}, el("dt", {}, title), el("dd", {}, picture ? `id ${id}` : visible(text) || "(no text)"), picture ? "" : el("small", {}, `id ${id}`));
  const it = picture ? "picture" : "text";
  $("parts-body").replaceChildren(
    el("p", {}, `Token ${position + 1} of the ${it} (${picture ? `${placeOf(position)}, ` : ""}position ${position}). ${position > 0 ? "All tokens before it were recomputed and are as written." : "It is the first."}`),
    el("dl", { class: "pair" }, side("The bundle has", found), side("The model gives", expected)),
    el("p", { class: "note" }, `Nothing after this token was looked at: there, the model would have read another ${it}.`),
  );
  $("parts").hidden = false;
}
