// Every state of the page at desktop and phone width, light and dark: nothing sticks out sideways, nothing jumps while the model runs,
// text has contrast. The screenshots go to tests/output/.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { files, generate, smollm2, withRequest } from "./bundles.mjs";
import { give, start, verdict } from "./browser.mjs";
import { serve } from "./server.mjs";

const OUTPUT = fileURLToPath(new URL("../output/", import.meta.url));
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 }, narrow: { width: 360, height: 740 } };

let server;
let bundle;
let forged;

before(async () => {
  const model = smollm2();
  mkdirSync(OUTPUT, { recursive: true });
  server = await serve({ files: model.folder });
  const sources = [`${server.url}/files/smollm2.imo`];
  bundle = generate(model.path, "Explain gravity to a child.", { maxTokens: 72, temperature: "0.8", sources });
  forged = withRequest(bundle, (request) => (request.seed = `0x${"5a".repeat(32)}`));
});
after(() => server?.close());

for (const [name, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${name}, ${colorScheme}`, { timeout: 300_000 }, async () => {
      const browser = await start({ viewport, colorScheme });
      try {
        await walk(browser, `${name}-${colorScheme}`, viewport);
        assert.deepEqual(browser.problems, []);
      } finally {
        await browser.close();
      }
    });
  }
}

async function walk(browser, name, viewport) {
  const page = await browser.newPage();
  const shot = async (state) => {
    await page.screenshot({ path: join(OUTPUT, `${name}-${state}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= viewport.width, `${state}: ${wide} px wide`);
    assert.deepEqual(await page.evaluate(faint), [], `${state}: text with little contrast`);
  };
  await page.goto(`${server.url}/`);
  await shot("landing");
  await page.goto(`${server.url}/verify/`);
  await shot("open");
  await give(page, bundle);
  await page.waitForSelector("#work:not([data-idle])");
  await shot("loading");
  // Opening a bundle changes the page, as asked; from here on nothing may move by itself.
  await page.evaluate(() => {
    globalThis.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts += entry.value;
    }).observe({ type: "layout-shift" });
  });
  assert.equal((await verdict(page, 240_000)).face, "recomputed");
  const shifts = await page.evaluate(() => globalThis.shifts);
  assert.ok(shifts < 0.05, `layout shift ${shifts}`);
  await shot("recomputed");
  await page.click("#another");
  await give(page, forged);
  assert.equal((await verdict(page, 240_000)).face, "invalid");
  await shot("invalid");
  await page.click("#another");
  await give(page, { ...bundle, version: 2 });
  assert.equal((await verdict(page)).face, "unchecked");
  await shot("unchecked");
}

/** In the page: texts whose contrast with what is behind them is below 4.5. */
function faint() {
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
