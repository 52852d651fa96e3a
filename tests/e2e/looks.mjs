// What is asked of every page, however it looks: contrast, names, a focus that is seen.
import assert from "node:assert/strict";

/** Press Tab until the element with this id has the focus; every stop on the way must be visible. */
export async function tabTo(page, id) {
  const way = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      // A file input is drawn by the button after it.
      const drawn = at.type === "file" ? at.nextElementSibling : at;
      const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
      const { width, height } = drawn.getBoundingClientRect();
      return { id: at.id, tag: at.tagName, seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && width > 1 && height > 1 };
    });
    way.push(stop.id || stop.tag);
    if (stop.tag !== "BODY") assert.ok(stop.seen, `focus on ${stop.id || stop.tag} is visible`);
    if (stop.id === id) return way;
  }
  assert.fail(`${id} was not reached: ${way.join(" ")}`);
}

/** In the page: controls that those who listen have no name for. */
export function nameless() {
  return [...document.querySelectorAll("button, input, textarea, a")]
    .filter((node) => node.checkVisibility())
    .filter((node) => !(node.textContent.trim() || node.getAttribute("aria-label") || node.labels?.length))
    .map((node) => node.outerHTML);
}

/** In the page: texts whose contrast with what is behind them is below 4.5. */
export function faint() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const node of document.querySelectorAll("main *, footer *, header *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility({ visibilityProperty: true }) || node.closest(".sr, svg, noscript")) continue;
    const [a, b] = [luminance(channels(getComputedStyle(node).color)), luminance(behind(node))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.add(`${node.tagName}.${node.className} ${contrast.toFixed(2)}: ${node.textContent.trim().slice(0, 40)}`);
  }
  return [...found];
}
