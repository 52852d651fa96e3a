/** The same surface, with everything that is only in the build with WebGPU. */
export * from './openimo.js';
