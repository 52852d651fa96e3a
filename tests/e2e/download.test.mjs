// Downloads that go wrong: cut off, damaged once, damaged for good; and what is kept between visits.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { files, generate, tinyModel } from "./bundles.mjs";
import { give, start, verdict } from "./browser.mjs";
import { serve } from "./server.mjs";

let browser;
let server;
let page;
let bundle;
let size;

before(async () => {
  [browser, server] = await Promise.all([start(), serve({ files })]);
  bundle = generate(tinyModel(3), "What is a bit?", { sources: [`${server.url}/files/tiny-3.imo`] });
  size = readFileSync(tinyModel(3)).length;
  page = await browser.newPage();
});
after(() => Promise.all([browser?.close(), server?.close()]));

/** A visit without anything kept from before. */
async function fresh() {
  await page.goto(`${server.url}/verify/`);
  await page.evaluate(async () => {
    localStorage.clear();
    for (const name of await caches.keys()) await caches.delete(name);
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
  });
  await page.reload();
  server.requests.length = 0;
}

const modelRequests = () => server.requests.filter(({ path }) => path.endsWith(".imo"));

test("a download that is cut off goes on where it stopped", async () => {
  await fresh();
  Object.assign(server.faults, { cuts: 2, cutAfter: Math.floor(size / 2) });
  await give(page, bundle);
  assert.equal((await verdict(page)).face, "recomputed");
  assert.equal(server.faults.cuts, 0, "both cuts happened");
  const starts = modelRequests().map(({ range }) => Number(/\d+/.exec(range ?? "0")[0]));
  assert.ok(starts.some((offset) => offset > 0), `ranges asked for: ${starts}`);
});

test("one damaged part is fetched again, and the page says which", async () => {
  await fresh();
  await page.evaluate(() => {
    globalThis.labels = [];
    const seen = new MutationObserver(() => labels.push(document.querySelector("#work-label").textContent));
    seen.observe(document.querySelector("#work-label"), { childList: true, characterData: true, subtree: true });
  });
  server.faults.flips.set(size - 100, 1);
  await give(page, bundle);
  assert.equal((await verdict(page)).face, "recomputed");
  assert.equal(server.faults.flips.size, 0, "a byte was flipped");
  const labels = await page.evaluate(() => globalThis.labels);
  assert.ok(labels.some((label) => /Part \d+ arrived damaged/.test(label)), labels.join("\n"));
});

test("a part that stays damaged is named, and is no verdict on the text", async () => {
  await fresh();
  server.faults.flips.set(size - 100, 1000);
  await give(page, bundle);
  const shown = await verdict(page);
  server.faults.flips.clear();
  assert.equal(shown.face, "unchecked");
  assert.match(shown.problem, /damaged/);
  assert.match(shown.problem, /chunk \d+/);
  await page.click("#model-run");
  await page.waitForSelector('#verdict[data-verdict="recomputed"]');
});

test("the model is kept: a second visit fetches next to nothing of it", async () => {
  await fresh();
  await give(page, bundle);
  assert.equal((await verdict(page)).face, "recomputed");
  await page.reload();
  server.requests.length = 0;
  await give(page, bundle);
  const shown = await verdict(page);
  assert.equal(shown.face, "recomputed");
  assert.match(shown.engine, /storage/);
  assert.ok(modelRequests().length <= 1, JSON.stringify(modelRequests()));
});

test("an address that answers 404 says so, and the next one is tried", async () => {
  await fresh();
  await give(page, { ...bundle, model: { ...bundle.model, sources: [`${server.url}/files/none.imo`] } });
  const shown = await verdict(page);
  assert.equal(shown.face, "unchecked");
  assert.match(shown.problem, /404/);
  await page.click("#another");
  await give(page, { ...bundle, model: { ...bundle.model, sources: [`${server.url}/files/none.imo`, "/files/tiny-3.imo"] } });
  await page.waitForSelector('#verdict[data-verdict="recomputed"]');
});
