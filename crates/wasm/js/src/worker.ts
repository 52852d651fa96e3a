import { platform } from '#platform';
import { LocalHost } from './host.js';
import { serve } from './rpc.js';

// The worker script of the package: one model, one job at a time, answered by message.
serve(new LocalHost(), platform.parent());
