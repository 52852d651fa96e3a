// The content: a picture, which has a file of its own, or the text, first whole, then token by token once the model's vocabulary is there. Each token is marked as it is recomputed. The arrow
// keys walk from token to token; a small box tells about the one under the cursor.
import { $, el } from "../../assets/js/dom.js";
import * as gallery from "./gallery.js";
import { speakOf } from "./words.js";

let spans = [];
let tokens = [];
let cursor = -1;

/**
 * Show the whole content, before anything is known about its tokens.
 * @param {{ text: string, picture?: string | { claimed: string }, from?: string }} output `from` says where a picture is claimed
 */
export function showText(output) {
  spans = [];
  tokens = [];
  cursor = -1;
  const box = $("passage");
  for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  box.replaceChildren(el("span", { "data-state": "todo" }, drawn(output.text)));
  $("passage-count").textContent = "";
  const picture = output.picture?.claimed ?? output.picture;
  const what = picture === undefined ? "text" : "picture";
  speakOf(what);
  $("passage-title").textContent = `The ${what}`;
  $("legend").hidden = what === "picture";
  gallery.showClaimed(picture, output.from);
  hideTip();
}

/**
 * Split the content into its tokens.
 * @param {number[]} ids
 * @param {string[]} pieces the text of each id; empty where a character is not complete yet
 * @param {{ columns: number, rows: number, ids: number } | null} image what the model draws: then the tokens are cells of a grid
 */
export function showTokens(ids, pieces, image = null) {
  if (gallery.isPicture()) return gallery.useGrid(image?.ids === ids.length ? image : null);
  tokens = ids.map((id, index) => ({ id, piece: pieces[index] ?? "" }));
  spans = tokens.map(({ piece }, index) => el("span", { "data-state": "todo", "data-index": index }, drawn(piece)));
  const box = $("passage");
  box.replaceChildren(...spans);
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "The text, token by token. Arrow keys move from token to token.");
  cursor = -1;
}

/** Mark the first `done` tokens as recomputed, and no others: a run may go back, where a device was found wrong. */
export function markDone(done) {
  if (gallery.isPicture()) return gallery.markCells(done);
  for (const [i, span] of spans.entries()) span.dataset.state = i < done ? "same" : "todo";
  if (spans.length > 0) $("passage-count").textContent = `${Math.min(done, spans.length)} of ${spans.length} tokens recomputed`;
}

/** Mark where the text parts from what the model gives, and what comes after it as not looked at. */
export function markParting(index) {
  if (gallery.isPicture()) return gallery.markCell(index);
  for (let i = 0; i < spans.length; i++) spans[i].dataset.state = i < index ? "same" : i === index ? "differs" : "after";
  const span = spans[index];
  if (!span) return;
  if (!span.textContent.trim()) span.textContent = visible(span.textContent) || "∅";
  $("passage-count").textContent = `${index} of ${spans.length} tokens recomputed`;
}

/** Show what was drawn here, of a picture. @param {string | null | undefined} base64 */
export const showRecreated = (base64) => gallery.showRecreated(base64);

/** Bring token `index` into view, or what is marked of a picture. */
export function scrollToToken(index) {
  if (gallery.isPicture()) return gallery.scrollToMark();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  spans[index]?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}

/** Blanks as signs that can be seen. */
export function visible(text) {
  return drawn(text).replaceAll(" ", "␣").replaceAll("\n", "↵").replaceAll("\t", "⇥");
}

/** Control characters as the pictures that Unicode has for them; line breaks and tabs stay what they are. */
function drawn(text) {
  return text.replace(/[\0-\x08\x0b-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)));
}

/** Listen to the pointer and the keys, once. */
export function listenToTokens() {
  const box = $("passage");
  box.addEventListener("pointerover", (event) => {
    const index = event.target.dataset?.index;
    if (index !== undefined) showTip(Number(index));
  });
  box.addEventListener("pointerleave", () => cursor < 0 && hideTip());
  box.addEventListener("focus", () => tokens.length > 0 && move(Math.max(0, parted() ?? 0)));
  box.addEventListener("blur", () => {
    spans[cursor]?.removeAttribute("data-cursor");
    cursor = -1;
    hideTip();
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Escape") return hideTip();
    if (step === undefined || tokens.length === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(Math.min(Math.max(cursor + step, 0), tokens.length - 1));
  });
}

const parted = () => {
  const index = spans.findIndex((span) => span.dataset.state === "differs");
  return index < 0 ? undefined : index;
};

function move(index) {
  spans[cursor]?.removeAttribute("data-cursor");
  cursor = index;
  spans[index].dataset.cursor = "";
  spans[index].scrollIntoView({ block: "nearest" });
  showTip(index);
  const { id, piece } = tokens[index];
  $("passage-live").textContent = `${visible(piece) || "no text"}, token ${index + 1} of ${tokens.length}, ${STATES[spans[index].dataset.state]}, id ${id}`;
}

const STATES = { same: "recomputed", todo: "not recomputed yet", differs: "differs", after: "not recomputed: after the parting" };

function showTip(index) {
  const tip = $("tip");
  const { id, piece } = tokens[index];
  const state = STATES[spans[index].dataset.state];
  tip.replaceChildren(
    el("b", {}, visible(piece) || "(no text)"),
    el("br"),
    `token ${index + 1} of ${tokens.length} (position ${index}), id ${id}`,
    el("br"),
    state,
  );
  tip.hidden = false;
  const box = tip.parentElement.getBoundingClientRect();
  const [at] = spans[index].getClientRects();
  if (!at) return hideTip();
  const left = Math.min(at.left - box.left, box.width - tip.offsetWidth);
  tip.style.setProperty("left", `${Math.max(0, left)}px`);
  tip.style.setProperty("top", `${at.bottom - box.top + 6}px`);
}

function hideTip() {
  $("tip").hidden = true;
}
