// The model that draws in headless Chromium, one JSON line a figure: node bench-picture.mjs ORIGIN MODEL WORKERS [gpu]
//
// A cold visit is a browser that has nothing of the page: it ends when the first picture is there. What it downloads is counted as a server
// that compresses would send it (gzip, level 9), each file once.
import { gzipSync } from "node:zlib";

import { start } from "./browser.mjs";

const [origin, model, workers, device] = process.argv.slice(2);
const RUNS = 5;
const REQUEST = { messages: [{ role: "user", content: "a smiling cat" }], seed: "7" };

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const conditions = { engine: "Chromium", workers: Number(workers), device: device ?? "cpu", model: model.split("/").at(-1) };
const figure = (name, value, unit) =>
  console.log(JSON.stringify({ name: `browser.picture.${name}`, value: Number(value.toPrecision(6)), unit, conditions }));

const cold = [];
let files;
for (let run = 0; run < RUNS; run++) {
  const browser = await start({ gpu: device === "gpu" });
  try {
    const page = await browser.newPage();
    const urls = new Set();
    page.on("request", (request) => urls.add(new URL(request.url()).pathname));
    const begin = performance.now();
    await page.goto(`${origin}/verify/`);
    const figures = await page.evaluate(measure, { model, workers: Number(workers), request: REQUEST, device: device ?? "cpu", warm: run === RUNS - 1 });
    cold.push(performance.now() - begin - figures.after);
    if (run === RUNS - 1) {
      figure("generate", median(figures.generate), "ms");
      figure("generate_unseen", median(figures.unseen), "ms");
      figure("verify", median(figures.verify), "ms");
      figure("first_pixels", median(figures.first), "ms");
      files = [...urls].filter((path) => path.startsWith("/"));
    }
  } finally {
    await browser.close();
  }
}
figure("cold_visit", median(cold), "ms");
let [sent, raw] = [0, 0];
for (const path of files) {
  const response = await fetch(origin + path);
  if (!response.ok) continue;
  const bytes = Buffer.from(await response.arrayBuffer());
  raw += bytes.length;
  sent += gzipSync(bytes, { level: 9 }).length;
}
figure("cold_bytes", sent, "bytes, gzip");
figure("cold_bytes_raw", raw, "bytes");

/** Runs in the page: the first picture, and then, on the last visit, the times of more. */
async function measure({ model, workers, request, device, warm }) {
  const { loadModel } = await import("/pkg/index.js");
  const engine = await loadModel(new URL(model, location.href), { workers, device, cache: false });
  const draw = async (seed, onToken) => {
    const begin = performance.now();
    const { bundle } = await engine.generate({ ...request, seed }, onToken ? { onToken } : {});
    return { bundle, ms: performance.now() - begin };
  };
  await draw(request.seed, () => {});
  const done = performance.now();
  const times = { generate: [], unseen: [], verify: [], first: [] };
  for (let i = 0; warm && i < 5; i++) {
    const begin = performance.now();
    let first;
    const { bundle, ms } = await draw(String(i), ({ picture }) => picture && (first ??= performance.now() - begin));
    times.generate.push(ms);
    times.first.push(first ?? ms);
    times.unseen.push((await draw(String(i))).ms);
    const checking = performance.now();
    const report = await engine.verify(bundle);
    if (report.level !== "recomputed") throw new Error(`the picture was not verified: ${JSON.stringify(report)}`);
    times.verify.push(performance.now() - checking);
  }
  await engine.dispose();
  return { ...times, after: performance.now() - done };
}
