//! The wasm-bindgen surface of openimo-core, one JavaScript concept a file.
//!
//! No rules here: each export converts, calls one function of the core, and converts back. What JavaScript sees is typed by hand in
//! `js/src/wasm/openimo.d.ts`; failures cross as plain `{code, message, details}` ([`error`]).

#![deny(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "engine")]
pub mod begun;
#[cfg(feature = "engine")]
pub mod bundle;
#[cfg(feature = "chain")]
pub mod chain;
#[cfg(feature = "gpu")]
pub mod device;
#[cfg(feature = "engine")]
mod dispute;
#[cfg(feature = "engine")]
pub mod engine;
pub mod error;
#[cfg(feature = "engine")]
pub mod exchange;
#[cfg(feature = "engine")]
pub mod executor;
#[cfg(feature = "engine")]
pub mod job;
#[cfg(feature = "engine")]
pub mod loader;
#[cfg(feature = "engine")]
pub mod request;
#[cfg(feature = "engine")]
mod spot;
#[cfg(feature = "engine")]
pub mod versions;
