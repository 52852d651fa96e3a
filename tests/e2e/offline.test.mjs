// After one visit the page opens and verifies without a network, and may then share memory between two workers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { files, generate, tinyModel } from "./bundles.mjs";
import { give, start, verdict } from "./browser.mjs";
import { serve } from "./server.mjs";

let browser;
let server;
let bundle;

before(async () => {
  [browser, server] = await Promise.all([start(), serve({ files })]);
  bundle = generate(tinyModel(3), "What is a bit?", { sources: [`${server.url}/files/tiny-3.imo`] });
});
after(() => Promise.all([browser?.close(), server?.close()]));

test("page, package and model work with the server gone", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/verify/`);
  await give(page, bundle);
  assert.equal((await verdict(page)).face, "recomputed");
  await page.waitForFunction(() => document.querySelector("#offline-note").textContent !== "");
  await server.close();
  await page.reload();
  assert.equal(await page.evaluate(() => crossOriginIsolated), true, "a kept page is cross-origin isolated");
  await give(page, bundle);
  const shown = await verdict(page);
  assert.equal(shown.face, "recomputed", shown.problem);
  assert.match(shown.engine, /storage/);
  await page.goto(`${server.url}/`);
  assert.match(await page.textContent("h1"), /Run it again/);
});
