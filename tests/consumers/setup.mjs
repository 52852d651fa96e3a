// What the consumer tests share: the packed package, a small model and a bundle of it, folders to install into, a browser, a server.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const HERE = import.meta.dirname;
export const ROOT = join(HERE, '../..');
export const OUT = join(ROOT, 'tests/output/consumers');

/** Run a program, its output kept for the error. */
export function run(program, args, cwd = HERE) {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20 });
  } catch (e) {
    throw new Error(`${program} ${args.join(' ')} failed in ${cwd}\n${e.stdout ?? ''}${e.stderr ?? ''}`);
  }
}

/** `npm pack` of `pkg/`. */
export function packed() {
  const pkg = join(ROOT, 'pkg');
  if (!existsSync(join(pkg, 'index.js'))) throw new Error('pkg/ is not built: run `cargo xtask pkg`');
  mkdirSync(OUT, { recursive: true });
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', OUT], pkg));
  return join(OUT, filename);
}

/** A copy of the consumer `name` with the packed package installed, and this folder's build tools at hand. */
export function install(name) {
  const dir = join(OUT, name);
  rmSync(dir, { recursive: true, force: true });
  cpSync(join(HERE, name), dir, { recursive: true });
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--offline', packed()], dir);
  const tools = join(HERE, 'node_modules');
  for (const tool of ['vite', 'webpack', 'webpack-cli', 'typescript']) {
    const link = join(dir, 'node_modules', tool);
    if (!existsSync(link)) symlinkSync(join(tools, tool), link);
  }
  return dir;
}

/** A small random model, written by the core itself. */
export const tinyModel = () => written('tiny.imo', '1');
/** One that draws: 12 by 8 pixels from 2 rows of 3 ids. */
export const drawingModel = () => written('drawing.imo', '--drawing', '104');

function written(name, ...options) {
  const file = join(OUT, name);
  mkdirSync(OUT, { recursive: true });
  if (!existsSync(file)) {
    // `cargo xtask test` builds it before the tests begin.
    run(join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/examples/tiny_model'), [...options, file]);
  }
  return file;
}

/** A bundle of the small model's own, made by the package in Node, and one with its last id changed. */
export async function bundles() {
  const { loadModel } = await import(pathToFileURL(join(ROOT, 'pkg/node.js')).href);
  const engine = await loadModel(tinyModel(), { inline: true });
  const { bundle } = await engine.generate({ prompt: 'Once upon a time', maxTokens: 24, temperature: 1, seed: 7 });
  await engine.dispose();
  const tampered = structuredClone(bundle);
  tampered.output.ids[5] = tampered.output.ids[5] === 65 ? 66 : 65;
  return { bundle, tampered };
}

/** Write what a page of a consumer loads. */
export async function addFixtures(dir) {
  const { bundle, tampered } = await bundles();
  cpSync(tinyModel(), join(dir, 'tiny.imo'));
  writeFileSync(join(dir, 'bundle.json'), JSON.stringify(bundle));
  writeFileSync(join(dir, 'tampered.json'), JSON.stringify(tampered));
}

/**
 * A static server with byte ranges and a strict policy. `fault(path, offset, bytes)` may change or cut what is sent.
 * @returns {Promise<{ url: string, requests: { path: string, range?: string }[], close(): void }>}
 */
export async function serve(dir, { isolated = false, fault } = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const file = join(dir, path.endsWith('/') ? `${path}index.html` : path);
    requests.push({ path, range: request.headers.range });
    if (path.includes('..') || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    const whole = readFileSync(file);
    const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const [from, to] = match ? [Number(match[1]), match[2] ? Number(match[2]) + 1 : whole.length] : [0, whole.length];
    const headers = {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:",
      'Accept-Ranges': 'bytes',
      'Content-Length': to - from,
      'Cache-Control': 'no-store',
      ...(match && { 'Content-Range': `bytes ${from}-${to - 1}/${whole.length}` }),
      ...(isolated && { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }),
    };
    const bytes = fault?.(path, from, whole.subarray(from, to)) ?? whole.subarray(from, to);
    response.writeHead(match ? 206 : 200, headers);
    // Fewer bytes than promised: the connection breaks.
    if (bytes.length < to - from) response.write(bytes, () => response.destroy());
    else response.end(bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close };
}

/**
 * Open `url` in headless Chromium, with `gpu` one that has WebGPU (by SwiftShader, a program), and give `use` the page; whatever it
 * reports to the console is a failure.
 */
export async function inChromium(url, use, { gpu = false } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'openimo-consumer-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--headless=new', '--no-first-run', '--disable-background-networking', ...(gpu ? SOFTWARE_GPU : ['--disable-gpu'])],
  });
  try {
    const page = await context.newPage();
    const problems = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(`${message.text()} ${message.location().url}`));
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(url);
    return await use(page, problems);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** The result that a consumer's page leaves in `globalThis.result`. */
export async function result(page, problems) {
  await page.waitForFunction(() => globalThis.result !== undefined, undefined, { timeout: 60_000 }).catch((e) => {
    throw new Error(`${e.message}\n${problems.join('\n')}`);
  });
  return page.evaluate(() => globalThis.result);
}

const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
