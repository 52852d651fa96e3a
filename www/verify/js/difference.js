// Where two pictures differ: the pixels that do stand out and are outlined, so that neither a colour nor a good eye is needed, and are counted.
import { count, el } from "../../assets/js/dom.js";
import { frame } from "./picture.js";

/**
 * A frame with the pixels that differ.
 * @param {{ width: number, height: number, pixels: Uint8Array }} claimed
 * @param {{ width: number, height: number, pixels: Uint8Array }} recreated
 * @returns {HTMLElement | undefined} undefined where none differs, or the sizes do
 */
export function difference(claimed, recreated) {
  if (claimed.width !== recreated.width || claimed.height !== recreated.height) return undefined;
  const { width, height } = claimed;
  const differs = Array.from({ length: width * height }, (_, i) => [0, 1, 2].some((c) => claimed.pixels[3 * i + c] !== recreated.pixels[3 * i + c]));
  const first = differs.indexOf(true);
  if (first < 0) return undefined;
  const number = differs.filter(Boolean).length;
  const shown = frame(claimed);
  const words = `${number.toLocaleString("en")} of ${count(width * height, "pixel")} ${number === 1 ? "differs" : "differ"}`;
  shown.lay(faded(claimed, differs, words), outline(differs, width, height));
  shown.say(
    el("b", {}, `${words}, outlined. `),
    `${number === 1 ? "It is" : "The first is"} in column ${first % width} of line ${Math.floor(first / width)}: `,
    ...colour("claimed", claimed, first),
    ", and the tokens give ",
    ...colour("given", recreated, first),
    ".",
  );
  shown.figure.dataset.differing = number;
  return shown.figure;
}

/** The picture, with everything but the pixels that differ almost gone. */
function faded({ width, height, pixels }, differs, words) {
  const canvas = el("canvas", { width, height, role: "img", "aria-label": words });
  const data = new ImageData(width, height);
  differs.forEach((does, i) => data.data.set([...pixels.subarray(3 * i, 3 * i + 3), does ? 255 : FAINT], 4 * i));
  canvas.getContext("2d").putImageData(data, 0, 0);
  return canvas;
}

/** A line around each region of pixels that differ, twice: a light one that is wide below a dark one, which is seen on every colour. */
function outline(differs, width, height) {
  const at = (x, y) => x >= 0 && y >= 0 && x < width && y < height && differs[y * width + x];
  let d = "";
  differs.forEach((does, i) => {
    if (!does) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    if (!at(x, y - 1)) d += `M${x} ${y}h1`;
    if (!at(x, y + 1)) d += `M${x} ${y + 1}h1`;
    if (!at(x - 1, y)) d += `M${x} ${y}v1`;
    if (!at(x + 1, y)) d += `M${x + 1} ${y}v1`;
  });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  for (const name of ["below", "line"]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** The colour of pixel `i` in digits, with a patch of it. */
function colour(name, { pixels }, i) {
  const code = `#${Array.from(pixels.subarray(3 * i, 3 * i + 3), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const patch = el("span", { class: "patch", "aria-hidden": "true" });
  patch.style.backgroundColor = code;
  return [patch, el("code", { "data-colour": name }, code)];
}

/** Opacity of the pixels that are the same, of 255. */
const FAINT = 56;
const SVG = "http://www.w3.org/2000/svg";
