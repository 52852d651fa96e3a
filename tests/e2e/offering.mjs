// What the tests of the offering page share: a market on a local chain, a browser, and the steps that a person takes.
import { startMarket } from "../chain/offering.mjs";
import { start } from "./browser.mjs";
import { serve } from "./server.mjs";
import { BrowserWallet, inject } from "./wallets.mjs";

export * from "../chain/offering.mjs";

/** Everything, started once for a file; `each` puts the chain back to where it was and closes the pages. */
export async function startWorld(options = {}) {
  const cleanups = [];
  const [market, browser, server] = await Promise.all([startMarket({ after: (f) => cleanups.push(f) }), start(options), serve()]);
  let kept;
  const world = {
    market,
    browser,
    server,
    /** Keep the chain as it is now. */
    async keep() {
      kept = await market.test.snapshot();
    },
    async each() {
      // The browser outlives the test, and what a page has kept in it must not.
      const [page] = browser.context.pages().filter((page) => page.url().startsWith(server.url));
      await page?.evaluate(() => localStorage.clear());
      await Promise.all(browser.context.pages().map((page) => page.close()));
      await market.test.setAutomine(true);
      await market.test.revert({ id: kept });
      kept = await market.test.snapshot();
    },
    /** A page with wallets in it, one for each account. */
    async page(accounts, { legacy, infos = [] } = {}) {
      const page = await browser.newPage();
      const wallets = accounts.map((account, i) => new BrowserWallet(market.url, account, infos[i]));
      await inject(page, wallets, { legacy });
      return { page, wallets, wallet: wallets[0] };
    },
    address: (offering, { rpc = market.url, chain = 31337 } = {}) => `${server.url}/offering/${rpc ? `?rpc=${encodeURIComponent(rpc)}` : ""}#${chain}/${offering}`,
    async close() {
      await Promise.all([browser.close(), server.close()]);
      for (const cleanup of cleanups) await cleanup();
    },
  };
  return world;
}

/** Open an offering, and wait until it was read. */
export async function look(page, address) {
  await page.goto(address);
  await page.waitForSelector('#status:not([data-phase="reading"])');
}

/** Load the page anew, and wait until the offering was read. */
export async function reload(page) {
  await page.reload();
  await page.waitForSelector('#status:not([data-phase="reading"])');
}

/** Connect the wallet with this name, and wait until the page has read for its account. */
export async function connect(page, rdns = "test.wallet") {
  await page.click(`[data-rdns="${rdns}"]`);
  await page.waitForSelector('#wallet[data-state="connected"]');
  await ready(page);
}

/** Wait until nothing stands against signing. */
export const ready = (page) =>
  page.waitForFunction(() => {
    const note = document.querySelector("#actions-note").textContent;
    return document.querySelector("#actions").dataset.account && !/being read|not certain|Connect a wallet|another chain/.test(note);
  });

/** Read again, and wait for it. */
export async function again(page, block) {
  await page.click("#read-again");
  await page.waitForFunction((number) => document.querySelector("#read-note").textContent.includes(`block ${number},`), Number(block));
}

/** Press an action's button, and wait for what becomes of it. */
export async function act(page, id, outcome = "done") {
  await page.waitForSelector(`#${id}-go:not([disabled])`);
  await page.click(`#${id}-go`);
  await page.waitForSelector(`#runs > li:first-child[data-state="${outcome}"]`);
  return page.textContent("#runs > li:first-child");
}

/** Type an amount, and wait until what would be signed is shown. */
export async function propose(page, id, amount) {
  await page.fill(`#${id}-amount`, amount);
  await page.waitForSelector(`#${id}-go:not([disabled])`);
  return page.innerText(`#${id}-preview`);
}
