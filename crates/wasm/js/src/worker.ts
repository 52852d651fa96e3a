import { LocalHost } from './host.js';
import { browser } from './platform/browser.js';
import { use } from './platform/current.js';
import { serve } from './rpc.js';

// The worker script: one model, one job at a time, answered by message. `node-worker.ts` is its twin.
use(browser);
serve(new LocalHost(), browser.parent());
