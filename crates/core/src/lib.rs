//! openimo-core: one integer model, run and verified.
//!
//! No I/O, no browser, no GPU, no async, no clock. The arithmetic is in [`ops`], one operator a file; [`model`] runs the transformer
//! against any [`backend::Backend`]; [`commit`] hashes what must be the same everywhere.

#![deny(unsafe_code)]
#![warn(missing_docs)]
pub mod backend;
pub mod bundle;
pub mod chain;
pub mod commit;
pub mod content;
pub mod device;
pub mod dispute;
mod forced;
pub mod generate;
pub mod import;
pub mod model;
pub mod ops;
pub mod picture;
pub mod random;
pub mod request;
pub mod revshare;
pub mod scalar;
pub mod simd;
pub mod statement;
pub mod tokenizer;
pub mod trace;
#[cfg(feature = "testing")]
pub mod vectors;
pub mod verify;
