// Every state of the page at desktop and phone width, light and dark: nothing sticks out sideways, nothing jumps while the model runs,
// text has contrast. The screenshots go to tests/output/.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { files, generate, smollm2, withRequest } from "./bundles.mjs";
import { give, start, verdict } from "./browser.mjs";
import { faint } from "./looks.mjs";
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
