import { checkBundle, loadModel, versions } from 'openimo';
import { check } from './check.js';

const json = async (file) => (await fetch(file)).json();
const model = new URL('tiny.imo', document.baseURI);
const device = new URLSearchParams(location.search).get('device') ?? 'auto';
globalThis.result = await check({ loadModel, checkBundle, versions }, model, await json('bundle.json'), await json('tampered.json'), { device }).catch((e) => ({
  error: String(e?.stack ?? e),
}));
