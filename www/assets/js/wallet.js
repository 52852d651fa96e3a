// The wallet: which there are, which is connected, with what account and on which chain. Nothing here sends.
import { $, announce, el, fill } from "./dom.js";

/** Every wallet that was found. */
let found = [];
/** What is connected: the wallet, and what it says about itself. */
let connected;
/** What the page has said that it needs; see `startWallets`. */
let page;

/** The wallet that is connected and whose account may be used. */
export const current = () => (connected?.wallet.account ? connected.wallet : undefined);

/**
 * Look for wallets, and connect again with the one that was used last, if it still lets this page in.
 * @param {{ Wallet: object, discoverWallets: Function, showProblem: Function, chainId(): number | undefined, onChange(): void, words: { subject: string, use: string, without: string } }} options
 *   the package's part of it; the chain that is needed; told when wallet, account or chain change; what the page is about and what a wallet is
 *   for here
 */
export async function startWallets(options) {
  page = options;
  $("wallet-leave").addEventListener("click", leave);
  $("wallet-look").addEventListener("click", look);
  $("wallet-switch").addEventListener("click", toChain);
  await look();
  const last = found.find(({ info }) => info.rdns === remembered());
  // Asking for accounts that were not granted would open the wallet, so it is asked first whether they were.
  const accounts = last && (await last.provider.request({ method: "eth_accounts" }).catch(() => []));
  if (Array.isArray(accounts) && accounts.length > 0 && !connected) await connect(last);
}

async function look() {
  page.showProblem($("wallet-problem"));
  // One that announces itself later is shown too.
  const add = (wallet) => {
    if (!found.some(({ info }) => info.rdns === wallet.info.rdns)) found.push(wallet);
    showWallet();
  };
  found = [];
  await page.discoverWallets({ onFound: add, signal: new AbortController().signal });
  showWallet();
}

async function connect(wallet) {
  page.showProblem($("wallet-problem"));
  $("wallets").inert = true;
  try {
    const opened = await page.Wallet.connect(wallet.provider);
    connected?.wallet.close();
    connected = { wallet: opened, info: wallet.info };
    remember(wallet.info.rdns);
    for (const event of ["account", "chain", "disconnect"]) opened.on(event, tell);
    announce(`Connected to ${wallet.info.name}.`);
  } catch (error) {
    page.showProblem($("wallet-problem"), error);
  } finally {
    $("wallets").inert = false;
  }
  tell();
}

function leave() {
  connected?.wallet.close();
  connected = undefined;
  remember("");
  tell();
  announce("Disconnected.");
}

async function toChain() {
  page.showProblem($("wallet-problem"));
  try {
    await connected.wallet.switchChain(page.chainId());
  } catch (error) {
    page.showProblem($("wallet-problem"), error);
  }
  tell();
}

function tell() {
  showWallet();
  page.onChange();
}

/** Show what is connected, or what could be. */
export function showWallet() {
  const wallet = current();
  const wrong = wallet && page.chainId() !== undefined && wallet.chainId !== page.chainId();
  $("wallet").dataset.state = wallet ? (wrong ? "wrong-chain" : "connected") : "none";
  $("wallet-text").textContent = words(wallet, wrong);
  $("wallets").hidden = Boolean(wallet);
  $("wallets").replaceChildren(...found.map(choice));
  $("wallet-facts").hidden = !wallet;
  if (wallet) {
    fill($("wallet-facts"), [
      ["Wallet", connected.info.name],
      ["Account", el("code", { class: "hash", id: "wallet-account" }, wallet.account)],
      ["Chain", `number ${wallet.chainId}`],
    ]);
  }
  $("wallet-switch").hidden = !wrong;
  if (wrong) $("wallet-switch").textContent = `Switch to chain ${page.chainId()}`;
  $("wallet-leave").hidden = !connected;
  $("wallet-look").hidden = Boolean(wallet) || found.length > 0;
}

function words(wallet, wrong) {
  if (wrong) return `The wallet is on chain ${wallet.chainId}, and ${page.words.subject} on chain ${page.chainId()}. Nothing is sent until they are the same.`;
  if (wallet) return "Every request is shown here before the wallet asks you.";
  if (connected) return "The wallet no longer lets this page use an account. Connect it again.";
  return found.length === 0 ? `No wallet was found in this browser. ${page.words.without}` : page.words.use;
}

function choice(wallet) {
  const { name, icon } = wallet.info;
  const button = el(
    "button",
    { class: "button", type: "button", "data-rdns": wallet.info.rdns },
    icon ? el("img", { src: icon, alt: "", width: 24, height: 24 }) : null,
    el("span", {}, "Connect ", el("bdi", {}, name)),
  );
  button.addEventListener("click", () => connect(wallet));
  return el("li", {}, button);
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(rdns) {
  try {
    localStorage.setItem(KEY, rdns);
  } catch {
    // No storage: it has to be chosen again next time.
  }
}

const KEY = "openimo.wallet";
