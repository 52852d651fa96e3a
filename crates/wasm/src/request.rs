//! `hashRequest`: what a statement and a collection know a request by.

use openimo_core::request::Request;
use wasm_bindgen::prelude::*;

use crate::error::Failure;

/// The hash of a canonical request.
///
/// # Errors
/// If the text is not a canonical request of a known version.
#[wasm_bindgen(js_name = hashRequest)]
pub fn hash_request(text: &str) -> Result<String, JsValue> {
    let request = Request::parse(text).map_err(Failure::from)?;
    Ok(request.hash().to_string())
}
