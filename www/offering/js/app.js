// The flow of the page: a link names an offering, its chain is read again with every block, and what is read decides what can be done.
import { $ } from "../../assets/js/dom.js";
import { startOffline } from "../../assets/js/offline.js";
import { current, showWallet, startWallets } from "../../assets/js/wallet.js";
import { showActions } from "./action.js";
import { defineBuying } from "./buying.js";
import { readAll, readerFor } from "./chain.js";
import { showHistory } from "./charts.js";
import { showProblem } from "./errors.js";
import { defineHolding } from "./holding.js";
import { fromFields, fromLocation, toLocation } from "./link.js";
import { Wallet, discoverWallets } from "./package.js";
import { showRisks } from "./risks.js";
import { busy, loadRuns, newBlock, resume, startRuns } from "./runs.js";
import { showStatus, tick } from "./status.js";
import { showTerms } from "./terms.js";

/** Milliseconds between looks for a new block. */
const LOOK_MS = 4000;

/** Milliseconds that the first look waits for the wallet that was used last. */
const WALLET_MS = 1000;

/** What is shown: the link, how it is read, what was read, and why that cannot be relied on, if so. */
let page = { link: undefined, reader: undefined, data: undefined, failed: undefined };
/** Counts readings; an older one that ends later is dropped. */
let turn = 0;

/** Show what the page's address names. */
async function open() {
  let link;
  try {
    link = fromLocation();
    showProblem($("intake-problem"));
  } catch (error) {
    showProblem($("intake-problem"), error);
  }
  const same = link && page.link && JSON.stringify(link) === JSON.stringify(page.link);
  $("intake").hidden = Boolean(link);
  $("offering").hidden = !link;
  if (!link) {
    page = { link: undefined };
    return;
  }
  if (same) return;
  page = { link, reader: undefined, data: undefined, failed: undefined };
  $("offering-address").textContent = `${link.chainId}/${link.offering}`;
  $("status-title").focus();
  showWallet();
  await loadRuns(link.chainId);
  await read();
  resume();
}

/** Read everything. `quiet`: what is shown stays while nothing is wrong. */
async function read({ afresh = false } = {}) {
  const mine = ++turn;
  const { link } = page;
  if (!link) return;
  if (afresh) page.data = undefined;
  try {
    const wallet = current();
    page.reader = readerFor(link, wallet);
    const data = await readAll(page.reader, link, wallet?.account, page.data);
    if (mine !== turn) return;
    Object.assign(page, { data: { ...data, readAt: performance.now() }, failed: undefined });
  } catch (error) {
    if (mine !== turn) return;
    page.failed = error;
  }
  await show();
}

async function show() {
  const { data, failed, link } = page;
  showProblem($("read-problem"), failed);
  $("status").toggleAttribute("data-stale", Boolean(failed));
  if (data) {
    await Promise.all([showStatus(data), showTerms(data), showHistory(data)]);
    showRisks(data.inspection);
  } else if (failed) {
    $("status-title").textContent = "The offering could not be read";
    if (failed.inspection) showRisks(failed.inspection);
  }
  await showActions({ data, wallet: current(), chainId: link?.chainId, blocked: blocked() });
  if (data && !failed) await newBlock(page.reader, data.block.number).catch(() => {});
}

/** Why nothing can be signed now. */
function blocked() {
  const wallet = current();
  if (page.failed || !page.data) return "What the chain says is not certain, so nothing can be signed. Read it again.";
  if (!wallet) return "Connect a wallet to do any of this.";
  if (wallet.chainId !== page.link.chainId) return "The wallet is on another chain: switch it first.";
  if (page.data.account !== wallet.account) return "The account has changed: it is being read.";
  return busy();
}

/** Look whether there is a new block; what the page shows is of the old one. */
async function look() {
  const { reader, data, link } = page;
  if (!link || document.hidden || !reader || !data) return;
  try {
    const { hash } = await reader.block();
    if (hash !== data.block.hash || page.failed) await read();
  } catch (error) {
    if (page.reader !== reader) return;
    page.failed = error;
    await show();
  }
}

defineBuying();
defineHolding();
startRuns({
  wallet: current,
  onChange: (done) => (done ? read() : show()),
});
$("link-form").addEventListener("submit", (event) => {
  event.preventDefault();
  try {
    toLocation(fromFields($("link-address").value, $("link-chain").value, $("link-rpc").value));
    open();
  } catch (error) {
    showProblem($("intake-problem"), error);
  }
});
$("another").addEventListener("click", () => {
  history.pushState(null, "", location.pathname);
  open();
  $("link-address").focus();
});
$("read-again").addEventListener("click", () => read({ afresh: true }));
addEventListener("hashchange", open);
addEventListener("popstate", open);
setInterval(() => page.data && tick(page.data), 1000);
setInterval(look, LOOK_MS);
startOffline();
// Until here a form would have been sent nowhere.
for (const button of document.querySelectorAll("[data-wait]")) button.disabled = false;
const wallets = startWallets({
  Wallet,
  discoverWallets,
  showProblem,
  chainId: () => page.link?.chainId,
  onChange: () => read().then(resume),
  words: {
    subject: "this offering",
    use: "Connect one to buy, claim or redeem. To look, none is needed.",
    without: "The offering can be looked at without one.",
  },
});
// A wallet that stalls keeps nobody from looking.
await Promise.race([wallets, new Promise((resolve) => setTimeout(resolve, WALLET_MS))]);
await open();
