// What happens when a person says no, changes account or chain, or reloads: nothing is paid twice, and everything can go on.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DAY, account, act, again, connect, look, parseEther, propose, ready, reload, startWorld } from "./offering.mjs";

const [ANN, BOB] = [account(4), account(5)];

let world;
let market;
let sale;
let coin;
let paidInCoins;

before(async () => {
  world = await startWorld();
  market = world.market;
  sale = await market.offer();
  coin = await market.coin(ANN.address);
  paidInCoins = await market.offer({ currency: coin });
  await world.keep();
});
afterEach(async () => {
  const problems = world.browser.problems.splice(0);
  await world.each();
  assert.deepEqual(problems, []);
});
after(() => world?.close());

const deposited = async (offering = sale.offering, of = ANN) => (await market.read("ModelOffering", offering, "state", [of.address])).deposited;
const first = "#runs > li:first-child";
const goOn = (page) => page.click(`${first} .button.primary`);
const done = (page) => page.waitForSelector(`${first}[data-state="done"]`);

async function connected(address = world.address(sale.offering)) {
  const { page, wallet } = await world.page([ANN]);
  await look(page, address);
  await connect(page);
  return { page, wallet };
}

test("no to connecting", async () => {
  const { page, wallet } = await world.page([ANN]);
  await look(page, world.address(sale.offering));
  wallet.rejectOnce("eth_requestAccounts");
  await page.click("#wallets button");
  await page.waitForSelector("#wallet-problem strong");
  assert.match(await page.innerText("#wallet-problem"), /Rejected in the wallet/);
  await connect(page);
  assert.equal(await page.innerText("#wallet-problem"), "");
});

test("no to a transaction, and yes the second time", async () => {
  const { page, wallet } = await connected();
  await propose(page, "deposit", "1");
  wallet.rejectOnce("eth_sendTransaction");
  const told = await act(page, "deposit", "stopped");
  assert.match(told, /Rejected in the wallet/);
  assert.match(told, /Nothing was sent/);
  assert.equal(await page.isEnabled("#deposit-go"), true, "a no stands in nobody's way");
  await goOn(page);
  await done(page);
  assert.equal(await deposited(), parseEther("1"));
  assert.equal(wallet.times("eth_sendTransaction"), 2);
});

test("no to a permit, and no to the deposit after it: the signature is kept, and nothing is signed twice", async () => {
  const { page, wallet } = await connected(world.address(paidInCoins.offering));
  await propose(page, "deposit", "2");
  wallet.rejectOnce("eth_signTypedData_v4");
  await act(page, "deposit", "stopped");
  wallet.rejectOnce("eth_sendTransaction");
  await goOn(page);
  await page.waitForSelector(`${first}[data-state="stopped"] [data-phase="done"]`);
  assert.match(await page.innerText(first), /Rejected in the wallet/);
  // Reload between permit and deposit.
  await reload(page);
  await ready(page);
  assert.match(await page.innerText(first), /signed/);
  await goOn(page);
  await done(page);
  assert.equal(wallet.times("eth_signTypedData_v4"), 2, "one no and one yes");
  assert.equal(await deposited(paidInCoins.offering), parseEther("2"));
});

test("no to an approval, and to the deposit after it", async () => {
  const { page, wallet } = await connected(world.address(paidInCoins.offering));
  await page.check('input[name="way"][value="approve"]');
  await propose(page, "deposit", "2");
  wallet.rejectOnce("eth_sendTransaction");
  await act(page, "deposit", "stopped");
  // The second one asked for is the deposit.
  let asked = 0;
  wallet.before = (method) => {
    if (method !== "eth_sendTransaction" || ++asked < 2) return undefined;
    wallet.before = () => undefined;
    throw Object.assign(new Error("no"), { code: 4001 });
  };
  await goOn(page);
  await page.waitForSelector(`${first}[data-state="stopped"] [data-phase="done"]`);
  assert.equal(await market.read("RevShareToken", coin, "allowance", [ANN.address, paidInCoins.offering]), parseEther("2"));
  await goOn(page);
  await done(page);
  assert.equal(await deposited(paidInCoins.offering), parseEther("2"));
});

test("no to each thing that comes after the sale", async () => {
  await market.depositBy(ANN, sale.offering, parseEther("15"));
  await market.passTime(7n * DAY);
  const { page, wallet } = await connected();
  for (const id of ["finalize", "allocation"]) {
    wallet.rejectOnce("eth_sendTransaction");
    assert.match(await act(page, id, "stopped"), /Rejected/);
    await goOn(page);
    await done(page);
  }
  assert.equal(await market.tokens(sale.token, ANN.address), parseEther("450"));
  await market.earn(sale.token, parseEther("10"));
  await again(page, await market.height());
  for (const id of ["snapshot", "revenue", "burn"]) {
    if (id === "burn") await propose(page, "burn", "50");
    wallet.rejectOnce("eth_sendTransaction");
    assert.match(await act(page, id, "stopped"), /Rejected/);
    await goOn(page);
    await done(page);
  }
  assert.equal(await market.tokens(sale.token, ANN.address), parseEther("400"));
});

test("no to a refund", async () => {
  await market.depositBy(ANN, sale.offering, parseEther("3"));
  await market.passTime(7n * DAY);
  const { page, wallet } = await connected();
  wallet.rejectOnce("eth_sendTransaction");
  await act(page, "refund", "stopped");
  await goOn(page);
  await done(page);
  assert.equal((await market.read("ModelOffering", sale.offering, "state", [ANN.address])).settled, true);
});

test("a wallet on another chain: switched from the page, and no to it", async () => {
  const { page, wallet } = await world.page([ANN]);
  wallet.chainId = 1;
  await look(page, world.address(sale.offering));
  await page.click("#wallets button");
  await page.waitForSelector('#wallet[data-state="wrong-chain"]');
  assert.match(await page.innerText("#wallet-text"), /on chain 1, and this offering on chain 31337/);
  assert.equal(await page.isDisabled("#deposit-go"), true);
  wallet.rejectOnce("wallet_switchEthereumChain");
  await page.click("#wallet-switch");
  await page.waitForSelector("#wallet-problem strong");
  await page.click("#wallet-switch");
  await page.waitForSelector('#wallet[data-state="connected"]');
  await ready(page);
  await propose(page, "deposit", "1");
  await act(page, "deposit");
  assert.equal(await deposited(), parseEther("1"));
});

test("the chain changes while the wallet is asked, and while a transaction is on its way", async () => {
  const { page, wallet } = await connected(world.address(paidInCoins.offering));
  await propose(page, "deposit", "1");
  wallet.before = (method) => {
    if (method === "eth_signTypedData_v4") wallet.chainId = 1;
  };
  const told = await act(page, "deposit", "stopped");
  assert.match(told, /on another chain/);
  assert.equal(wallet.times("eth_sendTransaction"), 0);
  wallet.before = () => undefined;
  wallet.chainId = 31337;
  await goOn(page);
  await done(page);

  // Another chain knows nothing of what was sent: that must not look as if it had been dropped.
  await market.test.setAutomine(false);
  await propose(page, "deposit", "2");
  await page.click("#deposit-go");
  await page.waitForSelector(`${first} [data-phase="sent"]`);
  wallet.chainId = 1;
  wallet.emit("chainChanged", "0x1");
  wallet.before = (method) => ({ eth_getTransactionReceipt: null, eth_getTransactionByHash: null, eth_getTransactionCount: "0xff", eth_getBlockByNumber: null, eth_blockNumber: "0x1" })[method];
  await page.waitForSelector(`${first}[data-state="stopped"]`);
  assert.match(await page.innerText(`${first} [data-phase="sent"]`), /sent/);
  wallet.before = () => undefined;
  wallet.chainId = 31337;
  wallet.emit("chainChanged", "0x7a69");
  await market.test.mine({ blocks: 1 });
  await market.test.setAutomine(true);
  await ready(page);
  await goOn(page);
  await done(page);
  assert.equal(await deposited(paidInCoins.offering), parseEther("3"));
});

test("the account changes midway: nothing goes out for the wrong one", async () => {
  const { page, wallet } = await connected(world.address(paidInCoins.offering));
  await propose(page, "deposit", "1");
  wallet.before = async (method, params) => {
    if (method !== "eth_signTypedData_v4") return undefined;
    wallet.before = () => undefined;
    const signature = await wallet.request({ method, params });
    wallet.account = BOB;
    wallet.emit("accountsChanged", [BOB.address]);
    return signature;
  };
  assert.match(await act(page, "deposit", "stopped"), /Another account/);
  await page.waitForFunction((bob) => document.querySelector("#wallet-account").textContent === bob, BOB.address.toLowerCase());
  assert.equal(wallet.times("eth_sendTransaction"), 0);
  assert.equal(await page.isDisabled(`${first} .button.primary`), true, "it is not Bob's to go on with");
  wallet.account = ANN;
  wallet.emit("accountsChanged", [ANN.address]);
  await page.waitForSelector(`${first} .button.primary:not([disabled])`);
  await goOn(page);
  await done(page);
  assert.deepEqual([await deposited(paidInCoins.offering), await deposited(paidInCoins.offering, BOB)], [parseEther("1"), 0n]);
});

test("a reload after sending: the transaction is found again, by itself", async () => {
  const { page, wallet } = await connected();
  await market.test.setAutomine(false);
  await propose(page, "deposit", "1");
  await page.click("#deposit-go");
  await page.waitForSelector(`${first} [data-phase="sent"]`);
  await reload(page);
  await page.waitForSelector(`${first}[data-state="running"]`);
  assert.match(await page.innerText("#actions-note"), /Something is being signed or sent/);
  await market.test.mine({ blocks: 1 });
  await done(page);
  assert.match(await page.innerText(first), /done in block \d+/);
  assert.equal(wallet.times("eth_sendTransaction"), 1);
  await page.waitForFunction(() => document.querySelector("#figures").textContent.includes("1 ETH (10 %"));
  await market.test.mine({ blocks: 2 });
  await again(page, await market.height());
  await page.waitForFunction(() => document.querySelector("#runs").textContent.includes("3 confirmations"));
});

test("a reload while the wallet is open: what it sent meanwhile is found, and not sent again", async () => {
  const { page, wallet } = await connected();
  let approve;
  wallet.before = (method, [transaction] = []) => {
    if (method !== "eth_sendTransaction") return undefined;
    wallet.before = () => undefined;
    return new Promise((resolve) => {
      approve = async () => {
        const hash = await wallet.send(transaction);
        await market.client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
        resolve(hash);
      };
    });
  };
  await propose(page, "deposit", "1");
  await page.click("#deposit-go");
  await page.waitForSelector(`${first} [data-phase="asked"]`);
  await reload(page);
  await ready(page);
  assert.match(await page.innerText("#actions-note"), /may|not done/);
  assert.equal(await page.isDisabled("#deposit-go"), true);
  await approve();
  await goOn(page);
  await done(page);
  assert.equal(await deposited(), parseEther("1"));
  assert.equal(wallet.times("eth_sendTransaction"), 1);
});
