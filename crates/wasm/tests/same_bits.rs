//! The stored vectors and a small model's bundles in WebAssembly: in Node, and in whichever browser the runner is pointed at. The
//! bundles are also run natively.

#[path = "same_bits/bundles.rs"]
mod bundles;
#[cfg(target_arch = "wasm32")]
#[path = "../../core/tests/cis1_ops.rs"]
mod cis1_ops;
#[cfg(target_arch = "wasm32")]
#[path = "same_bits/operators.rs"]
mod operators;
#[path = "same_bits/random_models.rs"]
mod random_models;
#[cfg(target_arch = "wasm32")]
#[path = "same_bits/tokenizers.rs"]
mod tokenizers;
