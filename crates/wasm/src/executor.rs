//! What an executor has to tell JavaScript besides what the core asks of it.

use std::rc::Rc;

use openimo_core::backend::Backend;
use openimo_core::model::file::Manifest;
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use wasm_bindgen::JsValue;

use crate::engine::Shared;
use crate::error::Failure;
use crate::job::Job;
use crate::{dispute, spot};

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

    /// Begin to check one step of a run.
    ///
    /// # Errors
    /// If it is none, or the model's numbers are elsewhere.
    fn spot(_shared: &Rc<Shared<Self>>, _spot: &str) -> Result<Job, Failure>
    where
        Self: Sized,
    {
        Err(elsewhere())
    }

    /// Begin to examine an asserted run.
    ///
    /// # Errors
    /// If it cannot be read, is of another model, or the model's numbers are elsewhere.
    fn dispute(_shared: &Rc<Shared<Self>>, _input: &str) -> Result<Job, Failure>
    where
        Self: Sized,
    {
        Err(elsewhere())
    }
}

/// Traces are made of the numbers between the layers, which a device does not give back.
fn elsewhere() -> Failure {
    Failure::new("device.no_trace", "steps and assertions are checked on the processor: load the model with device \"cpu\"")
}

macro_rules! on_the_processor {
    ($($executor:ty)*) => {
        $(impl Executor for $executor {
            fn spot(shared: &Rc<Shared<Self>>, spot: &str) -> Result<Job, Failure> {
                spot::check(shared, spot)
            }

            fn dispute(shared: &Rc<Shared<Self>>, input: &str) -> Result<Job, Failure> {
                dispute::job(shared, input)
            }
        })*
    };
}

on_the_processor! { Scalar Simd }
