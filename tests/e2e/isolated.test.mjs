// Where the server makes the page cross-origin isolated, two workers share the work, and give the same verdicts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { files, generate, tinyModel, withId } from "./bundles.mjs";
import { give, start, verdict } from "./browser.mjs";
import { serve } from "./server.mjs";

let browser;
let server;
let bundle;

before(async () => {
  [browser, server] = await Promise.all([start(), serve({ files, isolated: true })]);
  bundle = generate(tinyModel(3), "What is a bit?", { sources: [`${server.url}/files/tiny-3.imo`] });
});
after(() => Promise.all([browser?.close(), server?.close()]));

test("two workers recompute a bundle and find a changed token", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/verify/`);
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  await give(page, bundle);
  const shown = await verdict(page);
  assert.equal(shown.face, "recomputed", shown.problem);
  assert.match(shown.engine, /Workers\s+2/);
  await page.click("#another");
  await give(page, withId(bundle, 5, (bundle.output.ids[5] + 1) % 128));
  const parted = await verdict(page);
  assert.equal(parted.face, "invalid");
  assert.equal(parted.tokens.indexOf("differs"), 5);
  assert.deepEqual(browser.problems, []);
});
