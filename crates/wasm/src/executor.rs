//! What an executor has to tell JavaScript besides what the core asks of it.

use openimo_core::backend::Backend;
use openimo_core::model::file::Manifest;
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use wasm_bindgen::JsValue;

/// An executor as the module's classes use it.
pub trait Executor: Backend {
    /// A promise that settles when the device has got further; `undefined` where all is done at once.
    fn settled(&self) -> JsValue {
        JsValue::UNDEFINED
    }

    /// A promise that is rejected where the device has no room for the model; `undefined` where none is needed.
    fn room(&self, _manifest: &Manifest) -> JsValue {
        JsValue::UNDEFINED
    }

    /// Give memory back that is not this module's.
    fn release(&self) {}
}

impl Executor for Scalar {}

impl Executor for Simd {}
