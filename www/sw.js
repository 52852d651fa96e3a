// Keeps the pages and the package, so that they open without a network. The network comes first: a kept file is used only where it
// cannot be reached. Models are not kept here; the package has its own store for them.
//
// Every answer also gets the two headers that make a page cross-origin isolated, which static hosts seldom send: from the second visit
// on, two workers may share memory.
const CACHE = "openimo-pages";
/** Where to begin; what these files name is followed from there. */
const ENTRIES = ["./", "verify/", "offering/", "pkg/worker.js"];
/** What only browsers with a GPU need, and ask to be kept: the build that drives it. */
const LATER = ["pkg/wasm/webgpu.js", "pkg/wasm/webgpu.wasm"].map((file) => new URL(file, location.href).href);
/** Folders of the site whose files are kept; everything else goes its way untouched. */
const FOLDERS = ["assets/", "verify/", "offering/", "pkg/"].map((folder) => new URL(folder, location.href).href);
const HOME = new URL("./", location.href).href;

addEventListener("install", (event) => event.waitUntil(keepAll(ENTRIES, LATER).then(() => skipWaiting())));
addEventListener("message", (event) => event.data === "webgpu" && event.waitUntil(keepAll(LATER)));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const key = request.url.split(/[?#]/)[0];
  const ours = key === HOME || FOLDERS.some((folder) => key.startsWith(folder));
  if (ours && request.method === "GET" && !request.headers.has("range")) event.respondWith(answer(request, key));
});

async function answer(request, key) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(key, response.clone());
    return isolated(response);
  } catch (error) {
    const kept = await cache.match(key);
    if (kept) return isolated(kept);
    throw error;
  }
}

function isolated(response) {
  // A redirect has no body to pass on, and the browser wants to see it itself.
  if (response.type === "opaqueredirect" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  const body = [204, 304].includes(response.status) ? null : response.body;
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}

/** Fetch the entries and all that they name, without `others`. */
async function keepAll(entries, others = []) {
  const cache = await caches.open(CACHE);
  const seen = new Set(others);
  const keep = async (url) => {
    if (seen.has(url)) return;
    seen.add(url);
    const response = await fetch(url, { cache: "no-cache" });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    const type = response.headers.get("content-type") ?? "";
    const text = /html|javascript|css/.test(type) ? await response.clone().text() : "";
    await cache.put(url, response);
    await Promise.all(named(text, type.includes("html")).map((address) => keep(new URL(address, url).href)));
  };
  await Promise.all(entries.map((entry) => keep(new URL(entry, location.href).href)));
}

/** The addresses of files that a file names, in the shapes that bundlers follow too. */
function named(text, html) {
  const shapes = html
    ? [/<(?:link|script)\b[^>]*?\b(?:href|src)="([^":#]+)"/g]
    : [/\b(?:from|import)\s*\(?["'](\.[^"']+)["']/g, /new URL\(["'](\.[^"']+)["'],\s*import\.meta\.url\)/g];
  return shapes.flatMap((shape) => [...text.matchAll(shape)].map(([, address]) => address));
}
