import type { Platform } from './types.js';

/** The platform of this thread; the entry that was imported says which before anything runs. */
export let platform: Platform;

/** Set it. */
export function use(current: Platform): void {
  platform = current;
}
