// The packed package, installed and run by its users' tools.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HERE, OUT, addFixtures, inChromium, install, result, run, serve } from './setup.mjs';

/** What each consumer must have found, whatever it runs on. */
function holds(found) {
  assert.equal(found.error, undefined);
  assert.match(found.modelId, /^0x[0-9a-f]{64}$/);
  assert.deepEqual(found.verified, ['verified', 'recomputed']);
  assert.deepEqual(found.refused, ['not_verified', 5]);
  assert.deepEqual(found.quick, ['could_not_check', 'consistent']);
  assert.equal(found.same, true, 'generating again gives other ids');
  assert.equal(found.stopped, 'AbortError');
  assert.equal(found.code, 'request.max_tokens');
  assert.ok(found.steps.length > 0, 'no progress was reported');
  assert.equal(found.loaded.loaded, found.loaded.total);
  assert.equal(found.versions.arithmetic, 'CIS-1');
  assert.match(found.versions.git, /^[0-9a-f]{40}$/);
}

/** A consumer with what its page or program loads. */
function prepare(name, into = '.') {
  const dir = install(name);
  cpSync(join(HERE, 'shared/check.js'), join(dir, 'check.js'));
  mkdirSync(join(dir, into), { recursive: true });
  return dir;
}

for (const how of ['worker', 'inline']) {
  test(`Node, ${how}`, { timeout: 120_000 }, async () => {
    const dir = prepare('node');
    await addFixtures(dir);
    holds(JSON.parse(run('node', ['main.mjs', how], dir)));
  });
}

test('types, as a user meets them', { timeout: 120_000 }, () => {
  const dir = prepare('node');
  for (const resolution of ['nodenext', 'bundler']) {
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom', '--types', '', '--skipLibCheck', 'false'];
    run('node', [join(HERE, 'node_modules/typescript/bin/tsc'), ...options, '--module', module, '--moduleResolution', resolution, 'types.mts'], dir);
  }
});

test('Vite, production build in Chromium', { timeout: 180_000 }, async () => {
  const dir = prepare('vite', 'public');
  await addFixtures(join(dir, 'public'));
  run('node', [join(HERE, 'node_modules/vite/bin/vite.js'), 'build'], dir);
  await inBrowser(join(dir, 'dist'));
  await inBrowser(join(dir, 'dist'), { gpu: true });
});

test('webpack, production build in Chromium', { timeout: 180_000 }, async () => {
  const dir = prepare('webpack', 'dist');
  await addFixtures(join(dir, 'dist'));
  run('node', [join(HERE, 'node_modules/webpack-cli/bin/cli.js'), 'build'], dir);
  cpSync(join(dir, 'index.html'), join(dir, 'dist/index.html'));
  await inBrowser(join(dir, 'dist'));
  await inBrowser(join(dir, 'dist'), { gpu: true });
});

test('a plain page in Chromium', { timeout: 120_000 }, async () => {
  const dir = prepare('plain');
  await addFixtures(dir);
  await inBrowser(dir);
  await inBrowser(dir, { gpu: true });
});

test('a cross-origin isolated page in Chromium, two workers', { timeout: 120_000 }, async () => {
  const dir = prepare('plain');
  await addFixtures(dir);
  await inBrowser(dir, { isolated: true, query: '?workers=2', workers: 2 });
});

/** Serve `dir` with a strict policy and let its page run, with `gpu` there: the whole check twice, the second time from the cache. */
async function inBrowser(dir, { isolated = false, gpu = false, query = gpu ? '?device=gpu' : '', workers = 1 } = {}) {
  const server = await serve(dir, { isolated });
  try {
    await inChromium(`${server.url}/index.html${query}`, async (page, problems) => {
      const first = await result(page, problems);
      holds(first);
      assert.deepEqual(problems, []);
      assert.equal(first.workers, workers);
      assert.equal(first.device, gpu ? 'gpu' : 'cpu');
      assert.equal(first.loaded.from, 'source');
      await page.reload();
      const second = await result(page, problems);
      holds(second);
      assert.equal(second.loaded.from, 'cache', 'the model was not taken from the cache');
    }, { gpu });
  } finally {
    server.close();
  }
}
