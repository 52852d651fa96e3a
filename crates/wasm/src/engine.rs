//! `Engine`: a loaded model, and the runs that it starts.

use std::cell::RefCell;
use std::rc::Rc;

use openimo_core::backend::Backend;
use openimo_core::generate::GenerateJob;
use openimo_core::model::Model;
use openimo_core::request::{Draft, Request};
use openimo_core::tokenizer::{Tokenizer, Utf8Stream};
use openimo_core::verify::VerifyJob;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::error::{Failure, plain};
use crate::job::{Generation, Job, Verification};

/// A loaded model.
#[wasm_bindgen]
pub struct Engine {
    loaded: Box<dyn Loaded>,
}

/// A model in the form of one executor.
pub(crate) trait Loaded {
    /// The canonical request for a draft.
    fn request(&self, draft: &str) -> Result<Value, Failure>;
    /// Begin to generate.
    fn generate(&self, request: &str) -> Result<Job, Failure>;
    /// Begin to verify.
    fn verify(&self, bundle: &str) -> Job;
    /// The text of each id.
    fn pieces(&self, ids: &[u32]) -> Vec<String>;
}

/// What an engine and its jobs share.
pub(crate) struct Shared<B: Backend> {
    pub model: RefCell<Model<B>>,
    pub tokenizer: Tokenizer,
}

/// Make a model ready: its tokenizer is built.
pub(crate) fn loaded<B: Backend + 'static>(model: Model<B>) -> Result<Box<dyn Loaded>, Failure> {
    let tokenizer = model.tokenizer()?;
    Ok(Box::new(Rc::new(Shared { model: RefCell::new(model), tokenizer })))
}

impl<B: Backend + 'static> Loaded for Rc<Shared<B>> {
    fn request(&self, draft: &str) -> Result<Value, Failure> {
        let draft: Draft = serde_json::from_str(draft).map_err(|e| Failure::new("request.malformed", e))?;
        let ids = self.tokenizer.encode_prompt(&draft.prompt()?)?;
        let request = draft.request(&ids)?;
        Ok(json!({ "request": request.canonical(), "hash": request.hash() }))
    }

    fn generate(&self, request: &str) -> Result<Job, Failure> {
        let request = Request::parse(request)?;
        let job = GenerateJob::new(&self.model.borrow(), &self.tokenizer, &request)?;
        Ok(Job::new(Generation { shared: Self::clone(self), request, job }))
    }

    fn verify(&self, bundle: &str) -> Job {
        let job = VerifyJob::new(bundle.as_bytes(), Some((&self.model.borrow(), &self.tokenizer)));
        Job::new(Verification { shared: Self::clone(self), job: Some(job) })
    }

    fn pieces(&self, ids: &[u32]) -> Vec<String> {
        let mut text = Utf8Stream::new();
        let mut pieces: Vec<String> = ids.iter().map(|&id| text.push(self.tokenizer.id_bytes(id))).collect();
        if let Some(last) = pieces.last_mut() {
            last.push_str(&text.finish());
        }
        pieces
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

    /// Begin to generate what a canonical request asks.
    ///
    /// # Errors
    /// If it is not one, or this model cannot serve it.
    pub fn generate(&self, request: &str) -> Result<Job, JsValue> {
        Ok(self.loaded.generate(request)?)
    }

    /// Begin to verify a bundle; whatever is wrong with it is in the report.
    pub fn verify(&self, bundle: &str) -> Job {
        self.loaded.verify(bundle)
    }

    /// The text of each id: empty within a character, which appears with the id that completes it.
    pub fn pieces(&self, ids: &[u32]) -> Vec<String> {
        self.loaded.pieces(ids)
    }
}
