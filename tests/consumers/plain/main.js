import { checkBundle, loadModel, versions } from './node_modules/openimo/index.js';
import { check } from './check.js';

const json = async (file) => (await fetch(file)).json();
const model = new URL('tiny.imo', document.baseURI);
const workers = Number(new URLSearchParams(location.search).get('workers') ?? 1);
globalThis.result = await check({ loadModel, checkBundle, versions }, model, await json('bundle.json'), await json('tampered.json'), { workers }).catch((e) => ({
  error: String(e?.stack ?? e),
}));
