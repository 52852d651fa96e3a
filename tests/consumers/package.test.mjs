// The package as a package: what publint and attw say, what is in the tarball, how large the modules are.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { HERE, ROOT, packed, run } from './setup.mjs';

const PKG = join(ROOT, 'pkg');
const tool = (name, ...args) => run('node', [join(HERE, 'node_modules', name), ...args]);

test('publint has nothing to say', () => {
  tool('publint/src/cli.js', '--strict', PKG);
});

test('the types resolve for every kind of importer that the package serves', () => {
  // An ES module alone, so CommonJS importers need a dynamic import; wasm files have no types.
  tool('@arethetypeswrong/cli/dist/index.js', packed(), '--profile', 'esm-only', '--exclude-entrypoints', 'simd128.wasm', 'relaxed.wasm', 'webgpu.wasm', 'chain.wasm');
});

test('the tarball holds what the manifest exports, and no sources', () => {
  const listed = run('tar', ['-tzf', packed()]).trim().split('\n').map((file) => file.replace(/^package\//, ''));
  const manifest = JSON.parse(readFileSync(join(PKG, 'package.json'), 'utf8'));
  const targets = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets));
  for (const target of targets(manifest.exports)) {
    const [before, after] = target.replace(/^\.\//, '').split('*');
    const packs = (file) => (after === undefined ? file === before : file.startsWith(before) && file.endsWith(after));
    assert.ok(listed.some(packs), `${target} is exported, but not packed`);
  }
  for (const file of ['README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'wasm/simd128.wasm', 'wasm/relaxed.wasm', 'wasm/webgpu.wasm', 'wasm/webgpu.js', 'wasm/chain.wasm', 'node-worker.js']) {
    assert.ok(listed.includes(file), `${file} is missing`);
  }
  assert.deepEqual(listed.filter((file) => /(?<!\.d)\.ts$|node_modules|tsconfig/.test(file)), []);
  assert.equal(manifest.devDependencies, undefined);
});

test('the modules are those that the loader will accept', async () => {
  const { integrity, git } = await import(pathToFileURL(join(PKG, 'wasm/build.js')).href);
  assert.match(git, /^[0-9a-f]{40}$/);
  for (const [variant, largest] of Object.entries(LARGEST)) {
    const bytes = readFileSync(join(PKG, `wasm/${variant}.wasm`));
    assert.equal(`sha384-${createHash('sha384').update(bytes).digest('base64')}`, integrity[variant]);
    const gzip = gzipSync(bytes, { level: 9 }).length;
    assert.ok(gzip <= largest, `${variant}.wasm is ${gzip} bytes after gzip, more than ${largest}`);
  }
});

/** Bytes after gzip; a module that grows past it should have a reason. */
const LARGEST = { simd128: 860_000, relaxed: 860_000, webgpu: 970_000, chain: 360_000 };
