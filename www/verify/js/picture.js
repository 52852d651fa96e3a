// A picture: its file taken apart, and a frame that shows it pixel by pixel on the grid of its tokens. What is not there yet is covered.
import { el } from "../../assets/js/dom.js";

/**
 * The picture of a file in base 64, in the one form that models write: 8 bits a colour, nothing compressed. Of any other file it gives
 * nothing, so a stranger's file cannot make the browser unpack more than it holds.
 * @returns {{ width: number, height: number, pixels: Uint8Array, src: string } | undefined} `pixels` has three bytes a pixel
 */
export function readPicture(base64) {
  let file;
  try {
    file = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
  if (!isPicture(file) || file.length < HEAD) return undefined;
  const view = new DataView(file.buffer);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (![width, height].every((side) => side > 0 && side <= SIDE_MAX) || FORM.some((byte, i) => file[24 + i] !== byte)) return undefined;
  const line = 1 + 3 * width;
  const all = line * height;
  if (file.length !== HEAD + 5 * Math.ceil(all / BLOCK) + all + TAIL) return undefined;
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0, at = 0; i < all; i++) if (i % line > 0) pixels[at++] = file[HEAD + 5 * (Math.floor(i / BLOCK) + 1) + i];
  return { width, height, pixels, src: `data:image/png;base64,${base64}` };
}

/** Whether bytes begin as the file of a picture does. */
export const isPicture = (bytes) => SIGNATURE.every((byte, i) => bytes[i] === byte);

/** Content from a chain, as the page shows it. @param {Uint8Array} bytes @param {string} from where it is, for people */
export function contentOf(bytes, from) {
  if (!isPicture(bytes)) return { text: new TextDecoder().decode(bytes) };
  return { text: "", picture: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")), from };
}

/** The bytes of the picture in an encoded run whose content has `length` bytes; undefined where there is none. @param {string} run hex digits */
export function pictureIn(run, length) {
  // The length stands before the content, in a word of its own.
  const word = length.toString(16).padStart(64, "0");
  const at = run.indexOf(word + SIGNATURE.map((byte) => byte.toString(16).padStart(2, "0")).join("")) + word.length;
  if (at < word.length || run.length < at + 2 * length) return undefined;
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(run.slice(at + 2 * i, at + 2 * i + 2), 16));
}

/** A frame for a picture of this size. @param {{ width: number, height: number }} size in pixels */
export function frame({ width, height }) {
  const image = el("img", { width, height, alt: "", hidden: true });
  const cover = el("div", { class: "picture-cover", "aria-hidden": "true" });
  const box = el("div", { class: "picture-box" }, image, cover);
  const caption = el("figcaption", {});
  box.style.setProperty("--columns", width);
  box.style.setProperty("--lines", height);
  return {
    figure: el("figure", { class: "picture" }, box, caption),
    /** @param {string} src an address @param {string} alt what those hear who do not see it */
    show(src, alt) {
      Object.assign(image, { src, alt, hidden: false });
    },
    alt(words) {
      image.alt = words;
    },
    say(...children) {
      caption.replaceChildren(...children);
    },
    /** Cover the cells from number `done` on; without a grid, all of them or none. @param {{ columns: number, rows: number } | null} grid */
    cover(grid, done) {
      cover.hidden = done >= (grid ? grid.columns * grid.rows : 1);
      if (!grid) return;
      box.style.setProperty("--cells", grid.columns);
      box.style.setProperty("--cell-rows", grid.rows);
      const [x, y] = [(100 * (done % grid.columns)) / grid.columns, Math.floor(done / grid.columns)];
      const [top, bottom] = [y, y + 1].map((row) => `${(100 * row) / grid.rows}%`);
      cover.style.clipPath = `polygon(${x}% ${top}, 100% ${top}, 100% 100%, 0 100%, 0 ${bottom}, ${x}% ${bottom})`;
    },
    /** Let what is covered be seen faintly: it is there, and was not looked at. */
    veil() {
      cover.dataset.veil = "";
    },
    /** Mark cell `index` of the grid. */
    mark(grid, index) {
      const cell = el("div", { class: "picture-cell", "aria-hidden": "true" });
      const percent = (value, of) => `${(100 * value) / of}%`;
      Object.assign(cell.style, {
        left: percent(index % grid.columns, grid.columns),
        top: percent(Math.floor(index / grid.columns), grid.rows),
        width: percent(1, grid.columns),
        height: percent(1, grid.rows),
      });
      box.append(cell);
      return cell;
    },
    /** Lay something over the picture, in place of the cover. */
    lay(...nodes) {
      cover.hidden = true;
      box.append(...nodes);
    },
  };
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Of the header: bits a colour, red green blue, and no kind of anything. */
const FORM = [8, 2, 0, 0, 0];
/** Bytes before the first block, and after the last one. */
const HEAD = 43;
const TAIL = 20;
/** Longest stored block. */
const BLOCK = 65535;
/** Most pixels of a side that a model draws. */
const SIDE_MAX = 1024;
