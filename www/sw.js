// Keeps the pages and the package, so that they open without a network. The network comes first: a kept file is used only where it
// cannot be reached. Models are not kept here; the package has its own store for them.
//
// Every answer also gets the two headers that make a page cross-origin isolated, which static hosts seldom send: from the second visit
// on, two workers may share memory.
const CACHE = "openimo-pages";
const FILES = [
  "./",
  "assets/base.css",
  "assets/landing.css",
  "assets/icon.svg",
  "verify/",
  "verify/verify.css",
  "verify/passage.css",
  ...["app", "checks", "dom", "errors", "facts", "fetch", "intake", "model", "offline", "package", "parting", "passage"].map(script),
  ...["progress", "verdict"].map(script),
];

function script(name) {
  return `verify/js/${name}.js`;
}

addEventListener("install", (event) => {
  const keep = async () => (await caches.open(CACHE)).addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
  event.waitUntil(keep().then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const own = request.method === "GET" && url.origin === location.origin && !request.headers.has("range");
  if (own && KEPT.has(url.pathname)) event.respondWith(answer(request, url));
});

/** Paths of what is kept; everything else goes its way untouched. */
const KEPT = new Set(FILES.map((file) => new URL(file, location.href).pathname));

async function answer(request, url) {
  const cache = await caches.open(CACHE);
  const key = url.origin + url.pathname;
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
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
