// The whole way with the keyboard alone: find the file button, see where the focus is, walk through the tokens, start again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { files, generate, tinyModel, withId } from "./bundles.mjs";
import { start, verdict } from "./browser.mjs";
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

/** Press Tab until the element with this id has the focus; every stop on the way must be visible. */
async function tabTo(id) {
  const way = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      // A file input is drawn by the button after it.
      const drawn = at.type === "file" ? at.nextElementSibling : at;
      const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
      const { width, height } = drawn.getBoundingClientRect();
      return { id: at.id, tag: at.tagName, seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && width > 1 && height > 1 };
    });
    way.push(stop.id || stop.tag);
    if (stop.tag !== "BODY") assert.ok(stop.seen, `focus on ${stop.id || stop.tag} is visible`);
    if (stop.id === id) return way;
  }
  assert.fail(`${id} was not reached: ${way.join(" ")}`);
}

test("from opening a bundle to the token where it parts, and back", async () => {
  await page.goto(`${server.url}/verify/`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  const way = await tabTo("bundle-file");
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

  await tabTo("passage");
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
  await tabTo("paste-input");
  await page.keyboard.insertText(JSON.stringify(bundle));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal((await verdict(page)).face, "recomputed");
});

test("every control has a name, and one heading leads", async () => {
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, textarea, a")]
      .filter((node) => node.checkVisibility())
      .filter((node) => !(node.textContent.trim() || node.getAttribute("aria-label") || node.labels?.length))
      .map((node) => node.outerHTML),
  );
  assert.deepEqual(nameless, []);
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("h1")].filter((h) => h.checkVisibility()).length), 1);
});
