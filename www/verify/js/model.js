// Where the model comes from, and loading it. One model is kept loaded, so a second bundle of the same model is checked at once.
import { choice, showDevice } from "./device.js";
import { bytes } from "../../assets/js/dom.js";
import { isCancel } from "./errors.js";
import { resolveAddress } from "./fetch.js";
import { keepGpuBuild } from "../../assets/js/offline.js";
import { loadModel } from "./package.js";

/** The loaded model, what it was loaded from and for, and how large it is. */
let loaded;

/** The loaded engine with its load, if it is the model of this id, on the device that is chosen; without an id, whichever is loaded. */
export const current = (id) => ((id === undefined || loaded?.engine.modelId === id) && !elsewhere() ? loaded : undefined);

/** Whether another device is chosen than the one that the model was loaded for. */
export const elsewhere = () => loaded !== undefined && loaded.device !== choice();

/** The address that some model was loaded from before, or that this page was opened with. */
export function lastAddress() {
  return new URLSearchParams(location.search).get("model") ?? Object.values(remembered()).at(-1);
}

/**
 * Addresses for a model, best first: the one that this page was opened with, the one that it came from last time, those in the bundle.
 * `asked` says that loading it needs no further question: it is this very site's, was asked for, or is here already.
 * @returns {{ url: string, asked: boolean }[]}
 */
export function sources(id, listed, base) {
  const found = [];
  const add = (address, asked, from) => {
    try {
      const url = resolveAddress(address, from);
      if (!found.some((source) => source.url === url)) found.push({ url, asked: asked || new URL(url).origin === location.origin });
    } catch {
      // Not an address that a browser can open: the others may be.
    }
  };
  const given = new URLSearchParams(location.search).get("model");
  if (given) add(given, true);
  const known = remembered()[id];
  if (known) add(known, true);
  for (const address of Array.isArray(listed) ? listed : []) add(address, false, base);
  return found;
}

/**
 * Load a model and keep it; the one before is given up.
 * @param {string | File} source
 * @param {{ id?: string, signal: AbortSignal, show: typeof import("./progress.js").working }} options `id` is the model that is wanted: any
 *   other is refused before it is downloaded; `show` is told how far it is
 */
export async function load(source, { id, signal, show }) {
  await dispose();
  const begun = performance.now();
  const host = typeof source === "string" ? new URL(source).host : source.name;
  let size = 0;
  let fetched = false;
  show("load", `Opening the model, ${host}`, 0, 0);
  const device = choice();
  const engine = await loadModel(source, {
    device,
    modelId: id,
    workers: workers(),
    signal,
    onProgress(progress) {
      size = progress.total;
      // The head is always asked of the source; what counts is where the rest comes from.
      fetched ||= progress.chunk > 0 && progress.from === "source";
      const rate = fetched && typeof source === "string" ? `${bytes((1000 * progress.loaded) / (performance.now() - begun))}/s` : "";
      const label = `Loading the model: ${bytes(progress.loaded)} of ${bytes(progress.total)}`;
      show("load", again(progress) ?? label, progress.loaded, progress.total, rate);
    },
  });
  if (typeof source === "string") remember(engine.modelId, source);
  const from = typeof source !== "string" ? "the file you chose" : fetched ? host : `this browser’s storage (${host})`;
  loaded = { engine, source, device, load: { bytes: size, from } };
  showDevice(engine);
  if (engine.device.kind === "gpu") keepGpuBuild();
  return loaded;
}

/** Load from the first address that works; the last error tells why none did. */
export async function loadFirst(urls, options) {
  let last;
  for (const url of urls) {
    try {
      return await load(url, options);
    } catch (error) {
      if (isCancel(error)) throw error;
      last = error;
    }
  }
  throw last;
}

/** Give up the loaded model and its memory. */
export async function dispose() {
  const before = loaded;
  loaded = undefined;
  showDevice();
  await before?.engine.dispose();
}

/** Two workers where the page may share memory between them. */
function workers() {
  return globalThis.crossOriginIsolated && navigator.hardwareConcurrency > 1 ? 2 : 1;
}

/** A damaged part is named while it is fetched again. */
function again({ refetched }) {
  return refetched && `Part ${refetched.chunk} arrived damaged and is fetched again`;
}

/** Model id to the address that it was last loaded from. */
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

function remember(id, url) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...remembered(), [id]: url }));
  } catch {
    // No storage: the address has to be given again next time.
  }
}

const KEY = "openimo.models";
