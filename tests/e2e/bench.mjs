// Speed of the package in headless Chromium, one JSON line a figure: node bench.mjs ORIGIN MODEL WORKERS
import { start } from "./browser.mjs";

const [origin, model, workers] = process.argv.slice(2);
const RUNS = 3;
// Any text does; this one is long enough for 256 ids.
const LONG = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all. ".repeat(13);

const browser = await start();
try {
  const page = await browser.newPage();
  await page.goto(`${origin}/verify/`);
  const figures = await page.evaluate(measure, { model, workers: Number(workers), runs: RUNS, long: LONG });
  for (const figure of figures) console.log(JSON.stringify(figure));
} finally {
  await browser.close();
}

/** Runs in the page. */
async function measure({ model, workers, runs, long }) {
  const { loadModel, versions } = await import("/pkg/index.js");
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const conditions = { engine: "Chromium", workers, isolated: crossOriginIsolated, variant: (await versions()).variant };
  const figures = [];
  const figure = (name, value, unit, more = {}) =>
    figures.push({ name: `browser.${name}`, value: Number(value.toPrecision(6)), unit, conditions: { ...conditions, ...more } });

  const loads = [];
  let engine;
  for (let i = 0; i < runs; i++) {
    await engine?.dispose();
    const begin = performance.now();
    engine = await loadModel(new URL(model, location.href), { workers, cache: false });
    loads.push((performance.now() - begin) / 1000);
  }
  figure("load", median(loads), "s", { source: "loopback HTTP, each chunk hashed" });

  // When each id came, from the beginning of the request on.
  const timed = async (request) => {
    const times = [];
    const begin = performance.now();
    const onToken = ({ phase }) => phase === "generate" && times.push((performance.now() - begin) / 1000);
    const { bundle } = await engine.generate(request, { onToken });
    return { bundle, times, seconds: (performance.now() - begin) / 1000 };
  };
  for (const [after, prompt] of [[32, long.slice(0, 140)], [256, long]]) {
    const decodes = [];
    const prefills = [];
    for (let i = 0; i < runs; i++) {
      const { times } = await timed({ prompt, maxTokens: 33 });
      prefills.push(times[0]);
      decodes.push((times.length - 1) / (times.at(-1) - times[0]));
    }
    figure(`decode_after_${after}`, median(decodes), "ids/s", { characters: prompt.length });
    figure(`time_to_first_id_after_${after}`, median(prefills), "s", { characters: prompt.length });
  }
  const ratios = [];
  for (let i = 0; i < runs; i++) {
    const { bundle, seconds } = await timed({ prompt: long.slice(0, 140), maxTokens: 128 });
    const begin = performance.now();
    const report = await engine.verify(bundle);
    if (report.level !== "recomputed") throw new Error(`the bundle was not verified: ${JSON.stringify(report)}`);
    ratios.push(seconds / ((performance.now() - begin) / 1000));
  }
  figure("verify_over_generate", median(ratios), "times as fast", { output: 128 });
  await engine.dispose();
  return figures;
}
