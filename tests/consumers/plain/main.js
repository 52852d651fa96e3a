import { checkBundle, loadModel, versions } from './node_modules/openimo/index.js';
import { check } from './check.js';

const json = async (file) => (await fetch(file)).json();
const model = new URL('tiny.imo', document.baseURI);
const query = new URLSearchParams(location.search);
const options = { workers: Number(query.get('workers') ?? 1), device: query.get('device') ?? 'auto' };
globalThis.result = await check({ loadModel, checkBundle, versions }, model, await json('bundle.json'), await json('tampered.json'), options).catch((e) => ({
  error: String(e?.stack ?? e),
}));
