// The wallet: which there are, which is connected, with what account and on which chain. Nothing here sends.
import { $, announce, el, fill } from "../../assets/js/dom.js";
import { showProblem } from "./errors.js";
import { Wallet, discoverWallets } from "./package.js";

/** Every wallet that was found. */
let found = [];
/** What is connected: the wallet, and what it says about itself. */
let connected;
let needed;
let changed;

/** The wallet that is connected and whose account may be used. */
export const current = () => (connected?.wallet.account ? connected.wallet : undefined);

/**
 * Look for wallets, and connect again with the one that was used last, if it still lets this page in.
 * @param {{ chainId(): number | undefined, onChange(): void }} options the chain that is needed; told when wallet, account or chain change
 */
export async function startWallets({ chainId, onChange }) {
  [needed, changed] = [chainId, onChange];
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
  showProblem($("wallet-problem"));
  // One that announces itself later is shown too.
  const add = (wallet) => {
    if (!found.some(({ info }) => info.rdns === wallet.info.rdns)) found.push(wallet);
    showWallet();
  };
  found = [];
  await discoverWallets({ onFound: add, signal: new AbortController().signal });
  showWallet();
}

async function connect(wallet) {
  showProblem($("wallet-problem"));
  $("wallets").inert = true;
  try {
    const opened = await Wallet.connect(wallet.provider);
    connected?.wallet.close();
    connected = { wallet: opened, info: wallet.info };
    remember(wallet.info.rdns);
    for (const event of ["account", "chain", "disconnect"]) opened.on(event, tell);
    announce(`Connected to ${wallet.info.name}.`);
  } catch (error) {
    showProblem($("wallet-problem"), error);
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
  showProblem($("wallet-problem"));
  try {
    await connected.wallet.switchChain(needed());
  } catch (error) {
    showProblem($("wallet-problem"), error);
  }
  tell();
}

function tell() {
  showWallet();
  changed();
}

/** Show what is connected, or what could be. */
export function showWallet() {
  const wallet = current();
  const wrong = wallet && needed() !== undefined && wallet.chainId !== needed();
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
  if (wrong) $("wallet-switch").textContent = `Switch to chain ${needed()}`;
  $("wallet-leave").hidden = !connected;
  $("wallet-look").hidden = Boolean(wallet) || found.length > 0;
}

function words(wallet, wrong) {
  if (wrong) return `The wallet is on chain ${wallet.chainId}, and this offering on chain ${needed()}. Nothing is sent until they are the same.`;
  if (wallet) return "Every request is shown here before the wallet asks you.";
  if (connected) return "The wallet no longer lets this page use an account. Connect it again.";
  if (found.length === 0) return "No wallet was found in this browser. The offering can be looked at without one.";
  return "Connect one to buy, claim or redeem. To look, none is needed.";
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
