//! `versions()`: what was built.

use openimo_core::ops::ARITHMETIC;
use openimo_core::simd::level::Level;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::error::plain;

/// The crate's version, the arithmetic, and the vector instructions of this build.
#[wasm_bindgen]
pub fn versions() -> JsValue {
    plain(&json!({ "version": env!("CARGO_PKG_VERSION"), "arithmetic": ARITHMETIC, "level": Level::detect().name() }))
}
