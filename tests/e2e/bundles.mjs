// Bundles made natively by the command line, and forgeries of them whose hashes all fit.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { keccak_256 } from "@noble/hashes/sha3.js";

const ROOT = resolve(fileURLToPath(new URL("../../", import.meta.url)));
const target = (name) => join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", name);
/** The command line. */
export const OPENIMO = process.env.OPENIMO_BIN ?? target("openimo");
const TINY_MODEL = process.env.OPENIMO_TINY_MODEL_BIN ?? target("examples/tiny_model");

/** A folder for what the tests make; it is what the server shows under /files/. */
export const files = mkdtempSync(join(tmpdir(), "openimo-e2e-files-"));

/** The file of a small random model. */
export function tinyModel(seed) {
  const path = join(files, `tiny-${seed}.imo`);
  if (!existsSync(path)) execFileSync(TINY_MODEL, [String(seed), path]);
  return path;
}

/** The imported SmolLM2; the task that runs these tests provides it. */
export function smollm2() {
  const cache = process.env.OPENIMO_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "openimo");
  const path = join(cache, "smollm2.imo");
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`cargo xtask test\`, which imports it`);
  return { path, folder: dirname(path) };
}

/** Generate with the command line. @returns {object} the bundle */
export function generate(model, prompt, { seed = 7, temperature = "1", maxTokens = 48, sources = [] } = {}) {
  const out = join(mkdtempSync(join(tmpdir(), "openimo-e2e-bundle-")), "bundle.json");
  const options = ["--seed", String(seed), "--temperature", temperature, "--max-tokens", String(maxTokens), "-o", out];
  execFileSync(OPENIMO, ["generate", "--model", model, ...options, prompt], { stdio: ["ignore", "ignore", "inherit"] });
  const bundle = JSON.parse(readFileSync(out, "utf8"));
  return { ...bundle, model: { ...bundle.model, sources } };
}

/** A copy with another request (a function changes it) whose hash is right. */
export function withRequest(bundle, change) {
  const request = JSON.parse(bundle.request);
  change(request);
  return hashed({ ...bundle, request: JSON.stringify(request) });
}

/** A copy of a small model's bundle with another id at `position`; text and hashes follow from it. Its ids below 256 are bytes. */
export function withId(bundle, position, id) {
  const ids = bundle.output.ids.with(position, id);
  const content = Buffer.from(bundle.output.finish === "stop" ? ids.slice(0, -1) : ids);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
  const { content_hex: _, ...output } = { ...bundle.output, ids, text };
  if (!Buffer.from(text).equals(content)) output.content_hex = content.toString("hex");
  return hashed({ ...bundle, output });
}

function hashed(bundle) {
  const { text, content_hex } = bundle.output;
  const content = content_hex === undefined ? Buffer.from(text) : Buffer.from(content_hex, "hex");
  const statement = { ...bundle.statement, request_hash: keccak(Buffer.from(bundle.request)), content_hash: keccak(content) };
  return { ...bundle, statement };
}

const keccak = (bytes) => `0x${Buffer.from(keccak_256(bytes)).toString("hex")}`;
