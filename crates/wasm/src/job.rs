//! `Job`: a run that is stepped through, so that the thread that holds the model can attend to messages between steps.

use std::rc::Rc;
use std::task::Poll;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openimo_core::bundle::ModelRef;
use openimo_core::device::Fault;
use openimo_core::generate::{GenerateJob, Phase, Progress};
use openimo_core::picture::{MEDIA_TYPE, Picture};
use openimo_core::request::Request;
use openimo_core::verify::VerifyJob;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::begun::Begun;
use crate::engine::Shared;
use crate::error::{Failure, plain};
use crate::executor::Executor;

/// A generation or a verification in progress.
#[wasm_bindgen]
pub struct Job {
    run: Box<dyn Run>,
    fault: Option<Fault>,
}

/// A run on one executor.
pub(crate) trait Run {
    /// Run one step.
    fn step(&mut self) -> Step;
    /// What there is when the device has failed.
    fn begun(&self, fault: Fault) -> Begun;
    /// A chunk of the model file that was needed.
    fn chunk(&mut self, _index: usize, _bytes: &[u8]) -> Result<(), Failure> {
        Ok(())
    }
    /// What the referee says to what he was asked.
    fn word(&mut self, _holds: bool) {}
}

/// What came of a step.
pub(crate) enum Step {
    Progress(Value),
    /// The result; there are no further steps.
    Done(Value),
    /// With the promise of when to step again.
    Pending(JsValue),
    /// Chunks of the model file, or the referee's word; then to be stepped again.
    Needs(Value),
    Fault(Fault),
}

/// A generation.
pub(crate) struct Generation<B: Executor> {
    pub shared: Rc<Shared<B>>,
    pub request: Request,
    pub job: GenerateJob<B>,
}

/// A verification; the job is taken when its report is made.
pub(crate) struct Verification<B: Executor> {
    pub shared: Rc<Shared<B>>,
    pub job: Option<VerifyJob<B>>,
}

impl<B: Executor> Run for Generation<B> {
    fn step(&mut self) -> Step {
        let (model, tokenizer) = (&mut *self.shared.model.borrow_mut(), &self.shared.tokenizer);
        if let Some(output) = self.job.output(model, tokenizer) {
            let named = ModelRef { id: model.id, name: model.manifest.name.clone(), sources: Vec::new() };
            return Step::Done(json!(output.bundle(named, &self.request)));
        }
        let (mut progress, chose) = match self.job.step(model, tokenizer) {
            Poll::Pending => return Step::Pending(model.backend.settled()),
            Poll::Ready(Err(fault)) => return Step::Fault(fault),
            Poll::Ready(Ok(progress)) => (describe(progress), progress.phase == Phase::Generate),
        };
        if let Some(id) = self.job.ids().last().filter(|_| chose) {
            progress["id"] = json!(id);
        }
        Step::Progress(progress)
    }

    fn begun(&self, fault: Fault) -> Begun {
        Begun { fault, ids: self.job.ids().to_vec(), checked: 0 }
    }
}

impl<B: Executor> Run for Verification<B> {
    fn step(&mut self) -> Step {
        let (model, tokenizer) = (&mut *self.shared.model.borrow_mut(), &self.shared.tokenizer);
        match self.job.as_mut().map_or(Poll::Ready(None), |job| job.step(model)) {
            Poll::Pending => Step::Pending(model.backend.settled()),
            Poll::Ready(Some(Ok(progress))) => Step::Progress(describe(progress)),
            Poll::Ready(Some(Err(fault))) => Step::Fault(fault),
            Poll::Ready(None) => Step::Done(json!(self.job.take().map(|job| job.report(Some(tokenizer))))),
        }
    }

    fn begun(&self, fault: Fault) -> Begun {
        Begun { fault, ids: Vec::new(), checked: self.job.as_ref().map_or(0, VerifyJob::checked) }
    }
}

fn describe(progress: Progress<'_>) -> Value {
    let phase = match progress.phase {
        Phase::Prefill => "prefill",
        Phase::Generate => "generate",
        Phase::Draw => "draw",
        Phase::Verify => "verify",
    };
    let mut value = json!({ "phase": phase, "done": progress.done, "total": progress.total, "text": progress.piece });
    if let Some(picture) = progress.picture {
        value["picture"] = json!(address(picture));
    }
    value
}

/// The picture's file as an address that an image of a page shows as it is.
fn address(picture: &Picture) -> String {
    format!("data:{MEDIA_TYPE};base64,{}", STANDARD.encode(picture.png()))
}

impl Job {
    pub(crate) fn new(run: impl Run + 'static) -> Self {
        Self { run: Box::new(run), fault: None }
    }
}

#[wasm_bindgen]
impl Job {
    /// Run one step: a batch of the prompt, one id, one window, or the drawing of a picture. Gives `{progress}`; `{done}` with the bundle or the report, after which
    /// the job must be freed; `{pending}` with a promise, after which to step again; `{needs}` with what to fetch before; or `{fault}` when the
    /// device has failed.
    pub fn step(&mut self) -> JsValue {
        let (key, value) = match self.run.step() {
            Step::Progress(progress) => ("progress", plain(&progress)),
            Step::Done(done) => ("done", plain(&done)),
            Step::Pending(promise) => ("pending", promise),
            Step::Needs(needs) => ("needs", plain(&needs)),
            Step::Fault(fault) => {
                let told = plain(&json!({ "code": fault.code(), "message": fault.to_string() }));
                self.fault = Some(fault);
                ("fault", told)
            }
        };
        let step = js_sys::Object::new();
        // An object that was just made takes any property.
        let _ = js_sys::Reflect::set(&step, &key.into(), &value);
        step.into()
    }

    /// A chunk of the model file that was needed.
    ///
    /// # Errors
    /// If it is not that chunk.
    pub fn chunk(&mut self, index: usize, bytes: &[u8]) -> Result<(), JsValue> {
        Ok(self.run.chunk(index, bytes)?)
    }

    /// Whether the referee says that the step holds that he was asked about.
    pub fn word(&mut self, holds: bool) {
        self.run.word(holds);
    }

    /// After a fault: what an engine on another executor needs to go on.
    pub fn begun(&mut self) -> Option<Begun> {
        self.fault.take().map(|fault| self.run.begun(fault))
    }
}
