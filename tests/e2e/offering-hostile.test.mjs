// Nodes that lie, stall or send too much, and strangers' names: nothing is believed that is contradicted, and nothing runs.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { account, act, connect, look, parseEther, propose, startWorld } from "./offering.mjs";
import { ask } from "./wallets.mjs";

const ANN = account(4);

let world;
let market;
let sale;
let node;

before(async () => {
  [world, node] = await Promise.all([startWorld(), startNode()]);
  market = world.market;
  node.behind = market.url;
  sale = await market.offer();
  await world.keep();
});
afterEach(async () => {
  node.tamper = () => undefined;
  world.browser.problems.length = 0;
  await world.each();
});
after(async () => {
  await world?.close();
  node?.close();
});

/** A node that passes everything on but what `tamper` answers: a text is sent as it is, anything else as the result. */
async function startNode() {
  const node = { behind: "", tamper: () => undefined };
  const server = createServer(async (request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*");
    if (request.method === "OPTIONS") return response.end();
    let text = "";
    for await (const part of request) text += part;
    const { id, method, params } = JSON.parse(text);
    const early = await node.tamper(method, params, response);
    if (response.writableEnded || early === STALL) return;
    if (early?.raw !== undefined) return response.end(early.raw);
    const result = early === undefined ? await ask(node.behind, method, params).then((result) => ({ result }), (error) => ({ error: { code: error.code ?? -32000, message: error.message } })) : { result: early };
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...result }));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return Object.assign(node, { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) });
}

const STALL = Symbol("no answer");
const problem = (page) => page.waitForSelector("#read-problem strong").then(() => page.innerText("#read-problem"));
const address = () => world.address(sale.offering, { rpc: node.url });

test("a node that tells another balance than the wallet's is not believed, and nothing can be signed", async () => {
  const { page, wallet } = await world.page([ANN]);
  await look(page, address());
  await connect(page);
  await propose(page, "deposit", "1");
  node.tamper = (method) => (method === "eth_getBalance" ? "0xffffffffffffffffffff" : undefined);
  await page.click("#read-again");
  assert.match(await problem(page), /The node and your wallet tell different things.*rpc\.disagree/s);
  assert.equal(await page.isDisabled("#deposit-go"), true);
  assert.match(await page.innerText("#actions-note"), /not certain/);
  assert.equal(wallet.times("eth_sendTransaction"), 0);
  node.tamper = () => undefined;
  await page.click("#read-again");
  await page.waitForFunction(() => document.querySelector("#read-problem").textContent === "");
  await propose(page, "deposit", "1");
  await act(page, "deposit");
  assert.equal((await market.read("ModelOffering", sale.offering, "state", [ANN.address])).deposited, parseEther("1"));
});

test("a node that says that a transaction is gone cannot have it paid twice", async () => {
  const { page, wallet } = await world.page([ANN]);
  await look(page, address());
  await connect(page);
  await market.test.setAutomine(false);
  await propose(page, "deposit", "1");
  node.tamper = (method) => (method === "eth_getTransactionReceipt" || method === "eth_getTransactionByHash" ? null : method === "eth_getTransactionCount" ? "0xff" : undefined);
  await page.click("#deposit-go");
  await page.waitForSelector('#runs [data-phase="sent"]');
  await page.waitForTimeout(1500);
  assert.equal(await page.getAttribute("#runs > li", "data-state"), "running");
  await market.test.mine({ blocks: 1 });
  await page.waitForSelector('#runs > li[data-state="done"]');
  assert.equal(wallet.times("eth_sendTransaction"), 1);
});

test("answers that are malformed, huge, of another chain, contradictory or late", async () => {
  const { page } = await world.page([]);
  const word = (n) => n.toString(16).padStart(64, "0");
  const cases = [
    [() => ({ raw: "<html>" }), /cannot be used.*rpc\.malformed/s],
    [(method) => (method === "eth_call" ? "0x1234" : undefined), /rpc\.malformed/],
    [(method) => (method === "eth_call" ? "nonsense" : undefined), /rpc\.malformed/],
    [(method) => (method === "eth_call" ? "0x" : undefined), /no such offering.*rpc\.no_contract/s],
    [(method) => (method === "eth_call" ? `0x${"00".repeat(3 << 20)}` : undefined), /rpc\.too_long/],
    [(method) => (method === "eth_chainId" ? "0x1" : undefined), /on another chain.*rpc\.other_chain/s],
    [(method, [call] = []) => (method === "eth_call" && call.data.startsWith(STATE) ? `0x${[1, 0, 10, 20, 0, 0, 0].map(word).join("")}` : undefined), /contradicts itself.*rpc\.inconsistent/s],
    [(method, params, response) => void (method === "eth_call" && response.destroy()), /rpc\.unreachable/],
  ];
  for (const [tamper, words] of cases) {
    node.tamper = tamper;
    await page.goto("about:blank");
    await page.goto(address());
    assert.match(await problem(page), words);
    assert.equal(await page.isHidden("#deposit"), true, String(words));
  }
});

/** `state(address)`. */
const STATE = "0x31e658a5";

test("a node that does not answer is given up, and the page stays alive", async () => {
  const { page } = await world.page([]);
  node.tamper = (method) => (method === "eth_call" ? STALL : undefined);
  await page.goto(address());
  assert.match(await problem(page), /does not answer.*rpc\.timeout/s);
  node.tamper = () => undefined;
  await page.click("#read-again");
  await page.waitForSelector('#status[data-phase="open"]');
});

test("a chain that is reorganised while it is read, and after a transaction was done", async () => {
  const { page } = await world.page([ANN]);
  let block = 0;
  node.tamper = async (method) => {
    if (method !== "eth_getBlockByNumber") return undefined;
    const real = await ask(market.url, "eth_getBlockByNumber", ["latest", false]);
    return { ...real, hash: `0x${(++block).toString(16).padStart(64, "0")}` };
  };
  await page.goto(address());
  assert.match(await problem(page), /The chain changed while it was read.*rpc\.reorganised/s);
  node.tamper = () => undefined;
  await page.click("#read-again");
  await page.waitForSelector('#status[data-phase="open"]');

  await connect(page);
  const before = await market.test.snapshot();
  await propose(page, "deposit", "1");
  await act(page, "deposit");
  await market.test.revert({ id: before });
  await market.test.mine({ blocks: 3 });
  await page.click("#read-again");
  await page.waitForSelector('#runs [data-phase="gone"]');
  assert.match(await page.innerText("#runs"), /was reorganised and has it no longer/);
});

test("scripts and tricks in a token's name and symbol, in a wallet's name and in the link are text", async () => {
  const trick = '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>';
  // Names of the audited contract have at most 31 bytes.
  const { offering } = await market.offer({ name: "<script>pwned=1</script>", symbol: "<img src=x onerror=pwned=1>\u202e\u0007" });
  const { page } = await world.page([ANN], { infos: [{ name: trick, icon: "javascript:globalThis.pwned=1", rdns: "test.wallet" }] });
  await look(page, world.address(offering));
  await connect(page);
  await propose(page, "deposit", "1");
  await act(page, "deposit");
  const found = await page.evaluate(() => ({
    pwned: globalThis.pwned,
    scripts: document.querySelectorAll("main script, main img, main iframe, main [onerror]").length,
    title: document.querySelector("#status-title").textContent,
    hidden: /[\u202e\u0007]/.test(document.body.textContent),
  }));
  assert.equal(found.pwned, undefined);
  assert.equal(found.scripts, 0);
  assert.match(found.title, /^<img src=x/);
  assert.equal(found.hidden, false);
  assert.ok(await page.locator('#risks [data-code="token.misleading_name"]').count(), "the name is told as a risk");
  assert.match(await page.innerText("#wallet-facts"), /<img src=x/);
  await page.goto("about:blank");
  await page.goto(`${world.server.url}/offering/#${encodeURIComponent("1/0x<script>pwned=1</script>")}`);
  assert.equal(await page.isVisible("#intake"), true);
});

test("the policy of the page lets no script of others in", async () => {
  const { page } = await world.page([]);
  await look(page, world.address(sale.offering));
  const ran = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.inline = 1";
    document.head.append(script);
    const loaded = await new Promise((resolve) => {
      const other = Object.assign(document.createElement("script"), { src: "https://example.invalid/x.js", onload: () => resolve(true), onerror: () => resolve(false) });
      document.head.append(other);
    });
    return { inline: globalThis.inline, loaded };
  });
  assert.deepEqual(ran, { inline: undefined, loaded: false });
});
