// Getting a bundle from an address. Models are fetched by the package itself, chunk by chunk.
import { mayAsk } from "../../assets/js/address.js";

/**
 * The bundle at `address`, which may be relative to this page.
 * @returns {Promise<{ text: string, name: string, base: string }>} `base` is where its own relative addresses start
 */
export async function fetchBundle(address) {
  const url = resolveAddress(address);
  let response;
  try {
    response = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer" });
  } catch {
    throw { code: "page.unreachable", message: `${url} could not be reached`, details: { url } };
  }
  if (!response.ok) {
    throw { code: "page.status", message: `${url} answered ${response.status}`, details: { url, status: response.status } };
  }
  return { text: await boundedText(response, url), name: new URL(url).pathname.split("/").pop() || url, base: url };
}

/** An absolute address, or a sentence that says why not. */
export function resolveAddress(address, base = document.baseURI) {
  let url;
  try {
    url = new URL(address, base);
  } catch {
    throw { code: "page.address", message: `“${address}” is not an address` };
  }
  if (!mayAsk(url)) {
    throw { code: "page.address", message: `${url.href} is not an https address` };
  }
  return url.href;
}

/** The body as text, given up as soon as it is longer than any bundle. */
async function boundedText(response, url) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let length = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MAX_BUNDLE) {
      await reader.cancel();
      throw { code: "page.too_large", message: `${url} is too long for a bundle` };
    }
    try {
      text += decoder.decode(value, { stream: true });
    } catch {
      await reader.cancel();
      throw { code: "page.not_text", message: `${url} is not a text file` };
    }
  }
  return text + decoder.decode();
}

/** Bytes; the core refuses longer ones. */
export const MAX_BUNDLE = 16 << 20;
