// What is asserted on a chain: the page lists it, runs the model on it, and refutes what is wrong with the user's wallet, against somebody who
// answers with what he has.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { account, parseEther, startChain } from "../chain/chain.mjs";
import { CLOCK, startVerifier } from "../chain/disputes.mjs";
import { files } from "./bundles.mjs";
import { start, verdict } from "./browser.mjs";
import { faint } from "./looks.mjs";
import { serve } from "./server.mjs";
import { BrowserWallet, inject } from "./wallets.mjs";

const stop = [];
let browser;
let server;
let chain;
let court;
let kept;

before(async () => {
  [browser, server, chain] = await Promise.all([start(), serve({ files }), startChain({ after: (end) => stop.push(end) })]);
  server.faults.node = chain.url;
  court = await startVerifier(chain, join(files, "asserted.imo"));
  kept = await chain.test.snapshot();
});
after(() => Promise.all([browser?.close(), server?.close(), ...stop.map((end) => end())]));
beforeEach(async () => {
  // The browser outlives the test, and what a page has kept in it must not.
  const [before] = browser.context.pages().filter((page) => page.url().startsWith(server.url));
  await before?.evaluate(() => localStorage.clear());
  await Promise.all(browser.context.pages().slice(1).map((page) => page.close()));
  await chain.test.revert({ id: kept });
  kept = await chain.test.snapshot();
  server.faults.change = (_method, result) => result;
});

const link = (assertion) =>
  `${server.url}/verify/?verifier=${court.verifier}&modelId=${court.modelId}&rpc=/rpc&chain=31337&from=0&model=/files/asserted.imo${assertion ? `&assertion=${assertion}` : ""}`;

/** A page with a wallet in it. */
async function open(path, index = 3) {
  const page = await browser.newPage();
  const wallet = new BrowserWallet(chain.url, account(index));
  await inject(page, [wallet]);
  await page.goto(path);
  return { page, wallet };
}

async function connect(page) {
  await page.click('[data-rdns="test.wallet"]');
  await page.waitForSelector('#wallet[data-state="connected"]');
}

/** Sign what is shown, once it contains the words; what it said. */
async function signs(page, words) {
  await page.waitForFunction((words) => !document.querySelector("#move-go").hidden && document.querySelector("#move-text").textContent.includes(words), words);
  const said = await page.innerText("#move-text");
  await page.click("#move-go");
  return said;
}

test("what is asserted is listed, and a right run is found right", async () => {
  const right = await court.assert("right");
  await court.assert("wrong");
  const { page } = await open(`${server.url}/verify/`);
  await page.click("#assertion summary");
  await page.fill("#assertion-verifier", court.verifier);
  await page.fill("#assertion-modelId", court.modelId);
  await page.fill("#assertion-rpc", `${server.url}/rpc`);
  await page.click("#assertion-form button");
  await verdict(page);
  assert.equal(await page.locator(".assertion").count(), 2, await page.innerText("#verdict-text"));
  assert.match(await page.innerText("#assertions-list"), /open until/);
  await page.click(`[data-number="${right}"]`);
  await verdict(page);
  await page.setInputFiles("#model-file", join(files, "asserted.imo"));
  await page.waitForSelector('#verdict[data-verdict="recomputed"][data-settled]');
  assert.match(await page.innerText("#verdict-text"), /exactly this run/);
  assert.ok(await page.isHidden("#challenge"), "there is nothing to refute");
  assert.match(await page.innerText("#prompt"), /^\s*user|prompt[\s\S]*What is checked\? <b id=injected>/i);
  assert.equal(await page.$("#injected"), null, "what a stranger wrote is no markup");
});

test("a lie about numbers is refuted by one step, against somebody who answers", async () => {
  const number = await court.assert("wrong");
  const { page, wallet } = await open(link(number));
  const shown = await verdict(page);
  assert.equal(shown.face, "invalid", shown.text);
  assert.match(shown.text, /layer 1 gives other numbers/);
  await page.waitForSelector("#challenge:not([hidden])");
  assert.match(await page.innerText("#challenge-text"), /half of its bond, 0\.5 ETH.*0\.205 ETH at stake/);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/challenge-before.png`, fullPage: true });
  await connect(page);
  const before = await chain.client.getBalance({ address: account(3).address });
  wallet.rejectOnce("eth_sendTransaction");
  await signs(page, "Challenge, with 0.205 ETH at stake");
  await page.waitForFunction(() => document.querySelector("#challenge-problem").textContent.includes("You said no"));
  assert.equal(await court.view("challengeCount", []), 0n, "nothing was sent");
  const said = await signs(page, "Challenge, with 0.205 ETH at stake");
  assert.match(said, /a layer at position \d+ \(layer 1\)/);
  const answering = court.answers(number);
  // Each move is shown, and signed.
  const ends = page.waitForFunction(() => document.querySelector("#move-text").textContent.includes("nothing is owed"), undefined, { timeout: 60_000 });
  let over = false;
  ends.then(() => (over = true), () => (over = true));
  while (!over) {
    if (await page.isVisible("#move-go")) await page.click("#move-go", { timeout: 1000 }).catch(() => {});
    await sleep(100);
  }
  await ends;
  await answering;
  assert.equal((await court.view("stakeOf", [number])).status, 2, "it is refuted");
  assert.match(await page.innerText("#moves"), /Show what is wrong/, "by a step that does not hold");
  const after = await chain.client.getBalance({ address: account(3).address });
  assert.ok(after > before + parseEther("0.45"), "half of the bond is the challenger's");
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/challenge-after.png`, fullPage: true });
});

test("two workers find the same as one", async () => {
  const number = await court.assert("wrong");
  const isolated = await serve({ files, isolated: true });
  stop.push(() => isolated.close());
  isolated.faults.node = chain.url;
  const { page } = await open(link(number).replace(server.url, isolated.url));
  assert.match((await verdict(page)).text, /layer 1 gives other numbers/);
  assert.match(await page.innerText("#engine"), /Workers\s*2/);
  await connect(page);
  await signs(page, "a layer at position 0 (layer 1)");
  await page.waitForFunction(() => document.querySelector("#move-text").textContent.includes("asserter’s move"));
  const answering = court.answers(number);
  await page.waitForSelector("#move-go:not([hidden])", { timeout: 60_000 });
  await page.click("#move-go");
  const over = page.waitForFunction(() => /nothing is owed/.test(document.querySelector("#move-text").textContent), undefined, { timeout: 90_000 });
  const clicking = setInterval(() => page.click("#move-go", { timeout: 200 }).catch(() => {}), 300);
  await over.finally(() => clearInterval(clicking));
  await answering;
});

test("another text for the ids is refuted at sight", async () => {
  const number = await court.assert("told");
  const { page } = await open(link(number));
  assert.match((await verdict(page)).text, /output id 2 stands for other bytes/);
  await connect(page);
  await signs(page, "Refute what");
  await signs(page, "Pay your whole balance");
  await page.waitForFunction(() => document.querySelector("#move-text").textContent.includes("nothing is owed"));
  assert.equal((await court.view("stakeOf", [number])).status, 2);
});

test("a page that was closed goes on where it was, and challenges once; a silent asserter loses by the clock", async () => {
  const number = await court.assert("wrong");
  const { page } = await open(link(number));
  await verdict(page);
  await connect(page);
  // The challenge is sent, but in no block when the page is closed.
  await chain.test.setAutomine(false);
  await signs(page, "Challenge, with");
  await page.waitForSelector('#moves [data-phase="sent"]');
  await page.reload();
  await page.waitForSelector('#moves [data-phase="sent"], #moves [data-phase="asked"]');
  await chain.test.setAutomine(true);
  await chain.test.mine({ blocks: 1 });
  await page.waitForFunction(() => document.querySelector("#move-text").textContent.includes("asserter’s move"));
  assert.equal(await court.view("challengeCount", []), 1n, "one challenge");
  await chain.passTime(CLOCK);
  await signs(page, "End challenge 1");
  await signs(page, "Pay your whole balance");
  await page.waitForFunction(() => document.querySelector("#move-text").textContent.includes("nothing is owed"));
  assert.equal((await court.view("stakeOf", [number])).status, 2);
});

test("a node that invents, changes or hides is found out or changes nothing", async () => {
  const number = await court.assert("wrong");
  // Another run under the same number.
  server.faults.change = (method, result) => (method === "eth_getLogs" ? result.map((log) => ({ ...log, data: log.data.replace(/.{2}$/, "01") })) : result);
  let { page } = await open(link(number));
  assert.match((await verdict(page)).text, /cannot be|contradict|not of the form|is not that of its run/);
  // Logs that nobody asked for.
  server.faults.change = (method, result) => (method === "eth_getLogs" ? result.map((log) => ({ ...log, address: `0x${"11".repeat(20)}` })) : result);
  ({ page } = await open(link(number)));
  assert.equal((await verdict(page)).face, "unchecked");
  // Code that is not the project's is said to be so.
  server.faults.change = (method, result) => (method === "eth_getCode" ? "0x6001" : result);
  ({ page } = await open(link()));
  assert.match((await verdict(page)).text, /not the project’s/);
  // Not an address, not a model, a model that nobody has registered.
  server.faults.change = (_method, result) => result;
  await page.goto(link().replace(court.verifier, "0x12"));
  await page.waitForSelector("#intake-problem strong");
  await page.goto(link().replace(court.modelId, `0x${"22".repeat(32)}`));
  assert.match((await verdict(page)).text, /does not know this model/);
});

test("it fits a phone, can be read by day and night and used with the keyboard alone, and reports nothing to the console", async () => {
  const number = await court.assert("wrong");
  const { page } = await open(link(number));
  await page.setViewportSize({ width: 390, height: 800 });
  await verdict(page);
  await page.waitForSelector("#challenge:not([hidden])");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "nothing is wider than the screen");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await page.evaluate(faint), [], `${colorScheme}: text with little contrast`);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/challenge-phone-${colorScheme}.png`, fullPage: true });
  }
  await page.focus(`[data-number="${number}"]`);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#move-go:not([hidden])");
  await page.focus("#wallet-leave");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#move-text").textContent.includes("asserter’s move"));
  assert.equal(await court.view("challengeCount", []), 1n);
  assert.deepEqual(browser.problems, []);
});
