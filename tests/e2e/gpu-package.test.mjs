// The package on WebGPU: the same bits as on the processor, and a GPU that is missing, wrong, too small or lost costs nothing but time.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { files, generate, tinyModel, withId } from "./bundles.mjs";
import { start } from "./browser.mjs";
import { CLOSED, DISGUISED, WRONG, WRONG_LATER, limited, lost } from "./faulty-gpu.mjs";
import { serve } from "./server.mjs";

const TIMEOUT = { timeout: 240_000 };

let browser;
let server;
let bundle;

before(async () => {
  writeFileSync(join(files, "blank.html"), "<!doctype html><link rel=icon href=data:,><title>blank</title>");
  [browser, server] = await Promise.all([start({ gpu: true }), serve({ files })]);
  bundle = generate(tinyModel(3), "What is a bit?");
});
after(() => Promise.all([browser?.close(), server?.close()]));

/** A page with the package, after `fault` was done to its WebGPU; with `worker`, to that of the package's worker. */
async function pageWith(fault = "", worker = false) {
  const page = await browser.newPage();
  if (worker) {
    writeFileSync(join(files, "fault.js"), fault);
    writeFileSync(join(files, "worker.js"), 'import "./fault.js";\nimport "/pkg/worker.js";\n');
  } else if (fault) {
    await page.addInitScript(fault);
  }
  await page.goto(`${server.url}/files/blank.html`);
  return page;
}

/**
 * In the page: load the small model, make the bundle again, verify it and a forgery; what came of each.
 * `destroy` names what is under way when the device is destroyed.
 */
function use(page, options, { destroy } = {}) {
  const forged = withId(bundle, 20, (bundle.output.ids[20] + 1) % 128);
  const argument = { options, destroy, bundle, forged };
  return page.evaluate(async ({ options, destroy, bundle, forged }) => {
    const { loadModel } = await import("/pkg/index.js");
    let engine;
    let steps = 0;
    const onProgress = () => steps++;
    try {
      engine = await loadModel("/files/tiny-3.imo", { inline: true, cache: false, onProgress, ...options });
    } catch ({ code, message }) {
      return { code, message, steps };
    }
    const loaded = { ...engine.device };
    const phases = { generate: [], verify: [] };
    const pieces = [];
    const onToken = (token) => {
      phases.generate.push(token.phase);
      if (token.phase !== "generate") return;
      pieces.length = token.done - 1;
      pieces.push(token.text);
      if (destroy === "generate" && token.done === 4) globalThis.gpu.destroy();
    };
    const { bundle: written } = await engine.generate(bundle.request, { onToken });
    const onStep = (progress) => {
      phases.verify.push(progress.phase);
      if (destroy === "verify") globalThis.gpu.destroy();
    };
    const report = await engine.verify(bundle, { onProgress: onStep });
    const refusal = await engine.verify(forged);
    const result = {
      loaded,
      variant: engine.variant,
      then: engine.device,
      written: written.output,
      text: pieces.join(""),
      phases: { generate: [...new Set(phases.generate)], verify: [...new Set(phases.verify)] },
      verdict: report.verdict,
      on: report.recomputed_on,
      refused: refusal.verdict,
      position: refusal.difference?.position,
      changed: globalThis.changed,
    };
    await engine.dispose();
    return result;
  }, argument);
}

/** Self-tests that were passed before are run again. */
function forgetPasses(page) {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry("openimo-devices", { recursive: true }).catch(() => {});
  });
}

/** Whatever happened on the way, the results are those of the processor. */
function holds(found) {
  assert.deepEqual(found.written, bundle.output);
  assert.equal(found.text, bundle.output.text);
  assert.equal(found.verdict, "verified");
  assert.deepEqual([found.refused, found.position], ["not_verified", 20]);
}

/** The device failed in the run, and the processor went on. */
function wentOn(found, code) {
  holds(found);
  assert.equal(found.loaded.kind, "gpu");
  assert.equal(found.then.kind, "cpu");
  assert.equal(found.then.fallback.code, code);
  assert.ok(found.then.fallback.message.length > 10);
}

/** The device was not used, and the processor was from the start. */
function usedProcessor(found, code) {
  holds(found);
  for (const device of [found.loaded, found.then]) {
    assert.equal(device.kind, "cpu");
    assert.equal(device.name, found.variant);
    assert.equal(device.fallback.code, code, device.fallback.message);
  }
  assert.deepEqual([found.on.kind, found.on.fallback], ["cpu", null]);
}

for (const inline of [true, false]) {
  test(`a GPU gives the processor's bits, ${inline ? "in the page" : "in a worker"}`, TIMEOUT, async () => {
    const page = await pageWith();
    const found = await use(page, { device: "gpu", inline });
    holds(found);
    assert.equal(found.variant, "webgpu");
    assert.deepEqual(found.then, found.loaded);
    const { kind, name, api, software, selfTest } = found.loaded;
    assert.deepEqual([kind, software], ["gpu", true]);
    assert.match(name, /swiftshader/);
    assert.match(api, /webgpu/i);
    assert.ok(selfTest.cases > 0);
    assert.deepEqual([found.on.kind, found.on.fallback], ["gpu", null]);
    assert.equal(found.on.name, `${found.loaded.name} (webgpu)`, "the report names the device as the browser does");
    await page.close();
  });
}

test("without a choice, a GPU that is a program is not used, nor its build fetched", TIMEOUT, async () => {
  const page = await pageWith();
  server.requests.length = 0;
  const found = await use(page, {});
  usedProcessor(found, "device.unavailable");
  assert.deepEqual(server.requests.filter(({ path }) => path.includes("webgpu")), []);
  const chosen = await use(page, { device: "cpu" });
  assert.deepEqual(chosen.loaded, { kind: "cpu", name: chosen.variant });
  await page.close();
});

test("a self-test that was passed is not run again", TIMEOUT, async () => {
  const page = await pageWith();
  const first = await use(page, { device: "gpu" });
  await page.reload();
  const second = await use(page, { device: "gpu" });
  assert.deepEqual(second.loaded.selfTest, { cases: first.loaded.selfTest.cases, cached: true });
  await page.close();
});

for (const [what, fault, code, words] of [
  ["fails its self-test", WRONG, "device.self_test", /not exact/],
  ["is too small", limited(1 << 16), "device.too_small", /needs \d+ bytes/],
  ["cannot be opened", CLOSED, "device.unavailable", /opened/],
]) {
  test(`a GPU that ${what} is refused, and without a choice not used`, TIMEOUT, async () => {
    const page = await pageWith(DISGUISED + fault);
    await forgetPasses(page);
    const refused = await use(page, { device: "gpu" });
    assert.deepEqual([refused.code, refused.steps], [code, 0], refused.message);
    assert.match(refused.message, words);
    usedProcessor(await use(page, {}), code);
    usedProcessor(await use(page, { inline: false }), "device.unavailable");
    await page.close();
  });
}

test("without a choice, a GPU that is none of these is used", TIMEOUT, async () => {
  const page = await pageWith(DISGUISED);
  const found = await use(page, {});
  holds(found);
  assert.deepEqual([found.loaded.kind, found.loaded.name, found.loaded.fallback], ["gpu", "google disguised", undefined]);
  await page.close();
});

test("a GPU that is wrong where the self-test does not look is found out in the run", TIMEOUT, async () => {
  const page = await pageWith(WRONG_LATER);
  const found = await use(page, { device: "gpu" });
  wentOn(found, "device.mismatch");
  assert.equal(found.changed, true);
  assert.ok(found.phases.generate.includes("fallback"));
  await page.close();
  const clean = await pageWith();
  const after = await use(clean, { device: "gpu" });
  assert.equal(after.loaded.selfTest.cached, false, "it had to pass its test again");
  await clean.close();
});

test("a GPU that is lost while it writes costs no token", TIMEOUT, async () => {
  const page = await pageWith(lost());
  const found = await use(page, { device: "gpu" }, { destroy: "generate" });
  wentOn(found, "device.lost");
  assert.ok(found.phases.generate.includes("fallback"));
  assert.deepEqual(found.phases.verify, ["verify"]);
  assert.deepEqual([found.on.kind, found.on.fallback], ["cpu", null], "what comes after is the processor's own");
  await page.close();
});

test("a GPU that is lost while it verifies leaves a report that says so", TIMEOUT, async () => {
  const page = await pageWith(lost());
  const found = await use(page, { device: "gpu" }, { destroy: "verify" });
  wentOn(found, "device.lost");
  assert.deepEqual(found.phases, { generate: ["generate"], verify: ["verify", "fallback"] });
  assert.deepEqual([found.on.kind, found.on.fallback.code], ["cpu", "device.lost"]);
  await page.close();
});

test("a GPU that is lost in a worker is heard of in the page", TIMEOUT, async () => {
  // Its self-test is passed before, so that what it submits is the text.
  const before = await pageWith();
  await use(before, { device: "gpu" });
  await before.close();
  const page = await pageWith(lost(20), true);
  const found = await use(page, { device: "gpu", inline: false, workerSrc: `${server.url}/files/worker.js` });
  assert.equal(found.loaded.selfTest.cached, true);
  wentOn(found, "device.lost");
  await page.close();
});

test("what is stopped while the processor takes over is not in the way of what comes next", TIMEOUT, async () => {
  const page = await pageWith(lost());
  const found = await page.evaluate(async ({ request }) => {
    const { loadModel } = await import("/pkg/index.js");
    const engine = await loadModel("/files/tiny-3.imo", { device: "gpu", inline: true });
    const controller = new AbortController();
    const onToken = ({ phase, done }) => {
      if (phase === "generate" && done === 2) globalThis.gpu.destroy();
      if (phase === "fallback") controller.abort();
    };
    const { name } = await engine.generate(request, { onToken, signal: controller.signal }).catch((e) => e);
    const { output } = (await engine.generate(request)).bundle;
    const kept = { name, output, device: engine.device };
    await engine.dispose();
    return kept;
  }, bundle);
  assert.equal(found.name, "AbortError");
  assert.deepEqual(found.output, bundle.output);
  assert.deepEqual([found.device.kind, found.device.fallback.code], ["cpu", "device.lost"]);
  await page.close();
});
