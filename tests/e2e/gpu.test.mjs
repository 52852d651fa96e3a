// The page on WebGPU: a bundle is recomputed there when it is asked for, and the page says where, how fast, and why not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { files, generate, smollm2, tinyModel, withId, withRequest } from "./bundles.mjs";
import { assertChecks, give, start, verdict, write } from "./browser.mjs";
import { WRONG_LATER } from "./faulty-gpu.mjs";
import { serve } from "./server.mjs";

const TIMEOUT = { timeout: 240_000 };

let browser;
let server;
let page;
let bundle;

before(async () => {
  [browser, server] = await Promise.all([start({ gpu: true }), serve({ files })]);
  bundle = generate(tinyModel(3), "What is a bit?", { sources: [`${server.url}/files/tiny-3.imo`] });
  page = await browser.newPage();
});
after(() => Promise.all([browser?.close(), server?.close()]));

async function open(query = "") {
  await page.goto(`${server.url}/verify/${query}`);
  await page.waitForSelector("[data-wait]:not([disabled])", { state: "attached" });
}
const chosen = () => page.evaluate(() => document.querySelector('input[name="device"]:checked').value);

test("a bundle is recomputed on the GPU, and the page says so", TIMEOUT, async () => {
  await open("?device=gpu");
  assert.equal(await chosen(), "gpu");
  await give(page, bundle);
  const shown = await verdict(page, 200_000);
  assert.equal(shown.face, "recomputed", shown.problem);
  assert.match(shown.ran, /on the GPU/);
  assert.match(shown.engine, /WebGPU/);
  assert.match(shown.device, /Running on the GPU/);
  assert.match(shown.device, /swiftshader/);
  assert.match(shown.device, /passed, [\d,]+ cases?, just now/);
  assert.match(shown.device, /Recomputing\s+[\d.]+ tokens\/s/);
  assert.equal(await page.textContent("#device-why"), "");
});

test("a changed token is found on the GPU", TIMEOUT, async () => {
  await page.click("#another");
  await give(page, withId(bundle, 20, (bundle.output.ids[20] + 1) % 128));
  const shown = await verdict(page, 200_000);
  assert.equal(shown.face, "invalid");
  assertChecks(shown.checks, { "recompute.ids": "failed" });
  assert.equal(shown.tokens.indexOf("differs"), 20);
  assert.match(shown.ran, /on the GPU/);
});

test("on the next visit the self-test is not run again", TIMEOUT, async () => {
  await open("?device=gpu");
  await give(page, bundle);
  const shown = await verdict(page, 200_000);
  assert.equal(shown.face, "recomputed", shown.problem);
  assert.match(shown.device, /passed, [\d,]+ cases?, on an earlier visit/);
});

test("the build for the GPU is kept for those who use it, and for nobody else", TIMEOUT, async () => {
  await page.evaluate(() => navigator.serviceWorker.ready);
  const kept = () => page.evaluate(async () => (await (await caches.open("openimo-pages")).keys()).map(({ url }) => url));
  const builds = async () => (await kept()).filter((url) => /wasm\/webgpu\./.test(url)).length;
  for (let i = 0; i < 100 && (await builds()) < 2; i++) await page.waitForTimeout(100);
  assert.equal(await builds(), 2);
  const other = await start({ gpu: true });
  try {
    server.requests.length = 0;
    const visitor = await other.newPage();
    await visitor.goto(`${server.url}/verify/`);
    await visitor.waitForFunction(() => document.querySelector("#offline-note").textContent !== "");
    await give(visitor, bundle);
    assert.equal((await verdict(visitor)).face, "recomputed");
    assert.deepEqual(server.requests.filter(({ path }) => /wasm\/webgpu\./.test(path)), []);
  } finally {
    await other.close();
  }
});

test("a text is written on the GPU", TIMEOUT, async () => {
  await open("?device=gpu&model=/files/tiny-3.imo");
  await write(page, "What is a bit?", { seed: 7, temperature: "1", maxTokens: 48 }, 200_000);
  assert.equal(await page.textContent("#generate-text"), bundle.output.text);
  assert.match(await page.innerText("#device"), /Writing\s+[\d.]+ tokens\/s/);
});

test("without a choice the processor is used, since this GPU is a program", TIMEOUT, async () => {
  await open();
  assert.equal(await chosen(), "auto");
  await give(page, bundle);
  const shown = await verdict(page);
  assert.equal(shown.face, "recomputed", shown.problem);
  assert.match(shown.ran, /on the processor/);
  assert.match(shown.device, /Running on the processor/);
  assert.match(shown.device, /Not the GPU: [^]*device\.unavailable/);
});

test("a choice is kept, and another one loads the model anew", TIMEOUT, async () => {
  await page.check('input[name="device"][value="cpu"]');
  assert.match(await page.textContent("#device-note"), /next run/);
  await page.click("#another");
  await give(page, bundle);
  const shown = await verdict(page);
  assert.equal(shown.face, "recomputed", shown.problem);
  assert.doesNotMatch(shown.device, /Not the GPU/);
  await open();
  assert.equal(await chosen(), "cpu");
});

test("a GPU that is wrong is named, and the processor finishes what it began", TIMEOUT, async () => {
  // The worker is changed on its way, which a service worker would keep from being seen.
  const other = await start({ gpu: true, serviceWorkers: "block" });
  try {
    const wrong = await other.newPage();
    await wrong.route("**/pkg/worker.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${await response.text()}\n${WRONG_LATER}` });
    });
    await wrong.goto(`${server.url}/verify/?device=gpu`);
    await give(wrong, bundle);
    const shown = await verdict(wrong, 200_000);
    assert.equal(shown.face, "recomputed", shown.problem);
    assert.match(shown.ran, /on the processor .*after the GPU failed \(device\.mismatch\)/);
    assert.match(shown.device, /Running on the processor/);
    assert.match(shown.device, /Not the GPU: [^]*device\.mismatch/);
    assert.ok(shown.tokens.every((state) => state === "same"));
  } finally {
    await other.close();
  }
});

test("a real model's answer is recomputed on the GPU, and a forged one is caught", { timeout: 590_000 }, async () => {
  const model = smollm2();
  const real = await serve({ files: model.folder });
  try {
    const sources = [`${real.url}/files/smollm2.imo`];
    const answer = generate(model.path, "Explain gravity to a child.", { maxTokens: 16, temperature: "0.8", sources });
    await page.goto(`${real.url}/verify/?device=gpu`);
    await give(page, answer);
    const shown = await verdict(page, 400_000);
    assert.equal(shown.face, "recomputed", shown.text);
    assert.match(shown.ran, /on the GPU/);
    console.log(shown.device.replaceAll("\n", " "));
    await page.click("#another");
    await give(page, withRequest(answer, (request) => (request.seed = `0x${"5a".repeat(32)}`)));
    const parted = await verdict(page, 400_000);
    assert.equal(parted.face, "invalid");
    assert.ok(parted.tokens.includes("differs"));
    assert.match(parted.ran, /on the GPU/);
  } finally {
    await real.close();
  }
});

test("nothing broke the content security policy or reached the console", () => {
  assert.deepEqual(browser.problems, []);
});
