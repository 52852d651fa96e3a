//! `checkBundle`: what can be checked of a bundle without its model.

use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::error::plain;

/// The report of the checks that need no model.
#[wasm_bindgen(js_name = checkBundle)]
pub fn check_bundle(bundle: &str) -> JsValue {
    plain(&json!(openimo_core::verify::check_bundle(bundle.as_bytes())))
}
