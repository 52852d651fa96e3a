// The page checks what the command line made: true bundles, forgeries that part at one token, another model, unknown versions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { files, generate, smollm2, tinyModel, withId, withRequest } from "./bundles.mjs";
import { assertChecks, give, start, verdict } from "./browser.mjs";
import { serve } from "./server.mjs";

let browser;
let server;
let page;
let bundle;

before(async () => {
  [browser, server] = await Promise.all([start(), serve({ files })]);
  tinyModel(1);
  bundle = generate(tinyModel(3), "What is a bit?", { sources: [`${server.url}/files/tiny-3.imo`] });
  page = await browser.newPage();
});
after(() => Promise.all([browser?.close(), server?.close()]));

const open = async (path = "/verify/") => {
  await page.goto(server.url + path);
  return page;
};

test("a bundle made natively is recomputed in the page", async () => {
  await give(await open(), bundle);
  const shown = await verdict(page);
  assert.equal(shown.face, "recomputed", shown.text);
  assert.equal(shown.title, "Recomputed");
  assertChecks(shown.checks, { "statement.content_hash": "passed", "request.prompt_ids": "passed", "recompute.ids": "passed" });
  assert.equal(shown.tokens.length, bundle.output.ids.length);
  assert.ok(shown.tokens.every((state) => state === "same"));
  assert.match(shown.engine, /WebAssembly/);
});

test("a second bundle is checked without a reload, with the model that is loaded", async () => {
  const another = generate(tinyModel(3), "And a byte?", { seed: 8 });
  await page.click("#another");
  await give(page, another);
  const shown = await verdict(page);
  assert.equal(shown.face, "recomputed", shown.text);
});

test("a bundle opens from its address, with the address of the model", async () => {
  const name = "from-address.json";
  const { writeFileSync } = await import("node:fs");
  writeFileSync(`${files}/${name}`, JSON.stringify({ ...bundle, model: { ...bundle.model, sources: [] } }));
  await open(`/verify/?source=/files/${name}&model=/files/tiny-3.imo`);
  assert.equal((await verdict(page)).face, "recomputed");
});

test("a pasted bundle that names no model waits for one, and takes a file", async () => {
  await page.evaluate(() => localStorage.clear());
  await open();
  await page.fill("#paste-input", JSON.stringify({ ...bundle, model: { ...bundle.model, sources: [] } }));
  await page.click("#paste-form button");
  assert.equal((await verdict(page)).face, "consistent");
  assert.ok(await page.isVisible("#model-card"));
  await page.setInputFiles("#model-file", tinyModel(3));
  await page.waitForSelector('#verdict[data-verdict="recomputed"]');
});

test("a changed token is named with its position, what is there and what the model gives", async () => {
  const position = 20;
  const { ids } = bundle.output;
  const forged = withId(bundle, position, (ids[position] + 1) % 128);
  await give(await open(), forged);
  const shown = await verdict(page);
  assert.equal(shown.face, "invalid");
  assertChecks(shown.checks, { "statement.content_hash": "passed", "output.text": "passed", "recompute.ids": "failed" });
  assert.match(shown.text, new RegExp(`token ${position + 1}\\b`));
  assert.equal(shown.tokens.indexOf("differs"), position);
  assert.ok(shown.tokens.slice(0, position).every((state) => state === "same"));
  assert.ok(shown.tokens.slice(position + 1).every((state) => state === "after"));
  assert.match(shown.parts, new RegExp(`position ${position}\\b`));
  assert.match(shown.parts, new RegExp(`The bundle has[^]*id ${forged.output.ids[position]}\\b[^]*The model gives[^]*id ${ids[position]}\\b`));
  assert.ok(await page.evaluate(() => {
    const { top, bottom } = document.querySelector('#passage [data-state="differs"]').getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  }), "the token is in view");
});

test("a changed text is caught without the model", async () => {
  await give(await open(), { ...bundle, output: { ...bundle.output, text: `${bundle.output.text}!`, content_hex: undefined } });
  const shown = await verdict(page);
  assert.equal(shown.face, "invalid");
  assertChecks(shown.checks, { "statement.content_hash": "failed", "recompute.ids": "skipped" });
});

test("another seed gives another text", async () => {
  const forged = withRequest(bundle, (request) => (request.seed = `0x${"5a".repeat(32)}`));
  await give(await open(), forged);
  const shown = await verdict(page);
  assert.equal(shown.face, "invalid");
  assertChecks(shown.checks, { "statement.request_hash": "passed", "recompute.ids": "failed" });
  assert.ok(shown.tokens.includes("differs"));
});

test("another model is no verdict on the text", async () => {
  await page.evaluate(() => localStorage.clear());
  await open();
  await give(page, { ...bundle, model: { ...bundle.model, sources: [`${server.url}/files/tiny-1.imo`] } });
  let shown = await verdict(page);
  assert.equal(shown.face, "unchecked", shown.text);
  assert.equal(shown.title, "Could not check");
  assert.match(shown.problem, /another model/);
  assertChecks(shown.checks, { "statement.content_hash": "passed", "recompute.ids": "skipped" });
  // A mark in the place of the problem, so that the second one is known from the first.
  await page.evaluate(() => (document.querySelector("#model-problem").textContent = ""));
  await page.setInputFiles("#model-file", tinyModel(1));
  await page.waitForFunction(() => /another model/.test(document.querySelector("#model-problem").textContent));
  shown = await verdict(page);
  assert.equal(shown.face, "unchecked");
  await page.setInputFiles("#model-file", tinyModel(3));
  await page.waitForSelector('#verdict[data-verdict="recomputed"]');
});

test("an unknown version is refused by name", async () => {
  await give(await open(), { ...bundle, version: 7 });
  const shown = await verdict(page);
  assert.equal(shown.face, "unchecked");
  assert.match(shown.text, /version 7/);
  assertChecks(shown.checks, { "bundle.version": "unsupported", "recompute.ids": "skipped" });
});

test("what is no bundle is said to be none", async () => {
  for (const text of ["", "{", "[1,2]", '{"format":"other","version":1}']) {
    await give(await open(), text);
    const shown = await verdict(page);
    assert.equal(shown.face, "invalid", JSON.stringify(text));
    assertChecks(shown.checks, { "bundle.parse": "failed" });
  }
  await open("/verify/?source=/files/absent.json");
  await page.waitForSelector("#intake-problem:not(:empty)");
  assert.match(await page.textContent("#intake-problem"), /404/);
});

test("cancelling stops a load and goes on later", async () => {
  await page.evaluate(() => localStorage.clear());
  await open();
  await page.route("**/tiny-3.imo", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await route.continue().catch(() => {});
  });
  await give(page, bundle);
  await page.click("#cancel");
  const shown = await verdict(page);
  assert.equal(shown.face, "consistent");
  await page.unroute("**/tiny-3.imo");
  await page.click("#model-run");
  await page.waitForSelector('#verdict[data-verdict="recomputed"]');
});

test("a real model's answer is recomputed, and a changed word is found", { timeout: 300_000 }, async () => {
  const model = smollm2();
  const real = await serve({ files: model.folder });
  try {
    const sources = [`${real.url}/files/smollm2.imo`];
    const answer = generate(model.path, "Explain gravity to a child.", { maxTokens: 96, temperature: "0.8", sources });
    await page.goto(`${real.url}/verify/`);
    await give(page, answer);
    const shown = await verdict(page, 240_000);
    assert.equal(shown.face, "recomputed", shown.text);
    assert.equal(shown.tokens.length, answer.output.ids.length);
    console.log(shown.engine.replaceAll("\n", " "));
    const seeded = withRequest(answer, (request) => (request.seed = `0x${"5a".repeat(32)}`));
    await page.click("#another");
    await give(page, seeded);
    const parted = await verdict(page, 240_000);
    assert.equal(parted.face, "invalid");
    assert.ok(parted.tokens.includes("differs"));
  } finally {
    await real.close();
  }
});

test("nothing broke the content security policy or reached the console", () => {
  // Failed fetches are the browser's own lines, and are provoked above.
  assert.deepEqual(browser.problems.filter((line) => !line.includes("Failed to load resource")), []);
});
