// How far the offering is, as a picture: what was raised and the account's part of it, the target, the cap. The figures beside it say the
// same in words.
import { el } from "../../assets/js/dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element; positions in per cent, so that text keeps its size at every width. */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** `part` of `whole` in per cent with two digits after the point; both are amounts. */
export const position = (part, whole) => (whole === 0n ? 0 : Number((part * 10_000n) / whole) / 100);

/**
 * The picture.
 * @param {{ raised: bigint, target: bigint, cap: bigint, own: bigint }} amounts
 * @param {string} words the same in words, for those who listen
 */
export function meter({ raised, target, cap, own }, words) {
  // More than the cap may come in: then the picture ends where that does.
  const end = raised > cap ? raised : cap;
  const at = (amount) => position(amount, end);
  const mark = (amount, label, y) =>
    svg(
      "g",
      { class: "mark" },
      svg("line", { x1: `${at(amount)}%`, x2: `${at(amount)}%`, y1: 22, y2: 58 }),
      svg("text", { x: `${at(amount)}%`, y, "text-anchor": anchor(at(amount)) }, label),
    );
  const picture = svg(
    "svg",
    { role: "img", "aria-label": words, width: "100%", height: 80 },
    svg("rect", { class: "track", x: 0, y: 26, width: "100%", height: 28, rx: 6 }),
    svg("rect", { class: "raised", x: 0, y: 26, width: `${at(raised)}%`, height: 28, rx: 6 }),
    svg("rect", { class: "own", x: 0, y: 44, width: `${at(own)}%`, height: 10, rx: 3 }),
    mark(target, "target", 16),
    mark(cap, "cap", target === cap ? 74 : 16),
  );
  const overlap = Math.abs(at(target) - at(cap)) < 12 && target !== cap;
  if (overlap) picture.lastChild.lastChild.setAttribute("y", 74);
  const key = (name, text) => el("li", {}, el("span", { class: `swatch ${name}`, "aria-hidden": "true" }), text);
  return [picture, el("ul", { class: "legend" }, key("raised", "deposits of all"), own > 0n ? key("own", "yours among them") : null)];
}

const anchor = (at) => (at < 8 ? "start" : at > 92 ? "end" : "middle");
