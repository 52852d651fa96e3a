// Which offering, on which chain, read through which node: the page's address says it, so that it can be kept and passed on.
import { mayAsk } from "../../assets/js/address.js";

const ADDRESS = /0x[0-9a-fA-F]{40}(?![0-9a-fA-F])/;

/** What the page's address names, or nothing. */
export function fromLocation() {
  const place = parse(location.hash.slice(1));
  return place && { ...place, rpc: node(new URLSearchParams(location.search).get("rpc") ?? "") };
}

/** What was typed: an address, `chain/address`, `eip155:chain:address`, or a link to this page, and the fields beside it. */
export function fromFields(text, chain, rpc) {
  const place = parse(text.includes("#") ? text.slice(text.indexOf("#") + 1) : text, chain);
  if (!place) throw { code: "page.link", message: `“${text.slice(0, 60)}” with the chain “${chain.slice(0, 20)}” is no offering’s place` };
  return { ...place, rpc: node(rpc) };
}

/** Make the page's address say it. */
export function toLocation({ chainId, offering, rpc }) {
  const search = rpc ? `?rpc=${encodeURIComponent(rpc)}` : "";
  history.pushState(null, "", `${location.pathname}${search}#${chainId}/${offering}`);
}

function parse(text, chain = "") {
  const offering = ADDRESS.exec(text)?.[0].toLowerCase();
  const named = /^\s*(?:eip155:)?(\d{1,15})[/:]/.exec(text)?.[1] ?? chain.trim();
  if (!offering || !/^\d{1,15}$/.test(named) || Number(named) === 0) return undefined;
  return { chainId: Number(named), offering };
}

/** A node that a page may ask: by https, or on this machine. */
function node(text) {
  if (text.trim() === "") return undefined;
  const url = tryUrl(text.trim());
  if (!url || !mayAsk(url)) throw { code: "page.node", message: `“${text.slice(0, 80)}” is not an https address` };
  return url.href;
}

function tryUrl(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
