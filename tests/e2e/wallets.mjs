// Wallets in the page: announced by EIP-6963, with real keys that stay in this process. What they are asked, a test answers or refuses.
import { TestWallet, refuse } from "../chain/wallet.mjs";

/** What a wallet passes on to its node. */
const PASSED_ON = /^eth_(call|get|blockNumber)/;

/** A wallet whose node is that of the chain. */
export class BrowserWallet extends TestWallet {
  #url;

  constructor(url, account, info = {}) {
    super(url, account);
    this.#url = url;
    this.info = { uuid: crypto.randomUUID(), name: "Test wallet", icon: ICON, rdns: "test.wallet", ...info };
  }

  async request({ method, params = [] }) {
    if (!PASSED_ON.test(method)) return super.request({ method, params });
    const early = await this.before(method, params);
    return early === undefined ? ask(this.#url, method, params) : early;
  }

  /** Refuse the next request of this kind, as its user would. */
  rejectOnce(method) {
    this.before = (asked) => {
      if (asked !== method) return undefined;
      this.before = () => undefined;
      throw refuse(4001, "User rejected the request.");
    };
  }

  /** How often it was asked. */
  times(method) {
    return this.asked.filter((asked) => asked === method).length;
  }
}

const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="teal"/></svg>')}`;

/** Ask a node. */
export async function ask(url, method, params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const { result, error } = await (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })).json();
  if (error) throw Object.assign(new Error(error.message), error);
  return result;
}

/**
 * Put wallets into every document of a page.
 * @param {{ legacy?: boolean }} options `legacy`: no announcement, but `window.ethereum`
 */
export async function inject(page, wallets, { legacy = false } = {}) {
  await page.exposeFunction("askWallet", async (index, request) => {
    try {
      return { result: await wallets[index].request(request) };
    } catch ({ code, message, data }) {
      return { error: { code, message: String(message), data } };
    }
  });
  for (const [index, wallet] of wallets.entries()) {
    for (const event of ["accountsChanged", "chainChanged"]) {
      wallet.on(event, (value) => page.evaluate(([i, event, value]) => globalThis.tellPage?.(i, event, value), [index, event, value]).catch(() => {}));
    }
  }
  await page.addInitScript(inPage, { infos: wallets.map(({ info }) => info), legacy });
}

/** In the page. */
function inPage({ infos, legacy }) {
  if (globalThis.top !== globalThis) return;
  const providers = infos.map((_, index) => {
    const listeners = new Map();
    return {
      listeners,
      async request(request) {
        const { result, error } = await globalThis.askWallet(index, request);
        if (error) throw Object.assign(new Error(error.message), error);
        return result;
      },
      on: (event, listener) => listeners.set(event, [...(listeners.get(event) ?? []), listener]),
      removeListener: (event, listener) => listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== listener)),
    };
  });
  globalThis.tellPage = (index, event, value) => (providers[index].listeners.get(event) ?? []).forEach((listener) => listener(value));
  if (legacy) {
    globalThis.ethereum = providers[0];
    return;
  }
  const announce = () =>
    infos.forEach((info, i) => {
      const detail = Object.freeze({ info: Object.freeze(info), provider: providers[i] });
      globalThis.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    });
  globalThis.addEventListener("eip6963:requestProvider", announce);
  announce();
}
