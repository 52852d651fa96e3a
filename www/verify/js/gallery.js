// The content where it is a picture: as it is claimed, as it is drawn again here, and where the two differ. While the model runs, the second frame
// fills cell by cell, one a token.
import { $, el } from "../../assets/js/dom.js";
import { difference } from "./difference.js";
import { frame, readPicture } from "./picture.js";

/** What is on the page; undefined where the content is no picture, null where it is one that cannot be shown. */
let view;

/** Whether the content is a picture. */
export const isPicture = () => view !== undefined;

/** Show the picture that is claimed. @param {string | undefined} base64 undefined: the content is none @param {string} from where it is claimed */
export function showClaimed(base64, from = "In the bundle") {
  view = undefined;
  const box = $("passage");
  box.classList.toggle("pictures", base64 !== undefined);
  if (base64 === undefined) return;
  const claimed = readPicture(base64);
  if (!claimed) {
    view = null;
    box.replaceChildren(el("p", { class: "note" }, "The content is the file of a picture, but not one that a model writes, so it is not shown."));
    return;
  }
  const [left, right] = [frame(claimed), frame(claimed)];
  view = { claimed, left, right, from, grid: null };
  left.show(claimed.src, `The picture that is claimed: ${claimed.width} by ${claimed.height} pixels`);
  left.cover(null, 1);
  left.say(el("b", {}, from));
  right.cover(null, 0);
  say("not yet");
  box.replaceChildren(left.figure, right.figure);
}

/** The grid of the model's tokens. @param {{ columns: number, rows: number, ids: number } | null} image */
export function useGrid(image) {
  if (!view) return;
  view.grid = image;
  right(0);
}

/** The first `done` tokens are recomputed. */
export function markCells(done) {
  const grid = view?.grid;
  if (!grid) return;
  right(done);
  const words = tell(done, grid);
  if (!view.recreated) say(words);
}

/** Token `index` is not the one that the model picks; what comes after it was not looked at. */
export function markCell(index) {
  const grid = view?.grid;
  if (!grid) return;
  tell(index, grid);
  view.right.veil();
  right(index + 1);
  view.cell = view.left.mark(grid, index);
  view.right.mark(grid, index);
  const place = placeOf(index);
  view.left.say(el("b", {}, view.from), ` Outlined: token ${index + 1}, ${place}.`);
  if (view.recreated) say(" The tokens up to the outlined one are the model’s; the veiled ones were not looked at.");
}

/** Where token `index` is on the grid. */
export function placeOf(index) {
  const { columns } = view?.grid ?? {};
  return columns ? `cell ${(index % columns) + 1} of row ${Math.floor(index / columns) + 1}` : `position ${index}`;
}

/** Show what was drawn here beside what is claimed. @param {string | null | undefined} base64 */
export function showRecreated(base64) {
  const recreated = base64 && view ? readPicture(base64) : undefined;
  if (!recreated) return;
  view.recreated = recreated;
  view.right.show(recreated.src, `The picture that was drawn again here: ${recreated.width} by ${recreated.height} pixels`);
  view.right.cover(view.grid, Infinity);
  const where = difference(view.claimed, recreated);
  if (where) $("passage").append(where);
  const same = !where && recreated.width === view.claimed.width && recreated.height === view.claimed.height;
  say(same ? "the same, pixel for pixel" : "another picture");
}

/** Bring the cell that is marked, or the pixels that differ, into view. */
export function scrollToMark() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  (view?.cell ?? $("passage").querySelector("[data-differing]"))?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}

function tell(done, { ids }) {
  const words = `${Math.min(done, ids)} of ${ids} tokens`;
  $("passage-count").textContent = `${words} recomputed`;
  return words;
}

const right = (done) => view.right.cover(view.grid, done);
const say = (words) => view.right.say(el("b", {}, "Drawn again here"), words.startsWith(" ") ? words : `: ${words}`);
