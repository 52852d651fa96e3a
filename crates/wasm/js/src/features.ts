/** Which of the two wasm builds for the processor this engine can run. */
export type Variant = 'simd128' | 'relaxed';

/** All builds: those, and the one that drives a GPU. */
export type Build = Variant | 'webgpu';

/** The best build for this engine. Throws nothing: an engine without SIMD fails later, when it compiles the module. */
export function bestVariant(): Variant {
  return WebAssembly.validate(USES_RELAXED_SIMD) ? 'relaxed' : 'simd128';
}

// One function `() -> v128` each, with one instruction of the feature: i8x16.splat + popcnt, and i8x16.relaxed_swizzle.
const MAGIC = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10];
const USES_SIMD128 = new Uint8Array([...MAGIC, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);
const USES_RELAXED_SIMD = new Uint8Array([...MAGIC, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11]);

/** Whether this engine has 128-bit SIMD, without which no build runs. */
export function hasSimd(): boolean {
  return WebAssembly.validate(USES_SIMD128);
}
