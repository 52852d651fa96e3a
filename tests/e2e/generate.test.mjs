// A text that is written on the page is the one that the command line writes, streams, and verifies at once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { files, generate, tinyModel } from "./bundles.mjs";
import { start, verdict, write } from "./browser.mjs";
import { serve } from "./server.mjs";

let browser;
let server;

before(async () => {
  [browser, server] = await Promise.all([start(), serve({ files })]);
});
after(() => Promise.all([browser?.close(), server?.close()]));

test("a text is written, saved and verified", async () => {
  const settings = { seed: 7, temperature: "1", maxTokens: 48 };
  const native = generate(tinyModel(3), "What is a bit?", settings);
  const page = await browser.newPage();
  await page.goto(`${server.url}/verify/?model=/files/tiny-3.imo`);
  await write(page, "What is a bit?", settings);
  assert.notEqual(await page.textContent("#generate-text"), "");
  const download = page.waitForEvent("download");
  await page.click("#generate-save");
  const chunks = [];
  for await (const chunk of await (await download).createReadStream()) chunks.push(chunk);
  const written = JSON.parse(Buffer.concat(chunks).toString());
  assert.deepEqual(written.output, native.output, "native and wasm write the same text");
  assert.equal(written.request, native.request);
  await page.click("#generate-verify");
  assert.equal((await verdict(page)).face, "recomputed");
  assert.deepEqual(browser.problems, []);
});

test("a field that cannot be is named", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/verify/?model=/files/tiny-3.imo`);
  await page.click("#generate summary");
  await page.fill("#generate-temperature", "warm");
  await page.click("#generate-go");
  await page.waitForSelector("#generate-problem:not(:empty)");
  assert.match(await page.textContent("#generate-problem"), /temperature/);
});
