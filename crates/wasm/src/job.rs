//! `Job`: a run that is stepped through, so that the thread that holds the model can attend to messages between steps.

use std::rc::Rc;

use openimo_core::backend::Backend;
use openimo_core::bundle::ModelRef;
use openimo_core::generate::{GenerateJob, Phase, Progress};
use openimo_core::request::Request;
use openimo_core::verify::VerifyJob;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::engine::Shared;
use crate::error::plain;

/// A generation or a verification in progress.
#[wasm_bindgen]
pub struct Job {
    run: Box<dyn Run>,
}

/// A run on one executor.
pub(crate) trait Run {
    /// Run one step: `{progress}`, or `{done}` with the result after the last one.
    fn step(&mut self) -> Value;
}

/// A generation.
pub(crate) struct Generation<B: Backend> {
    pub shared: Rc<Shared<B>>,
    pub request: Request,
    pub job: GenerateJob<B>,
}

/// A verification; the job is taken when its report is made.
pub(crate) struct Verification<B: Backend> {
    pub shared: Rc<Shared<B>>,
    pub job: Option<VerifyJob<B>>,
}

impl<B: Backend> Run for Generation<B> {
    fn step(&mut self) -> Value {
        let (model, tokenizer) = (&mut *self.shared.model.borrow_mut(), &self.shared.tokenizer);
        if let Some(output) = self.job.output(model, tokenizer) {
            let named = ModelRef { id: model.id, name: model.manifest.name.clone(), sources: Vec::new() };
            return json!({ "done": output.bundle(named, &self.request) });
        }
        let chosen = self.job.ids().len();
        let mut progress = describe(self.job.step(model, tokenizer));
        if let Some(id) = self.job.ids().get(chosen) {
            progress["id"] = json!(id);
        }
        json!({ "progress": progress })
    }
}

impl<B: Backend> Run for Verification<B> {
    fn step(&mut self) -> Value {
        let (model, tokenizer) = (&mut *self.shared.model.borrow_mut(), &self.shared.tokenizer);
        match self.job.as_mut().and_then(|job| job.step(model)) {
            Some(progress) => json!({ "progress": describe(progress) }),
            None => json!({ "done": self.job.take().map(|job| job.report(Some(tokenizer))) }),
        }
    }
}

fn describe(progress: Progress<'_>) -> Value {
    let phase = match progress.phase {
        Phase::Prefill => "prefill",
        Phase::Generate => "generate",
        Phase::Verify => "verify",
    };
    json!({ "phase": phase, "done": progress.done, "total": progress.total, "text": progress.piece })
}

impl Job {
    pub(crate) fn new(run: impl Run + 'static) -> Self {
        Self { run: Box::new(run) }
    }
}

#[wasm_bindgen]
impl Job {
    /// Run one step: a batch of the prompt, one id, or one window. Gives `{progress}`, or `{done}` with the bundle or the report; after
    /// that the job must be freed.
    pub fn step(&mut self) -> JsValue {
        plain(&self.run.step())
    }
}
