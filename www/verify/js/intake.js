// The ways in for a bundle or a model file: choose, drop, paste, or an address. What comes in is handed on as it is, unread.
import { $, bytes } from "../../assets/js/dom.js";
import { MAX_BUNDLE, fetchBundle } from "./fetch.js";

/** @typedef {{ text: string, name: string }} Incoming a bundle as text, and what to call it */

/**
 * Listen to every way in.
 * @param {{ bundle(incoming: Incoming): void, token(target: { collection: string, token: string, rpc: string }): void, assertion(target: { verifier: string, modelId: string, rpc: string }): void, model(file: File): void, problem(error: unknown): void }} on
 */
export function listen(on) {
  const take = async (file) => {
    try {
      if (await isModel(file)) on.model(file);
      else on.bundle(await readBundle(file));
    } catch (error) {
      on.problem(error);
    }
  };
  chosen($("bundle-file"), take);
  chosen($("model-file"), take);
  dropped(take);
  $("url-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    const address = $("url-input").value.trim();
    if (!address) return $("url-input").focus();
    button.disabled = true;
    try {
      on.bundle(await fetchBundle(address));
    } catch (error) {
      on.problem(error);
    } finally {
      button.disabled = false;
    }
  });
  filled("token", ["collection", "token", "rpc"], on.token);
  filled("assertion", ["verifier", "modelId", "rpc"], on.assertion);
  $("paste-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("paste-input").value;
    if (!text.trim()) return $("paste-input").focus();
    on.bundle({ text, name: "Pasted bundle" });
  });
}

/** A form whose fields must all be filled; what is in them is handed on. */
function filled(form, names, take) {
  $(`${form}-form`).addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = names.map((name) => [name, $(`${form}-${name}`)]);
    const empty = fields.find(([, field]) => !field.value.trim());
    if (empty) return empty[1].focus();
    take(Object.fromEntries(fields.map(([name, field]) => [name, field.value.trim()])));
  });
}

/** A file input that hands on its file and is ready for the same file again. One may have been chosen before the page was ready. */
function chosen(input, take) {
  const hand = () => {
    const [file] = input.files;
    input.value = "";
    if (file) take(file);
  };
  input.addEventListener("change", hand);
  hand();
}

/** The whole page takes files that are dropped on it. */
function dropped(take) {
  let depth = 0;
  const veil = (on) => ($("veil").hidden = !on);
  const hasFile = (event) => [...event.dataTransfer.types].some((type) => type === "Files");
  addEventListener("dragenter", (event) => {
    if (!hasFile(event)) return;
    depth += 1;
    veil(true);
  });
  addEventListener("dragleave", (event) => {
    if (hasFile(event) && --depth <= 0) veil((depth = 0));
  });
  addEventListener("dragover", (event) => hasFile(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    veil((depth = 0));
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
}

async function isModel(file) {
  const head = new Uint8Array(await file.slice(0, MAGIC.length).arrayBuffer());
  return MAGIC.every((byte, i) => head[i] === byte) || file.name.endsWith(".imo");
}

async function readBundle(file) {
  if (file.size > MAX_BUNDLE) {
    throw { code: "page.too_large", message: `${file.name} has ${bytes(file.size)}: too much for a bundle` };
  }
  const buffer = await file.arrayBuffer();
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(buffer), name: file.name };
  } catch {
    throw { code: "page.not_text", message: `${file.name} is not a text file` };
  }
}

/** "OPENIMO", version 1: how a model file begins. */
const MAGIC = [0x4f, 0x50, 0x45, 0x4e, 0x49, 0x4d, 0x4f, 0x01];
