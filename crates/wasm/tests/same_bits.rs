//! The stored vectors and bundles in WebAssembly: in Node, and in whichever browser the runner is pointed at.

#![cfg(target_arch = "wasm32")]

#[path = "same_bits/bundles.rs"]
mod bundles;
#[path = "../../core/tests/cis1_ops.rs"]
mod cis1_ops;
#[path = "same_bits/operators.rs"]
mod operators;
#[path = "same_bits/tokenizers.rs"]
mod tokenizers;
