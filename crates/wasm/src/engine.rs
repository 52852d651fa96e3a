//! `Engine`: a loaded model, and the runs that it starts.

use std::cell::RefCell;
use std::rc::Rc;

use openimo_core::generate::GenerateJob;
use openimo_core::model::Model;
use openimo_core::model::file::Header;
use openimo_core::request::{Draft, Request};
use openimo_core::tokenizer::{Tokenizer, Utf8Stream};
use openimo_core::verify::VerifyJob;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::begun::Begun;
use crate::error::{Failure, plain};
use crate::executor::Executor;
use crate::job::{Generation, Job, Verification};

/// How often a picture is shown on its way: drawing it takes as long as choosing a good part of its ids, so doing it after every line would
/// be most of the work.
const SHOWN: u32 = 6;

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
    fn generate(&self, request: &str, begun: Option<Begun>) -> Result<Job, Failure>;
    /// Begin to verify.
    fn verify(&self, bundle: &str, begun: Option<Begun>) -> Job;
    /// Begin to check one step of a run.
    fn spot(&self, spot: &str) -> Result<Job, Failure>;
    /// Begin to examine an asserted run.
    fn dispute(&self, input: &str) -> Result<Job, Failure>;
    /// The text of each id.
    fn pieces(&self, ids: &[u32]) -> Vec<String>;
}

/// What an engine and its jobs share.
pub struct Shared<B: Executor> {
    /// The model; a step of a job holds it.
    pub model: RefCell<Model<B>>,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// The head of the model's file.
    pub header: Header,
}

/// Make a model ready: its tokenizer is built.
pub(crate) fn loaded<B: Executor + 'static>(model: Model<B>, header: Header) -> Result<Box<dyn Loaded>, Failure> {
    let tokenizer = model.tokenizer()?;
    Ok(Box::new(Rc::new(Shared { model: RefCell::new(model), tokenizer, header })))
}

impl<B: Executor> Drop for Shared<B> {
    fn drop(&mut self) {
        self.model.get_mut().backend.release();
    }
}

impl<B: Executor + 'static> Loaded for Rc<Shared<B>> {
    fn request(&self, draft: &str) -> Result<Value, Failure> {
        let draft: Draft = serde_json::from_str(draft).map_err(|e| Failure::new("request.malformed", e))?;
        let ids = self.tokenizer.encode_prompt(&draft.prompt()?)?;
        let request = draft.for_model(&self.model.borrow().manifest.config).request(&ids)?;
        Ok(json!({ "request": request.canonical(), "hash": request.hash() }))
    }

    fn generate(&self, request: &str, begun: Option<Begun>) -> Result<Job, Failure> {
        let request = Request::parse(request)?;
        let (ids, stand) = begun.as_ref().map_or((&[][..], 0), |begun| (&begun.ids[..], begun.stand()));
        let model = self.model.borrow();
        let lines = model.manifest.config.image.as_ref().map_or(1, |image| image.grid_height.div_ceil(SHOWN));
        let job = GenerateJob::resume(&model, &self.tokenizer, &request, ids, stand)?.showing(&model, lines);
        Ok(Job::new(Generation { shared: Self::clone(self), request, job }))
    }

    fn verify(&self, bundle: &str, begun: Option<Begun>) -> Job {
        let (checked, fault) = begun.map_or((0, None), |begun| (begun.checked, Some(begun.fault)));
        let model = self.model.borrow();
        let job = VerifyJob::resume(bundle.as_bytes(), Some((&model, &self.tokenizer)), checked, fault);
        Job::new(Verification { shared: Self::clone(self), job: Some(job) })
    }

    fn spot(&self, spot: &str) -> Result<Job, Failure> {
        B::spot(self, spot)
    }

    fn dispute(&self, input: &str) -> Result<Job, Failure> {
        B::dispute(self, input)
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

    /// Begin to generate what a canonical request asks, or go on with what was begun on a device that failed.
    ///
    /// # Errors
    /// If it is not one, or this model cannot serve it.
    pub fn generate(&self, request: &str, begun: Option<Begun>) -> Result<Job, JsValue> {
        Ok(self.loaded.generate(request, begun)?)
    }

    /// Begin to verify a bundle, or go on; whatever is wrong with it is in the report.
    pub fn verify(&self, bundle: &str, begun: Option<Begun>) -> Job {
        self.loaded.verify(bundle, begun)
    }

    /// Begin to check one step of a run, which runs only that.
    ///
    /// # Errors
    /// If it is none, or the model's numbers are not on the processor.
    pub fn spot(&self, spot: &str) -> Result<Job, JsValue> {
        Ok(self.loaded.spot(spot)?)
    }

    /// Begin to run an asserted run again, and to find the next move against it: JSON `{asserted, stand?: {account, terms, look, now}}`.
    ///
    /// # Errors
    /// If it cannot be read, is of another model, or the model's numbers are not on the processor.
    pub fn dispute(&self, input: &str) -> Result<Job, JsValue> {
        Ok(self.loaded.dispute(input)?)
    }

    /// The text of each id: empty within a character, which appears with the id that completes it.
    pub fn pieces(&self, ids: &[u32]) -> Vec<String> {
        self.loaded.pieces(ids)
    }
}
