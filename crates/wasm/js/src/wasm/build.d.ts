import type { Build } from '../features.js';

/** `sha384-…` of each wasm module, written when the package is built. */
export const integrity: Readonly<Record<Build | 'chain', string>>;
/** The commit it was built from. */
export const git: string;
