// Small helpers for building and reading the page. Nothing here is made from strings of HTML.

/** The element with this id. */
export const $ = (id) => document.getElementById(id);

/** An element with attributes and children; a child that is a string becomes text. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

/** A description list from rows of [name, value]; a value is text or a node. */
export function fill(list, rows) {
  list.replaceChildren(...rows.filter(([, value]) => value !== undefined).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** An icon: `paths` are drawn as outlines; one that begins with "*" is filled softly. */
export function icon(paths) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries(OUTLINE)) svg.setAttribute(key, value);
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    if (d.startsWith("*")) path.setAttribute("class", "fill");
    path.setAttribute("d", d.replace("*", ""));
    svg.append(path);
  }
  return svg;
}

/** Tell people who listen rather than look. */
export function announce(text) {
  $("live").textContent = text;
}

/** `n` things, with the plural that English wants. */
export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** Bytes as people read them. */
export function bytes(n) {
  if (n < 1000) return `${n} bytes`;
  const [scale, unit] = n < 1e6 ? [1e3, "kB"] : n < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(n / scale).toFixed(n / scale < 10 ? 1 : 0)} ${unit}`;
}

/** A hash or id: whole, since people compare them. */
export const hash = (text) => el("code", { class: "hash" }, text);

const SVG = "http://www.w3.org/2000/svg";
const OUTLINE = {
  viewBox: "0 0 24 24",
  fill: "none",
  stroke: "currentColor",
  "stroke-width": "1.75",
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
  "aria-hidden": "true",
};
