// Every state of the offering page at desktop and phone width, light and dark, and with the keyboard alone. The screenshots go to
// tests/output/.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { faint, nameless, tabTo } from "./looks.mjs";
import { DAY, account, act, again, connect, look, parseEther, propose, startWorld } from "./offering.mjs";

const OUTPUT = fileURLToPath(new URL("../output/", import.meta.url));
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 }, narrow: { width: 360, height: 740 } };
const [ANN, BOB] = [account(4), account(5)];

let world;
let market;
let sale;

before(async () => {
  mkdirSync(OUTPUT, { recursive: true });
  world = await startWorld();
  market = world.market;
  sale = await market.offer();
  await world.keep();
});
afterEach(async () => {
  const problems = world.browser.problems.splice(0);
  await world.each();
  assert.deepEqual(problems, []);
});
after(() => world?.close());

for (const state of ["intake", "open", "running", "oversubscribed", "succeeded", "earning", "failed", "unreadable"]) {
  test(`looks: ${state}`, async () => {
    const { page, wallet } = await world.page([ANN]);
    await STATES[state](page, wallet);
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of ["light", "dark"]) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        const name = `offering-${state}-${size}-${colorScheme}`;
        if (size !== "narrow") await page.screenshot({ path: join(OUTPUT, `${name}.png`), fullPage: true });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= viewport.width, `${name}: ${wide} px wide`);
        assert.deepEqual(await page.evaluate(faint), [], `${name}: text with little contrast`);
      }
    }
    assert.deepEqual(await page.evaluate(nameless), []);
    assert.equal(await page.evaluate(() => [...document.querySelectorAll("h1")].filter((h) => h.checkVisibility()).length), 1);
  });
}

const number = () => market.height();

const STATES = {
  async intake(page) {
    await page.goto(`${world.server.url}/offering/`);
    await page.waitForSelector("#link-form button:not([disabled])");
  },
  async open(page) {
    await market.depositBy(BOB, sale.offering, parseEther("6"));
    await look(page, world.address(sale.offering));
    await connect(page);
    await propose(page, "deposit", "2.5");
  },
  async running(page, wallet) {
    await STATES.open(page);
    wallet.rejectOnce("eth_sendTransaction");
    await act(page, "deposit", "stopped");
  },
  async oversubscribed(page) {
    await market.depositBy(BOB, sale.offering, parseEther("15"));
    await market.depositBy(ANN, sale.offering, parseEther("12"));
    await look(page, world.address(sale.offering));
    await connect(page);
  },
  async succeeded(page) {
    await STATES.oversubscribed(page);
    await market.passTime(7n * DAY);
    await again(page, await number());
  },
  async earning(page) {
    await market.depositBy(ANN, sale.offering, parseEther("15"));
    await market.passTime(7n * DAY);
    await market.write("ModelOffering", sale.offering, "claim", [ANN.address]);
    await market.write("ModelOffering", sale.offering, "finalize");
    for (const [i, amount] of ["3", "7.25", "1", "12", "5"].entries()) {
      await market.earn(sale.token, parseEther(amount));
      await market.write("RevShareToken", sale.token, "snapshot");
      if (i === 2) await market.write("RevShareToken", sale.token, "claimFor", [ANN.address, [1n, 2n], [`0x${"0".repeat(40)}`]]);
    }
    await market.earn(sale.token, parseEther("0.4"));
    await look(page, world.address(sale.offering));
    await connect(page);
    await propose(page, "burn", "20");
    await page.click("#history summary");
  },
  async failed(page) {
    await market.depositBy(ANN, sale.offering, parseEther("3"));
    await market.passTime(7n * DAY);
    await look(page, world.address(sale.offering));
    await connect(page);
  },
  async unreadable(page) {
    await page.goto(world.address(ANN.address.toLowerCase()));
    await page.waitForSelector("#read-problem strong");
  },
};

test("nothing moves by itself while the chain is read again", async () => {
  const { page } = await world.page([ANN]);
  await look(page, world.address(sale.offering));
  await connect(page);
  await propose(page, "deposit", "1");
  await page.evaluate(() => {
    globalThis.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts += entry.value;
    }).observe({ type: "layout-shift" });
  });
  await market.depositBy(BOB, sale.offering, parseEther("15"));
  await page.waitForFunction(() => document.querySelector("#figures").textContent.includes("15 ETH (150 %"));
  const shifts = await page.evaluate(() => globalThis.shifts);
  assert.ok(shifts < 0.02, `layout shift ${shifts}`);
  assert.equal(await page.inputValue("#deposit-amount"), "1", "what was typed stays");
  assert.equal(await page.isEnabled("#deposit-go"), true);
});

test("connect, deposit and be told with the keyboard alone", async () => {
  const { page } = await world.page([ANN]);
  await look(page, world.address(sale.offering));
  await tabTo(page, "deposit-amount");
  await page.keyboard.type("2");
  // The wallet comes after it.
  const way = [];
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press("Tab");
    way.push(await page.evaluate(() => document.activeElement.dataset.rdns ?? ""));
    if (way.at(-1) === "test.wallet") break;
  }
  assert.equal(way.at(-1), "test.wallet");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#deposit-go:not([disabled])");
  assert.match(await page.textContent("#live"), /Connected/);
  await page.focus("#deposit-amount");
  await page.keyboard.press("Enter");
  await page.waitForSelector('#runs > li[data-state="done"]');
  assert.match(await page.textContent("#live"), /Done: Deposit/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "runs-title");
});
