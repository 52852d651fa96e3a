import { use } from './platform/current.js';
import { node } from './platform/node.js';

// The package in Node; `index.ts` is its twin.
use(node);

export * from './api.js';
