import { browser } from './platform/browser.js';
import { use } from './platform/current.js';

// The package in a browser; `node.ts` is its twin.
use(browser);

export * from './api.js';
