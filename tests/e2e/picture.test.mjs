// A picture is drawn on the page as its tokens arrive, is the one that the command line draws, and is checked pixel by pixel.
import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { after, before, test } from "node:test";
import { contentOf, drawingModel, files, generate, shippedModel, tinyModel, withPicture, withPictureId, withPixels } from "./bundles.mjs";
import { assertChecks, give, start, verdict, write } from "./browser.mjs";
import { faint, nameless, tabTo } from "./looks.mjs";
import { serve } from "./server.mjs";

const SIZES = { desktop: { width: 1280, height: 900 }, narrow: { width: 360, height: 740 } };

let browser;
let server;
let page;
let bundle;

before(async () => {
  [browser, server] = await Promise.all([start(), serve({ files })]);
  tinyModel(3);
  bundle = generate(drawingModel(104), "a smiling cat", { draws: true, sources: [`${server.url}/files/drawing-104.imo`] });
  page = await browser.newPage();
});
after(() => Promise.all([browser?.close(), server?.close()]));

const open = (path = "/verify/") => page.goto(server.url + path);
const passage = () => page.innerText("#passage");

async function saved(button) {
  const download = page.waitForEvent("download");
  await page.click(button);
  return Buffer.concat(await (await (await download).createReadStream()).toArray());
}

test("a picture is drawn, saved and verified", async () => {
  await open("/verify/?model=/files/drawing-104.imo");
  // Every picture that is shown on the way, with how much of it is covered.
  await page.evaluate(() => {
    globalThis.seen = [];
    new MutationObserver(() => {
      const img = document.querySelector("#generate-picture img");
      const cover = document.querySelector("#generate-picture .picture-cover");
      if (img?.src && globalThis.seen.at(-1)?.src !== img.src) globalThis.seen.push({ src: img.src, covered: !cover.hidden, shape: cover.style.clipPath });
    }).observe(document.querySelector("#generate-picture"), { subtree: true, childList: true, attributes: true });
  });
  assert.equal(await page.inputValue("#generate-prompt"), "panda face");
  await write(page, "a smiling cat", { seed: 7 });
  const seen = await page.evaluate(() => globalThis.seen);
  assert.deepEqual(seen.map(({ covered }) => covered), [true, false], "line by line");
  assert.match(seen[0].shape, /^polygon\(0% 50%, /, "the second line is not there yet");
  assert.ok(await page.isVisible("#generate-picture img"));
  assert.ok(await page.isHidden("#generate-length"), "a picture is as long as it is");
  assert.ok(await page.isHidden("#generate-text"));
  assert.match(await page.getAttribute("#generate-picture img", "alt"), /“a smiling cat”, 12 by 8 pixels/);
  assert.match(await page.textContent("#live"), /picture is drawn/);
  const drawn = JSON.parse((await saved("#generate-save")).toString());
  assert.deepEqual(drawn.output, bundle.output, "native and wasm draw the same picture");
  assert.equal(drawn.request, bundle.request, "the model's temperature is the same");
  assert.deepEqual(await saved("#generate-save-picture"), contentOf(bundle));
  await page.click("#generate-verify");
  assert.equal((await verdict(page)).face, "recomputed");
});

test("a model that writes is served by the same form", async () => {
  await open("/verify/?model=/files/drawing-104.imo");
  await write(page, "a dog", { seed: 1 });
  await page.fill("#generate-model", "/files/tiny-3.imo");
  await write(page, "What is a bit?", { seed: 1 });
  assert.ok(await page.isVisible("#generate-length"));
  assert.ok(await page.isHidden("#generate-picture"));
  assert.ok(await page.isHidden("#generate-save-picture"));
  assert.notEqual(await page.textContent("#generate-text"), "");
});

test("what is claimed is shown at once, and what is drawn again beside it", async () => {
  await open();
  await page.evaluate(() => localStorage.clear());
  await give(page, { ...bundle, model: { ...bundle.model, sources: [] } });
  assert.equal((await verdict(page)).face, "consistent");
  assert.equal(await page.textContent("#passage-title"), "The picture");
  assert.match(await passage(), /In the bundle[^]*Drawn again here: not yet/);
  assert.equal(await page.locator("#passage img:visible").count(), 1);
  assert.equal(await page.getAttribute("#passage img", "src"), `data:image/png;base64,${bundle.output.picture}`);
  assert.match(await page.innerText("#meaning"), /the model drew the picture/);
  assert.match(await page.innerText("#model-text"), /recompute the picture/);
  await page.setInputFiles("#model-file", drawingModel(104));
  await page.waitForSelector('#verdict[data-verdict="recomputed"][data-settled]');
  const shown = await verdict(page);
  assert.match(shown.text, /exactly this picture/);
  assertChecks(shown.checks, { "output.text": "passed", "recompute.ids": "passed" });
  assert.match(await passage(), /Drawn again here: the same, pixel for pixel/);
  assert.equal(await page.locator("#passage img:visible").count(), 2);
  assert.equal(await page.locator("#passage [data-differing]").count(), 0);
  assert.equal(await page.textContent("#passage-count"), "6 of 6 tokens recomputed");
});

test("a changed pixel is named, outlined and counted", async () => {
  await open();
  await give(page, withPixels(bundle, (pixels, width) => (pixels[3 * (2 * width + 5) + 1] ^= 0x40)));
  const shown = await verdict(page);
  assert.equal(shown.face, "invalid");
  assertChecks(shown.checks, { "statement.content_hash": "passed", "output.text": "failed", "recompute.ids": "passed" });
  assert.match(shown.text, /not the picture of its tokens: 1 pixel differs/);
  assert.match(await passage(), /another picture[^]*1 of 96 pixels differs, outlined\. It is in column 5 of line 2: #[0-9a-f]{6}, and the tokens give #[0-9a-f]{6}/);
  assert.equal(await page.getAttribute("#passage path.line", "d"), "M5 2h1M5 3h1M5 2v1M6 2v1");
  assert.equal(await page.getAttribute("#passage canvas", "aria-label"), "1 of 96 pixels differs");
  const [claimed, given] = await page.locator("#passage [data-colour]").allTextContents();
  assert.equal(parseInt(claimed.slice(3, 5), 16) ^ parseInt(given.slice(3, 5), 16), 0x40);
});

test("a changed token is marked on the grid", async () => {
  await open();
  const [, , , , id] = bundle.output.ids;
  await give(page, withPictureId(bundle, 4, id === 270 ? 271 : 270));
  const shown = await verdict(page);
  assert.equal(shown.face, "invalid");
  assertChecks(shown.checks, { "recompute.ids": "failed" });
  assert.match(shown.text, /does not give this picture: they part at token 5/);
  assert.match(shown.parts, /Token 5 of the picture \(cell 2 of row 2, position 4\)/);
  assert.match(await passage(), /Outlined: token 5, cell 2 of row 2/);
  const cell = await page.evaluate(() => ({ ...document.querySelector(".picture-cell").style }));
  assert.deepEqual([parseFloat(cell.left).toFixed(2), cell.top], ["33.33", "50%"]);
  assert.equal(await page.textContent("#passage-count"), "4 of 6 tokens recomputed");
});

test("another seed gives another picture", async () => {
  await open();
  await give(page, withPicture(bundle, contentOf(generate(drawingModel(104), "a smiling cat", { draws: true, seed: 8 }))));
  const shown = await verdict(page);
  assert.equal(shown.face, "invalid");
  assertChecks(shown.checks, { "output.text": "failed" });
  assert.match(await passage(), /\d+ of 96 pixels differ, outlined\. The first is in column/);
});

test("a file that no model writes is not shown, and is no crash", async () => {
  const file = contentOf(bundle);
  const huge = Buffer.from(file);
  huge.writeUInt32BE(0x7fffffff, 16);
  for (const changed of [file.subarray(0, 40), Buffer.concat([file, Buffer.from("x")]), huge]) {
    await open();
    await give(page, withPicture(bundle, changed));
    const shown = await verdict(page);
    assert.equal(shown.face, "invalid", shown.text);
    assert.match(await passage(), /not one that a model writes, so it is not shown/);
    assert.equal(await page.locator("#passage img").count(), 0);
  }
  // After it a text is a text again.
  await page.click("#another");
  await give(page, generate(tinyModel(3), "What is a bit?", { maxTokens: 8 }));
  await verdict(page);
  assert.equal(await page.textContent("#passage-title"), "The text");
  assert.ok(await page.isVisible("#legend"));
});

test("the whole way with the keyboard alone; every state fits a phone and can be read by day and night", async () => {
  await open("/verify/?model=/files/drawing-104.imo");
  await page.waitForSelector("[data-wait]:not([disabled])", { state: "attached" });
  await page.focus("#generate summary");
  await page.keyboard.press("Enter");
  await tabTo(page, "generate-go");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#generate-save:not([disabled])");
  await looks("drawn");
  await page.focus("#generate-go");
  await tabTo(page, "generate-verify");
  await page.keyboard.press("Enter");
  assert.equal((await verdict(page)).face, "recomputed");
  assert.equal(await page.evaluate(() => document.activeElement.id), "verdict-title");
  await looks("recomputed");
  await page.focus("#another");
  await page.keyboard.press("Enter");
  await give(page, withPixels(bundle, (pixels, width) => pixels.set([255, 0, 255], 3 * (3 * width + 7))));
  assert.equal((await verdict(page)).face, "invalid");
  await looks("pixel");
  await page.click("#another");
  await give(page, withPictureId(bundle, 4, bundle.output.ids[4] ^ 1));
  assert.equal((await verdict(page)).face, "invalid");
  await looks("token");
  await page.evaluate(() => localStorage.clear());
  await open();
  await give(page, { ...bundle, model: { ...bundle.model, sources: [] } });
  assert.equal((await verdict(page)).face, "consistent");
  await looks("claimed");
});

/** What the page shows now, in every size and both schemes. */
async function looks(state) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${size}, ${state}: nothing is wider than the screen`);
    // Each pixel of a picture has the same whole number of screen pixels.
    const scales = await page.$$eval(".picture-box img", (images) => images.map((image) => image.getBoundingClientRect().width / image.width));
    for (const scale of scales) assert.equal(scale, Math.trunc(scale), `${size}, ${state}`);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/picture-${size}-${colorScheme}-${state}.png`, fullPage: true });
      assert.deepEqual(await page.evaluate(faint), [], `${size}, ${colorScheme}, ${state}: text with little contrast`);
    }
  }
  assert.deepEqual(await page.evaluate(nameless), [], `${state}: every control has a name`);
}

test("the model that ships draws here what it draws natively", async () => {
  const path = shippedModel("pixel");
  const shipped = await serve({ files: dirname(path) });
  try {
    const model = `/files/${basename(path)}`;
    const native = generate(path, "a smiling cat", { draws: true, sources: [shipped.url + model] });
    await page.setViewportSize(SIZES.desktop);
    await page.goto(`${shipped.url}/verify/?model=${model}`);
    await write(page, "a smiling cat", { seed: 7 });
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/picture-shipped.png`, fullPage: true });
    const drawn = JSON.parse((await saved("#generate-save")).toString());
    assert.deepEqual(drawn.output, native.output);
    await page.click("#generate-verify");
    assert.equal((await verdict(page)).face, "recomputed");
    await page.click("#another");
    await give(page, withPixels(native, (pixels) => (pixels[0] ^= 0x20)));
    assert.match((await verdict(page)).text, /1 pixel differs/);
  } finally {
    await shipped.close();
  }
});

test("nothing broke the content security policy or reached the console", () => {
  assert.deepEqual(browser.problems, []);
});
