import { readFile } from 'node:fs/promises';
import { checkBundle, loadModel, versions } from 'openimo';
import { check } from './check.js';

const [inline] = process.argv.slice(2);
const json = async (file) => JSON.parse(await readFile(file, 'utf8'));
const options = inline === 'inline' ? { inline: true } : {};
console.log(JSON.stringify(await check({ loadModel, checkBundle, versions }, 'tiny.imo', await json('bundle.json'), await json('tampered.json'), options)));
