// A model that draws, through the package: what it says of its pictures, the picture on the way, the file, and what a changed one gives.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ROOT, drawingModel, tinyModel } from './setup.mjs';

const { loadModel, pictureOf } = await import(pathToFileURL(join(ROOT, 'pkg/node.js')).href);
const messages = [{ role: 'user', content: 'a cat' }];
let engine;

before(async () => {
  engine = await loadModel(drawingModel(), { inline: true });
});
after(() => engine.dispose());

test('a picture comes row by row, and its file is in the bundle', async () => {
  assert.deepEqual(engine.image, { width: 12, height: 8, ids: 6, columns: 3, rows: 2 });
  const steps = [];
  const { bundle } = await engine.generate({ messages, seed: 7 }, { onToken: (step) => steps.push(step) });
  const drawn = steps.filter(({ phase }) => phase === 'draw');
  assert.deepEqual(drawn.map(({ done }) => done), [3, 6]);
  assert.ok(steps.every(({ phase, picture }) => (picture !== undefined) === (phase === 'draw')));
  const png = pictureOf(bundle);
  assert.equal(`data:image/png;base64,${Buffer.from(png).toString('base64')}`, drawn[1].picture);
  assert.equal(bundle.output.text, '');
  // Nothing was asked for, so chance is the model's: the most likely codes alone would give every seed the same picture.
  const { sampler } = JSON.parse(bundle.request);
  assert.ok(sampler.beta > 0 && sampler.top_p < 65536, JSON.stringify(sampler));
  const phases = new Set();
  const { verdict, output } = await engine.verify(bundle, { onProgress: ({ phase }) => phases.add(phase) });
  assert.equal(verdict, 'verified');
  assert.deepEqual([...phases].sort(), ['draw', 'verify']);
  assert.deepEqual(output.picture, { claimed: bundle.output.picture, recreated: bundle.output.picture, differing: 0 });
});

test('a picture of another request is told by its pixels', async () => {
  const [{ bundle }, other] = await Promise.all([7, 8].map((seed) => engine.generate({ messages, seed })));
  const { checks, output } = await engine.verify({ ...bundle, output: { ...bundle.output, picture: other.bundle.output.picture } });
  assert.equal(checks.find(({ code }) => code === 'output.text').status, 'failed');
  assert.ok(output.picture.differing > 0);
  assert.equal(output.picture.recreated, bundle.output.picture);
});

test('a picture has its own number of ids', async () => {
  const error = await engine.generate({ messages, maxTokens: 5 }).catch((e) => e);
  assert.equal(error.code, 'request.picture_ids');
  assert.deepEqual(error.details, { max_tokens: 5, expected: 6 });
});

test('a text is no picture', async () => {
  const writer = await loadModel(tinyModel(), { inline: true });
  const { bundle } = await writer.generate({ messages, maxTokens: 2 });
  assert.deepEqual([writer.image, pictureOf(bundle)], [null, undefined]);
  await writer.dispose();
});
