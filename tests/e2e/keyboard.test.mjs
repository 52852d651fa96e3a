// The whole way with the keyboard alone: find the file button, see where the focus is, walk through the tokens, start again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { files, generate, tinyModel, withId } from "./bundles.mjs";
import { start, verdict } from "./browser.mjs";
import { nameless, tabTo } from "./looks.mjs";
import { serve } from "./server.mjs";

let browser;
let server;
let page;
let bundle;

before(async () => {
  [browser, server] = await Promise.all([start(), serve({ files })]);
  bundle = generate(tinyModel(3), "What is a bit?", { sources: [`${server.url}/files/tiny-3.imo`] });
  page = await browser.newPage();
  // Choosers are caught from the start; the test waits for its own.
  page.on("filechooser", () => {});
});
after(() => Promise.all([browser?.close(), server?.close()]));

test("from opening a bundle to the token where it parts, and back", async () => {
  await page.goto(`${server.url}/verify/`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  const way = await tabTo(page, "bundle-file");
  assert.equal(way.length, 1, "the file button is the first stop of the content");
  const position = 9;
  const forged = withId(bundle, position, (bundle.output.ids[position] + 1) % 128);
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles({ name: "answer.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(forged)) });
  const shown = await verdict(page);
  assert.equal(shown.face, "invalid");
  assert.match(await page.textContent("#live"), /Invalid/, "the verdict is announced");
  assert.equal(await page.evaluate(() => document.activeElement.id), "verdict-title", "the focus is at the verdict");

  await tabTo(page, "passage");
  const cursor = () => page.evaluate(() => Number(document.querySelector("#passage [data-cursor]").dataset.index));
  assert.equal(await cursor(), position, "the cursor starts where the text parts");
  assert.match(await page.textContent("#tip"), /differs/);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await cursor(), position - 1);
  assert.match(await page.textContent("#passage-live"), new RegExp(`token ${position} of \\d+, recomputed`));
  await page.keyboard.press("Home");
  assert.equal(await cursor(), 0);
  await page.keyboard.press("End");
  assert.equal(await cursor(), forged.output.ids.length - 1);
  await page.keyboard.press("Escape");
  assert.equal(await page.isVisible("#tip"), false);

  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "another");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "bundle-file");
  await tabTo(page, "paste-input");
  await page.keyboard.insertText(JSON.stringify(bundle));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal((await verdict(page)).face, "recomputed");
});

test("every control has a name, and one heading leads", async () => {
  assert.deepEqual(await page.evaluate(nameless), []);
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("h1")].filter((h) => h.checkVisibility()).length), 1);
});
