//! `Engine`: a loaded model, and the runs that it starts.

use std::cell::RefCell;
use std::rc::Rc;

use openimo_core::backend::Backend;
use openimo_core::model::Model;
use openimo_core::tokenizer::Tokenizer;
use wasm_bindgen::prelude::*;

use crate::error::Failure;

/// A loaded model.
#[wasm_bindgen]
pub struct Engine {
    loaded: Box<dyn Loaded>,
}
