//! `Engine`: a loaded model, and the runs that it starts.

use std::cell::RefCell;
use std::rc::Rc;

use openimo_core::backend::Backend;
use openimo_core::model::Model;
use openimo_core::request::Draft;
use openimo_core::tokenizer::Tokenizer;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::error::{Failure, plain};

/// A loaded model.
#[wasm_bindgen]
pub struct Engine {
    loaded: Box<dyn Loaded>,
}

/// A model in the form of one executor.
pub(crate) trait Loaded {
    /// The canonical request for a draft.
    fn request(&self, draft: &str) -> Result<Value, Failure>;
}

/// What an engine and its jobs share.
pub(crate) struct Shared<B: Backend> {
    pub model: RefCell<Model<B>>,
    pub tokenizer: Tokenizer,
}

/// Make a model ready: its tokenizer is built.
pub(crate) fn loaded<B: Backend + 'static>(model: Model<B>) -> Result<Box<dyn Loaded>, Failure> {
    let tokenizer = Tokenizer::new(&model.tokenizer_section)?;
    Ok(Box::new(Rc::new(Shared { model: RefCell::new(model), tokenizer })))
}

impl<B: Backend + 'static> Loaded for Rc<Shared<B>> {
    fn request(&self, draft: &str) -> Result<Value, Failure> {
        let draft: Draft = serde_json::from_str(draft).map_err(|e| Failure::new("request.malformed", e))?;
        let ids = self.tokenizer.encode_prompt(&draft.prompt()?)?;
        let request = draft.request(&ids)?;
        Ok(json!({ "request": request.canonical(), "hash": request.hash() }))
    }
}

impl Engine {
    pub(crate) fn new(loaded: Box<dyn Loaded>) -> Self {
        Self { loaded }
    }
}

#[wasm_bindgen]
impl Engine {
    /// The canonical request for what is asked (a draft as JSON), and its hash.
    ///
    /// # Errors
    /// If a field is out of its domain, or the prompt cannot be encoded.
    pub fn request(&self, draft: &str) -> Result<JsValue, JsValue> {
        Ok(plain(&self.loaded.request(draft)?))
    }
}
