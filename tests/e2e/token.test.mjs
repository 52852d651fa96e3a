// A token of a collection: the page reads it from a real chain, runs the model again, and says when either is wrong.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mint } from "../chain/mint.mjs";
import { startChain } from "../chain/chain.mjs";
import { contentOf, drawingModel, files, generate, tinyModel, withPixels } from "./bundles.mjs";
import { assertChecks, start, verdict } from "./browser.mjs";
import { serve } from "./server.mjs";

let browser;
let server;
let page;
let chain;
let right;
let forged;
let empty;
let drawn;
let repainted;
const stop = [];

before(async () => {
  [browser, server, chain] = await Promise.all([start(), serve({ files }), startChain({ after: (end) => stop.push(end) })]);
  server.faults.node = chain.url;
  const bundle = generate(tinyModel(3), "What is a token? <b id=injected>");
  tinyModel(1);
  const content = contentOf(bundle);
  const { id: modelId } = bundle.model;
  right = await mint(chain, { modelId, prompt: bundle.request, content });
  const other = Buffer.from(content);
  other[3] ^= 1;
  forged = await mint(chain, { modelId, prompt: bundle.request, content: other });
  empty = await mint(chain, { modelId, prompt: bundle.request, content: null });
  const picture = generate(drawingModel(104), "a cat", { draws: true });
  const minted = (bundle) => mint(chain, { modelId: picture.model.id, prompt: picture.request, content: contentOf(bundle) });
  drawn = await minted(picture);
  repainted = await minted(withPixels(picture, (pixels) => (pixels[3 * 40] ^= 0x80)));
  page = await browser.newPage();
});
after(() => Promise.all([browser?.close(), server?.close(), ...stop.map((end) => end())]));

const link = ({ collection, id }, more = "") => `/verify/?collection=${collection}&token=${id}&rpc=/rpc&chain=31337${more}`;
const open = async (path) => {
  await page.goto("about:blank");
  await page.goto(server.url + path);
  return verdict(page);
};

test("a link to a token is read from the chain, and the model gives its content again", async () => {
  const shown = await open(link(right, "&model=/files/tiny-3.imo"));
  assert.equal(shown.face, "recomputed", shown.text);
  assertChecks(shown.checks, {
    "chain.code": "passed", "chain.request": "passed", "chain.content": "passed", "chain.verifier": "warning", "engine.content": "passed",
  });
  assert.ok(shown.tokens.length > 0 && shown.tokens.every((state) => state === "same"));
  assert.match(await page.innerText("#prompt"), /What is a token\? <b id=injected>/);
  assert.equal(await page.$("#injected"), null, "what a stranger wrote is no markup");
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/wide.png`, fullPage: true });
  assert.match(await page.innerText("#request"), /chain 31337, block \d+/);
});

test("a token is typed in, waits for a model, and takes a file; another model is refused", async () => {
  await page.evaluate(() => localStorage.clear());
  await page.goto(`${server.url}/verify/`);
  await page.click("#token summary");
  await page.fill("#token-collection", right.collection);
  await page.fill("#token-token", String(right.id));
  await page.fill("#token-rpc", `${server.url}/rpc`);
  await page.click("#token-form button");
  const waiting = await verdict(page);
  assert.deepEqual([waiting.face, waiting.checks["engine.content"]], ["consistent", "skipped"]);
  await page.setInputFiles("#model-file", tinyModel(1));
  await page.waitForSelector("#model-problem strong");
  assert.match(await page.innerText("#model-problem"), /another model/);
  await page.setInputFiles("#model-file", tinyModel(3));
  await page.waitForSelector('#verdict[data-verdict="recomputed"][data-settled]');
});

test("content that the model does not give is not verified", async () => {
  const shown = await open(link(forged, "&model=/files/tiny-3.imo"));
  assert.equal(shown.face, "invalid", shown.text);
  assertChecks(shown.checks, { "chain.content": "passed", "engine.content": "failed" });
  assert.match(shown.text, /another content/);
});

test("a token without content cannot be checked", async () => {
  assert.equal((await open(link(empty))).face, "unchecked");
  assert.ok(await page.isHidden("#model-card"));
});

test("a picture is shown as one, and drawn again", async () => {
  let shown = await open(link(drawn, "&model=/files/drawing-104.imo"));
  assert.equal(shown.face, "recomputed", shown.text);
  assert.equal(await page.locator("#passage img").count(), 2);
  assert.match(await page.innerText("#passage"), /On the chain[^]*Drawn again here: the same, pixel for pixel/);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/token-picture.png`, fullPage: true });
  shown = await open(link(repainted, "&model=/files/drawing-104.imo"));
  assert.equal(shown.face, "invalid", shown.text);
  assert.match(await page.innerText("#passage"), /another picture[^]*1 of 96 pixels differs, outlined. It is in column 4 of line 3/);
});

test("a node that lies, and what is not there, are named", async () => {
  server.faults.change = (method, result) => (method === "eth_getLogs" ? [] : result);
  let shown = await open(link(right));
  assert.deepEqual([shown.face, /contradicts itself/.test(shown.text)], ["unchecked", true], shown.text);
  server.faults.change = (_method, result) => result;
  shown = await open(link({ ...right, id: 1 }));
  assert.match(shown.text, /no such token/);
  shown = await open(link({ ...right, collection: `0x${"11".repeat(20)}` }));
  assert.match(shown.text, /no such collection/);
  shown = await open(link(right).replace("31337", "1"));
  assert.match(shown.text, /another chain/);
  await page.goto(server.url + link({ ...right, collection: "0x12" }));
  await page.waitForSelector("#intake-problem strong");
  assert.match(await page.innerText("#intake-problem"), /not an address/);
});

test("it fits a phone, and is used with the keyboard alone", async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`${server.url}/verify/`);
  await page.focus("#token summary");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type(right.collection);
  await page.keyboard.press("Tab");
  await page.keyboard.type(String(right.id));
  await page.keyboard.press("Tab");
  await page.keyboard.type(`${server.url}/rpc`);
  await page.waitForSelector("#token-form button:enabled"); // until the page is ready, Enter is for nobody
  await page.keyboard.press("Enter");
  assert.equal((await verdict(page)).face, "recomputed", "the model is known from before");
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/phone.png`, fullPage: true });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "nothing is wider than the screen");
  assert.deepEqual(browser.problems, []);
});
