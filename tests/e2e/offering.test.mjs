// The offering page against a real chain, with wallets that sign with real keys: the whole way of a buyer, and every amount checked on the
// chain.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { RISKS } from "../../pkg/chain/node.js";
import { ADVICE } from "../../www/offering/js/advice.js";
import { DAY, account, act, again, connect, look, parseEther, propose, ready, startWorld } from "./offering.mjs";

const [ANN, BOB] = [account(4), account(5)];
const ETHER = parseEther("1");

let world;
let market;
let sale;

before(async () => {
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

const block = () => market.height();
const text = (page, selector) => page.innerText(selector);

/** What an account has paid for gas since a block. */
async function gasSince(address, from) {
  let gas = 0n;
  for (let number = from + 1n; number <= (await block()); number++) {
    const { transactions } = await market.client.getBlock({ blockNumber: number, includeTransactions: true });
    for (const { from: sender, hash } of transactions) {
      if (sender.toLowerCase() !== address.toLowerCase()) continue;
      const receipt = await market.client.getTransactionReceipt({ hash });
      gas += receipt.gasUsed * receipt.effectiveGasPrice;
    }
  }
  return gas;
}

test("discover, connect, buy, oversubscribe, finalise, earn, share out, claim, burn", async () => {
  const infos = [{ name: "First", rdns: "test.first", uuid: "1" }, { name: "Second", rdns: "test.second", uuid: "2" }];
  const { page } = await world.page([BOB, ANN], { infos });
  await look(page, world.address(sale.offering));
  assert.deepEqual(await page.$$eval("#wallets button", (all) => all.map((one) => one.textContent)), ["Connect First", "Connect Second"]);
  assert.match(await text(page, "#status-title"), /^AMO: Open for deposits/);
  await connect(page, "test.second");
  assert.equal(await text(page, "#wallet-account"), ANN.address.toLowerCase());

  const [had, since] = [await market.eth(ANN.address), await block()];
  const shown = await propose(page, "deposit", "12.5");
  assert.match(shown, /Deposit 12\.5 ETH into this offering/);
  await act(page, "deposit");
  assert.equal((await market.read("ModelOffering", sale.offering, "state", [ANN.address])).deposited, parseEther("12.5"));
  assert.equal(had - (await market.eth(ANN.address)) - (await gasSince(ANN.address, since)), parseEther("12.5"));
  await page.waitForFunction(() => document.querySelector("#figures").textContent.includes("12.5 ETH (125 % of the target)"));

  // Bob makes it more than the cap: each deposit counts for four fifths.
  await market.depositBy(BOB, sale.offering, parseEther("12.5"));
  await market.passTime(7n * DAY);
  await again(page, await block());
  assert.match(await text(page, "#status-title"), /Succeeded/);
  assert.match(await text(page, "#allocation-text"), /You get 300 AMO, and 2\.5 ETH of your deposit back/);
  await act(page, "finalize");
  assert.equal((await market.read("ModelOffering", sale.offering, "state", [ANN.address])).finalized, true);

  const [before, from] = [await market.eth(ANN.address), await block()];
  assert.match(await page.textContent("#allocation-preview"), /Pay the tokens bought, and the rest of the deposit, to you/);
  await act(page, "allocation");
  assert.equal(await market.tokens(sale.token, ANN.address), parseEther("300"));
  assert.equal((await market.eth(ANN.address)) + (await gasSince(ANN.address, from)) - before, parseEther("2.5"));

  await market.earn(sale.token, parseEther("10"));
  await again(page, await block());
  assert.match(await text(page, "#snapshot-text"), /^10 ETH came in: 80 %/);
  await act(page, "snapshot");
  await market.earn(sale.token, parseEther("5"));
  await market.write("RevShareToken", sale.token, "snapshot");
  await again(page, await block());
  // 300 of 1000 tokens: of 8 and of 4 ETH for the holders.
  assert.match(await text(page, "#revenue-text"), /^You get about 3\.6 ETH, your shares of 2 snapshots at once/);
  const rows = () => page.$$eval("#history tbody tr", (all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  // What the first division leaves over goes into the second.
  assert.deepEqual((await rows()).map(([id, , all, mine, claimed]) => [id, all, mine, claimed]), [["1", "about 8 ETH", "about 2.4 ETH", "no"], ["2", "4 ETH", "1.2 ETH", "no"]]);
  const [poor, at] = [await market.eth(ANN.address), await block()];
  await act(page, "revenue");
  // The last unit stays for a later claim.
  assert.equal((await market.eth(ANN.address)) + (await gasSince(ANN.address, at)) - poor, parseEther("3.6") - 1n);
  await page.waitForSelector("#revenue", { state: "hidden" });
  assert.deepEqual((await rows()).map((row) => row.at(-1)), ["yes", "yes"]);

  // 3 ETH wait for burns; a tenth of all tokens takes a tenth of them.
  const preview = await propose(page, "burn", "100");
  assert.match(preview, /It pays 0\.3 ETH\./);
  assert.match(preview, /Given up: 100 AMO of your 300 AMO, for good\./);
  const [last, then] = [await market.eth(ANN.address), await block()];
  await act(page, "burn");
  assert.equal((await market.eth(ANN.address)) + (await gasSince(ANN.address, then)) - last, parseEther("0.3"));
  assert.equal(await market.tokens(sale.token, ANN.address), parseEther("200"));
});

test("an offering that misses its target is paid back", async () => {
  const { page } = await world.page([ANN]);
  await look(page, world.address(sale.offering));
  await connect(page);
  await propose(page, "deposit", "3");
  await act(page, "deposit");
  await market.passTime(7n * DAY);
  await again(page, await block());
  assert.match(await text(page, "#status-title"), /Missed its target/);
  assert.match(await text(page, "#refund-text"), /You get 3 ETH back/);
  assert.equal(await page.isVisible("#allocation"), false);
  const [had, since] = [await market.eth(ANN.address), await block()];
  await act(page, "refund");
  assert.equal((await market.eth(ANN.address)) + (await gasSince(ANN.address, since)) - had, 3n * ETHER);
  await page.waitForSelector("#refund", { state: "hidden" });
});

test("an ERC-20 is paid by a permit, or by an approval", async () => {
  const currency = await market.coin(ANN.address);
  const { offering } = await market.offer({ currency });
  const { page, wallet } = await world.page([ANN]);
  await look(page, world.address(offering));
  await connect(page);
  const shown = await propose(page, "deposit", "2");
  assert.match(shown, /Request 1 of 2: a signature/);
  assert.match(shown, /2 COIN/);
  await act(page, "deposit");
  assert.deepEqual([wallet.times("eth_signTypedData_v4"), wallet.times("eth_sendTransaction")], [1, 1]);
  await page.check('input[name="way"][value="approve"]');
  assert.match(await propose(page, "deposit", "1"), /Request 1 of 2: a transaction\n+Allow/);
  await act(page, "deposit");
  assert.deepEqual([wallet.times("eth_signTypedData_v4"), wallet.times("eth_sendTransaction")], [1, 3]);
  assert.equal(await market.tokens(currency, offering), 3n * ETHER);
  assert.equal(await market.read("RevShareToken", currency, "allowance", [ANN.address, offering]), 0n);
});

test("revenue in an ERC-20 beside ETH is claimed in one go", async () => {
  const coin = await market.coin(account(9).address, "PAY");
  const { offering, token } = await market.offer({ revenueTokens: [coin] });
  await market.depositBy(ANN, offering, parseEther("15"));
  await market.passTime(7n * DAY);
  await market.write("ModelOffering", offering, "claim", [ANN.address]);
  await market.write("RevShareToken", coin, "transfer", [token, parseEther("100")]);
  await market.earn(token, parseEther("10"));
  await market.write("RevShareToken", token, "snapshot");
  const { page } = await world.page([ANN]);
  await look(page, world.address(offering));
  await connect(page);
  // 450 of 1000 tokens.
  assert.match(await text(page, "#revenue-text"), /You get about 3\.6 ETH and about 36 PAY/);
  await act(page, "revenue");
  assert.equal(await market.tokens(coin, ANN.address), parseEther("36") - 1n);
  assert.equal(await page.locator("#history figure").count(), 2);
});

test("without a wallet everything can be read, and nothing signed", async () => {
  const { page } = await world.page([]);
  await look(page, world.address(sale.offering));
  assert.match(await text(page, "#terms"), /1 ETH buys 30 AMO/);
  assert.match(await text(page, "#terms"), /Below 10 ETH at the end, everybody takes the whole deposit back/);
  assert.match(await text(page, "#wallet-text"), /No wallet was found/);
  assert.equal(await page.isDisabled("#deposit-go"), true);
  await page.fill("#deposit-amount", "1");
  assert.equal(await page.isDisabled("#deposit-go"), true);
  const risks = await page.$$eval("#risks li", (all) => all.map((li) => [li.dataset.code, li.dataset.severity, li.textContent.includes("What to do: ")]));
  assert.deepEqual(risks.sort(), [["fee.not_bound", "warning", true], ["model.unretrievable", "warning", true]]);
});

test("a wallet that does not announce itself, and reading through it", async () => {
  const { page } = await world.page([ANN], { legacy: true });
  await page.goto(world.address(sale.offering, { rpc: undefined }).replace(/\?rpc=[^#]*/, ""));
  await page.waitForSelector("#read-problem strong");
  assert.match(await text(page, "#read-problem"), /No node can be asked/);
  await page.click("#wallets button");
  await ready(page);
  assert.match(await text(page, "#status-title"), /AMO: Open/);
  await propose(page, "deposit", "1");
  await act(page, "deposit");
  assert.equal((await market.read("ModelOffering", sale.offering, "state", [ANN.address])).deposited, ETHER);
});

test("what cannot be paid is told before anything is asked", async () => {
  const { page, wallet } = await world.page([ANN]);
  await look(page, world.address(sale.offering));
  await connect(page);
  for (const [amount, words] of [["15.5", /can deposit 15 ETH more/], ["1e3", /no amount/], ["-1", /no amount/], ["0.0000000000000000001", /no amount/]]) {
    await page.fill("#deposit-amount", amount);
    await page.waitForSelector("#deposit-problem strong");
    assert.match(await text(page, "#deposit-problem"), words);
    assert.equal(await page.isDisabled("#deposit-go"), true);
    assert.equal(await text(page, "#deposit-preview"), "");
    await page.fill("#deposit-amount", "");
    await page.waitForFunction(() => document.querySelector("#deposit-problem").textContent === "");
  }
  assert.equal(wallet.times("eth_sendTransaction"), 0);
});

test("a place that is typed: an address, a link, or none", async () => {
  const { page } = await world.page([]);
  await page.goto(`${world.server.url}/offering/`);
  await page.waitForSelector("#link-form button:not([disabled])");
  await page.fill("#link-address", "0x12");
  await page.click("#link-form button");
  assert.match(await text(page, "#intake-problem"), /That names no offering/);
  await page.fill("#link-address", sale.offering);
  await page.fill("#link-chain", "31337");
  await page.fill("#link-rpc", "ftp://example.org");
  await page.click("#link-form button");
  assert.match(await text(page, "#intake-problem"), /not an https address/);
  await page.fill("#link-rpc", market.url);
  await page.click("#link-form button");
  await page.waitForSelector('#status[data-phase="open"]');
  await page.click("#another");
  assert.equal(await page.isVisible("#intake"), true);
  await page.goBack();
  await page.waitForSelector('#status[data-phase="open"]');
});

test("there is advice for every risk, and for no other", () => {
  assert.deepEqual(Object.keys(ADVICE).sort(), Object.keys(RISKS).sort());
});
