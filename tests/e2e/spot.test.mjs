// One step of a run, taken out by the command line: the page runs that step alone, and says when it does not hold.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { OPENIMO, files, tinyModel } from "./bundles.mjs";
import { give, start, verdict } from "./browser.mjs";
import { serve } from "./server.mjs";

let browser;
let server;
let page;
let place;
const spots = {};

before(async () => {
  [browser, server] = await Promise.all([start(), serve({ files, isolated: true })]);
  const model = tinyModel(3);
  const bundle = join(files, "traced.json");
  const run = (...args) => execFileSync(OPENIMO, args, { stdio: ["ignore", "ignore", "inherit"] });
  run("generate", "--trace", "--model", model, "--seed", "3", "--temperature", "1", "--max-tokens", "12", "-o", bundle, "One step");
  const open = (name, position, ...step) => {
    const out = join(files, `${name}.json`);
    run("trace", "open", bundle, "--model", model, ...step, "--position", String(position), "-o", out);
    return readFileSync(out, "utf8");
  };
  // The third id that was chosen.
  place = JSON.parse(open("first", 0, "--embedding")).prompt + 1;
  for (const [name, ...step] of [["layer", "--layer", "0"], ["choice", "--choice"], ["embedding", "--embedding"]]) {
    spots[name] = open(name, place, ...step);
  }
  page = await browser.newPage();
});
after(() => Promise.all([browser?.close(), server?.close()]));

async function check(text, model = "/files/tiny-3.imo") {
  await page.goto("about:blank");
  await page.goto(`${server.url}/verify/?model=${model}`);
  await page.waitForSelector("#paste-form button:enabled");
  await give(page, text, "step.json");
  return verdict(page);
}

for (const name of ["layer", "choice", "embedding"]) {
  test(`a ${name} that holds holds, alone`, async () => {
    const shown = await check(spots[name]);
    assert.equal(shown.face, "held", shown.text);
    assert.ok(shown.text.includes(`position ${place}`), shown.text);
    assert.match(await page.innerText("#meaning"), /other steps/);
    assert.ok(await page.isHidden("#passage-card"), "no text was checked");
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/spot-${name}.png`, fullPage: true });
  });
}

test("a number that the trace does not have, and one that the model does not give, are named", async () => {
  const forged = JSON.parse(spots.layer);
  forged.step.after.values[3] ^= 1;
  assert.match((await check(JSON.stringify(forged))).text, /does not belong to the trace/);
  assert.equal(await page.getAttribute("#verdict", "data-verdict"), "invalid");
  const other = JSON.parse(spots.choice);
  other.ids[place + 1] = (other.ids[place + 1] + 1) % 256;
  assert.match((await check(JSON.stringify(other))).text, /not that of the statement/);
});

test("another model, another version and what is no step are not called wrong", async () => {
  tinyModel(1);
  const shown = await check(spots.layer, "/files/tiny-1.imo");
  assert.notEqual(shown.face, "invalid", shown.text);
  const version = JSON.stringify({ ...JSON.parse(spots.layer), version: 9 });
  assert.equal((await check(version)).face, "unchecked");
  assert.equal((await check('{"format":"openimo-spot","version":1}')).face, "unchecked");
});

test("a link opens a step, and nothing was reported to the console", async () => {
  writeFileSync(join(files, "linked.json"), spots.layer);
  await page.goto(`${server.url}/verify/?source=/files/linked.json&model=/files/tiny-3.imo`);
  assert.equal((await verdict(page)).face, "held");
  assert.deepEqual(browser.problems, []);
});
