// Bundles made natively by the command line, and forgeries of them whose hashes all fit.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { keccak_256 } from "@noble/hashes/sha3.js";

const ROOT = resolve(fileURLToPath(new URL("../../", import.meta.url)));
const target = (name) => join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug", name);
/** The command line. */
export const OPENIMO = process.env.OPENIMO_BIN ?? target("openimo");
const TINY_MODEL = process.env.OPENIMO_TINY_MODEL_BIN ?? target("examples/tiny_model");

/** A folder for what the tests make; it is what the server shows under /files/. */
export const files = mkdtempSync(join(tmpdir(), "openimo-e2e-files-"));

/** Where the command line keeps things. */
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "openimo");

/** The file of a small random model. */
export function tinyModel(seed) {
  const path = join(files, `tiny-${seed}.imo`);
  if (!existsSync(path)) execFileSync(TINY_MODEL, [String(seed), path]);
  return path;
}

/** The file of a small random model that draws: pictures of 12 by 8 pixels, from 2 rows of 3 ids. */
export function drawingModel(seed) {
  const path = join(files, `drawing-${seed}.imo`);
  if (!existsSync(path)) execFileSync(TINY_MODEL, ["--drawing", String(seed), path]);
  return path;
}

/** The imported SmolLM2; the task that runs these tests provides it. */
export function smollm2() {
  const path = join(process.env.OPENIMO_CACHE ?? CACHE, "smollm2.imo");
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`cargo xtask test\`, which imports it`);
  return { path, folder: dirname(path) };
}

/** The file of a model that ships: the command line makes it when it is first used, and keeps it under its id. */
export function shippedModel(name) {
  const id = readFileSync(join(ROOT, "models", "pixel", name, "model-id"), "utf8").trim();
  const path = join(CACHE, "bundled", `${id}.imo`);
  if (!existsSync(path)) generate(name, "a cat", { draws: true });
  return path;
}

/** Generate with the command line; a picture has its own number of tokens, and its own temperature. @returns {object} the bundle */
export function generate(model, prompt, { seed = 7, draws = false, temperature = draws ? undefined : "1", maxTokens = 48, sources = [] } = {}) {
  const out = join(mkdtempSync(join(tmpdir(), "openimo-e2e-bundle-")), "bundle.json");
  const options = ["--seed", String(seed), "-o", out];
  if (temperature !== undefined) options.push("--temperature", temperature);
  if (!draws) options.push("--max-tokens", String(maxTokens));
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

/** A copy of a picture's bundle with another id at `position`, and the picture as it was. */
export const withPictureId = (bundle, position, id) => hashed({ ...bundle, output: { ...bundle.output, ids: bundle.output.ids.with(position, id) } });

/** A copy of a picture's bundle with other pixels (a function changes their bytes), in a file that is as right as the one before. */
export function withPixels(bundle, change) {
  const file = Buffer.from(bundle.output.picture, "base64");
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const raw = file.subarray(48, 48 + height * (3 * width + 1));
  assert.ok(raw.length < 65536, "one block");
  const pixels = Buffer.concat(Array.from({ length: height }, (_, y) => raw.subarray(y * (3 * width + 1) + 1, (y + 1) * (3 * width + 1))));
  change(pixels, width);
  for (let y = 0; y < height; y++) pixels.copy(raw, y * (3 * width + 1) + 1, 3 * width * y, 3 * width * (y + 1));
  const end = 48 + raw.length;
  file.writeUInt32BE(adler32(raw), end);
  file.writeUInt32BE(crc32(file.subarray(37, end + 4)), end + 4);
  return withPicture(bundle, file);
}

/** A copy of a picture's bundle with another file. */
export const withPicture = (bundle, file) => hashed({ ...bundle, output: { ...bundle.output, picture: file.toString("base64") } });

function adler32(bytes) {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

/** The content of a bundle. */
export function contentOf({ output: { text, content_hex, picture } }) {
  if (picture !== undefined) return Buffer.from(picture, "base64");
  return content_hex === undefined ? Buffer.from(text) : Buffer.from(content_hex, "hex");
}

function hashed(bundle) {
  const content = contentOf(bundle);
  const statement = { ...bundle.statement, request_hash: keccak(Buffer.from(bundle.request)), content_hash: keccak(content) };
  return { ...bundle, statement };
}

const keccak = (bytes) => `0x${Buffer.from(keccak_256(bytes)).toString("hex")}`;
