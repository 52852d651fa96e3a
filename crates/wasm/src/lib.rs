//! The wasm-bindgen surface of openimo-core, one JavaScript concept a file.
//!
//! No rules here: each export converts, calls one function of the core, and converts back. What JavaScript sees is typed by hand in
//! `js/src/wasm/openimo.d.ts`; failures cross as plain `{code, message, details}` ([`error`]).

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod begun;
pub mod bundle;
#[cfg(feature = "gpu")]
pub mod device;
pub mod engine;
pub mod error;
pub mod exchange;
pub mod executor;
pub mod job;
pub mod loader;
pub mod request;
pub mod versions;
