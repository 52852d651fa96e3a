// Loading over a bad network: what arrives damaged or cut is fetched again, what stays damaged is named, what was kept is not fetched.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ROOT, bundles, serve, tinyModel } from './setup.mjs';

const { loadModel, checkBundle, hashRequest } = await import(pathToFileURL(join(ROOT, 'pkg/node.js')).href);
const model = tinyModel();
const size = readFileSync(model).length;

/** Load from a server with a fault; what it was asked, and the engine or the error. */
async function loadWith(fault, options = {}) {
  const server = await serve(dirname(model), { fault });
  const progress = [];
  try {
    const engine = await loadModel(`${server.url}/tiny.imo`, { inline: true, onProgress: (p) => progress.push(p), ...options });
    await engine.dispose();
    return { progress, requests: server.requests };
  } catch (error) {
    return { error, progress, requests: server.requests };
  } finally {
    server.close();
  }
}

/** Change the byte at `at` of the file in the first `times` answers that hold it. */
function damage(at, times) {
  return (_, from, bytes) => {
    if (at < from || at >= from + bytes.length || times-- <= 0) return bytes;
    const copy = Buffer.from(bytes);
    copy[at - from] ^= 1;
    return copy;
  };
}

test('a sound file takes one request', async () => {
  const { error, requests, progress } = await loadWith();
  assert.equal(error, undefined);
  assert.equal(requests.length, 1);
  assert.equal(progress.at(-1).loaded, size);
});

test('a damaged chunk is named and fetched again', async () => {
  const { error, progress, requests } = await loadWith(damage(size - 5, 1));
  assert.equal(error, undefined);
  const again = progress.filter((p) => p.refetched);
  assert.equal(again.length, 1);
  assert.equal(again[0].refetched.chunk, progress.at(-1).chunks - 1);
  assert.equal(requests.length, 2);
  assert.ok(Number(/\d+/.exec(requests[1].range)[0]) > 0, 'the whole file was fetched again');
});

test('a chunk that stays damaged is named in the error', async () => {
  const { error } = await loadWith(damage(size - 5, Infinity));
  assert.equal(error.code, 'file.corrupt_chunk');
  assert.equal(error.details.attempts, 3);
  assert.match(error.details.expected, /^0x[0-9a-f]{64}$/);
  assert.notEqual(error.details.expected, error.details.got);
  assert.match(error.message, new RegExp(`chunk ${error.details.index} at byte ${error.details.offset}`));
  assert.deepEqual(JSON.parse(JSON.stringify(error)).code, 'file.corrupt_chunk');
});

test('a broken connection is resumed where it broke', async () => {
  let cuts = 2;
  const { error, requests } = await loadWith((_, from, bytes) => (cuts-- > 0 ? bytes.subarray(0, bytes.length >> 1) : bytes));
  assert.equal(error, undefined);
  const starts = requests.map((r) => Number(/\d+/.exec(r.range)[0]));
  assert.ok(starts.length >= 3 && starts.every((s, i) => i === 0 || s > starts[i - 1]), `requests started at ${starts}`);
});

test('a file that ends early is not taken for the whole', async () => {
  const file = readFileSync(model);
  const { error } = await loadWith(undefined, {});
  assert.equal(error, undefined);
  for (const cut of [0, 5, 11, 12, 100, size - 1]) {
    const load = loadModel(new Blob([file.subarray(0, cut)]), { inline: true });
    await assert.rejects(load, { name: 'OpenimoError', code: 'file.truncated' }, `cut at ${cut}`);
  }
});

test('what is not a model is refused by name', async () => {
  const noise = new Uint8Array(4096).fill(7);
  await assert.rejects(loadModel(noise.buffer, { inline: true }), { code: 'file.not_a_model' });
  await assert.rejects(loadModel(model, { inline: true, modelId: `0x${'00'.repeat(32)}` }), { code: 'model.other' });
  await assert.rejects(loadModel('/no/such/file.imo', { inline: true }), { code: 'file.unreadable' });
  await assert.rejects(loadModel(model, { inline: true, backend: 'gpu' }), { code: 'option.backend' });
  const server = await serve(dirname(model));
  await assert.rejects(loadModel(`${server.url}/missing.imo`, { inline: true }), (e) => e.code === 'network.status' && e.details.status === 404);
  assert.equal(server.requests.length, 1, 'a missing file is not asked for again');
  server.close();
});

test('a load is stopped by its signal, in a worker too', async () => {
  for (const inline of [true, false]) {
    const controller = new AbortController();
    const load = loadModel(model, { inline, signal: controller.signal, onProgress: () => controller.abort() });
    await assert.rejects(load, { name: 'AbortError' });
  }
  const reason = new Error('changed my mind');
  await assert.rejects(loadModel(model, { signal: AbortSignal.abort(reason) }), (e) => e === reason);
});

test('the reference and the vector twins give the same bits', async () => {
  const { bundle, tampered } = await bundles();
  for (const backend of ['scalar', 'simd']) {
    const engine = await loadModel(readFileSync(model).buffer.slice(0), { backend, inline: backend === 'simd' });
    const { bundle: again } = await engine.generate(bundle.request);
    assert.deepEqual(again, bundle);
    assert.equal((await engine.verify(bundle)).level, 'recomputed');
    assert.equal((await engine.verify(tampered)).difference.position, 5);
    await engine.dispose();
    await assert.rejects(engine.verify(bundle), { code: 'engine.disposed' });
  }
});

test('there is no GPU in Node', async () => {
  await assert.rejects(loadModel(model, { device: 'gpu' }), { name: 'OpenimoError', code: 'device.unavailable' });
  await assert.rejects(loadModel(model, { device: 'tpu' }), { code: 'option.device' });
  const engine = await loadModel(model, { inline: true });
  assert.deepEqual([engine.device.kind, engine.device.name, engine.device.fallback.code], ['cpu', engine.variant, 'device.unavailable']);
  await engine.dispose();
  const chosen = await loadModel(model, { inline: true, device: 'cpu' });
  assert.deepEqual(chosen.device, { kind: 'cpu', name: chosen.variant });
  await chosen.dispose();
});

test('two workers give the bits of one', async () => {
  const { bundle, tampered } = await bundles();
  const engine = await loadModel(model, { workers: 2 });
  assert.equal(engine.workers, 2);
  const controller = new AbortController();
  const stopped = engine.generate(
    { prompt: 'Without end', maxTokens: 400 },
    { signal: controller.signal, onToken: ({ done }) => done === 3 && controller.abort() },
  );
  await assert.rejects(stopped, { name: 'AbortError' });
  assert.deepEqual((await engine.generate(bundle.request)).bundle, bundle);
  assert.equal((await engine.verify(bundle)).level, 'recomputed');
  assert.equal((await engine.verify(tampered)).difference.position, 5);
  await engine.dispose();
});

test('requests are canonical, and hashed like the statement says', async () => {
  const { bundle } = await bundles();
  assert.equal(await hashRequest(bundle.request), bundle.statement.request_hash);
  await assert.rejects(hashRequest(` ${bundle.request}`), { code: 'request.not_canonical' });
  assert.equal((await checkBundle('not json')).verdict, 'not_verified');
  await assert.rejects(checkBundle(new Uint8Array([0xff])), { code: 'bundle.not_text' });
});
