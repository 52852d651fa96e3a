// A small static server for these tests: www/ at /, pkg/ at /pkg/, a folder of test files at /files/. Byte ranges, the right MIME types,
// and, where asked for, the two headers that make a page cross-origin isolated. A test can make it misbehave: see `faults`.
import { createServer } from "node:http";
import { createReadStream, statSync } from "node:fs";
import { extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(fileURLToPath(new URL("../../", import.meta.url)));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".imo": "application/octet-stream",
};

/**
 * Start the server.
 * @param {{ isolated?: boolean, files?: string, pkg?: string, port?: number }} options `files` is the folder behind /files/.
 * @returns {Promise<{ url: string, faults: Faults, requests: Request[], close(): Promise<void> }>}
 */
export function serve({ isolated = false, files, pkg = join(ROOT, "pkg"), port = 0 } = {}) {
  /** Misbehaviour, each used up by the requests that it touches. */
  const faults = {
    /** Cut the body of this many answers for a model file after `cutAfter` bytes. */
    cuts: 0,
    cutAfter: 0,
    /** Byte offsets of model files that are flipped in the next answers that contain them: offset -> how many times. */
    flips: new Map(),
    /** The node behind /rpc, and what becomes of its answers: (method, result) -> result. */
    node: undefined,
    change: (_method, result) => result,
  };
  const requests = [];
  const server = createServer((request, response) => {
    if (request.method === "POST" && request.url === "/rpc" && faults.node) pass(request, response).catch(() => response.destroy());
    else answer(request, response);
  });

  /** Ask the node, so that the page may ask its own site. */
  async function pass(request, response) {
    const body = Buffer.concat(await request.toArray());
    const { method } = JSON.parse(body);
    const reply = await (await fetch(faults.node, { method: "POST", headers: { "content-type": "application/json" }, body })).json();
    if ("result" in reply) reply.result = faults.change(method, reply.result);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
  }

  function locate(path) {
    const mounts = [["/pkg/", pkg], ["/files/", files], ["/", join(ROOT, "www")]];
    const [prefix, folder] = mounts.find(([prefix]) => path.startsWith(prefix));
    if (!folder) return null;
    const local = normalize(join(folder, path.slice(prefix.length)));
    return local === folder || local.startsWith(folder + "/") || folder.endsWith("/") ? local : null;
  }

  function answer(request, response) {
    const path = decodeURIComponent(new URL(request.url, "http://host").pathname);
    requests.push({ method: request.method, path, range: request.headers.range });
    let local = locate(path);
    let stat = local && statSync(local, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      if (!path.endsWith("/")) return response.writeHead(301, { location: path + "/" }).end();
      local = join(local, "index.html");
      stat = statSync(local, { throwIfNoEntry: false });
    }
    const headers = isolated
      ? { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp", "cross-origin-resource-policy": "same-origin" }
      : {};
    if (!stat) return response.writeHead(404, { ...headers, "content-type": "text/plain" }).end("not found\n");
    Object.assign(headers, {
      "content-type": TYPES[extname(local)] ?? "application/octet-stream",
      "accept-ranges": "bytes",
      // A browser that keeps parts of a model by itself would hide what the server does wrong.
      "cache-control": local.endsWith(".imo") ? "no-store" : "no-cache",
      etag: `"${stat.size.toString(16)}-${Math.trunc(stat.mtimeMs).toString(16)}"`,
    });
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    let start = 0;
    let end = stat.size - 1;
    if (range) {
      start = Number(range[1]);
      if (range[2]) end = Math.min(end, Number(range[2]));
      if (start > end) return response.writeHead(416, { ...headers, "content-range": `bytes */${stat.size}` }).end();
      headers["content-range"] = `bytes ${start}-${end}/${stat.size}`;
    }
    headers["content-length"] = end - start + 1;
    response.writeHead(range ? 206 : 200, headers);
    if (request.method === "HEAD") return response.end();
    send(local, start, end, response);
  }

  function send(local, start, end, response) {
    const model = local.endsWith(".imo");
    let at = start;
    const cut = model && faults.cuts > 0 && end - start + 1 > faults.cutAfter;
    if (cut) faults.cuts -= 1;
    const stream = createReadStream(local, { start, end, highWaterMark: 1 << 16 });
    stream.on("data", (bytes) => {
      if (model) {
        for (const [offset, times] of faults.flips) {
          if (offset >= at && offset < at + bytes.length) {
            bytes[offset - at] ^= 0xff;
            if (times > 1) faults.flips.set(offset, times - 1);
            else faults.flips.delete(offset);
          }
        }
      }
      at += bytes.length;
      if (cut && at - start >= faults.cutAfter) {
        stream.destroy();
        // A browser that hears of the end at once may drop what has arrived: a cut line is not that fast either.
        response.write(bytes.subarray(0, Math.max(0, bytes.length - (at - start - faults.cutAfter))), () => setTimeout(() => response.destroy(), 300));
        return;
      }
      if (!response.write(bytes)) {
        stream.pause();
        response.once("drain", () => stream.resume());
      }
    });
    stream.on("end", () => response.end());
    response.on("close", () => stream.destroy());
  }

  return new Promise((ready, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", () => {
      ready({
        url: `http://127.0.0.1:${server.address().port}`,
        faults,
        requests,
        close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))),
      });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name) => process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
  const server = await serve({
    isolated: process.argv.includes("--isolated"),
    files: option("files"),
    pkg: option("pkg"),
    port: Number(option("port") ?? 8017),
  });
  console.log(`${server.url}/verify/`);
}
