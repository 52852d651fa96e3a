import { LocalHost } from './host.js';
import { use } from './platform/current.js';
import { node } from './platform/node.js';
import { serve } from './rpc.js';

// The worker script in Node; `worker.ts` is its twin.
use(node);
serve(new LocalHost(), node.parent());
