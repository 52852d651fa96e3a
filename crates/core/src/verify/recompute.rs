//! Teacher forcing: the claimed output is fed through the model in batches, and at every generated position the model must pick the
//! claimed id. Integer sums have no order, so a batch gives the bits of generation one id at a time, many times faster.

use std::ops::ControlFlow;

use crate::backend::Backend;
use crate::generate::{Phase, Progress, pick, window};
use crate::model::Model;
use crate::model::forward::Session;
use crate::request::Request;

/// The model picks exactly the claimed ids.
#[derive(Clone, Copy, Debug)]
pub struct IdsRecomputed(());

/// What came of running it again.
#[derive(Clone, Copy, Debug)]
pub enum Recomputation {
    /// Every id is the model's choice.
    Same(IdsRecomputed),
    /// The first id that is not.
    Differs {
        /// Index among the generated ids.
        position: usize,
        /// What the model picks there.
        expected: u32,
        /// What the bundle has there.
        found: u32,
    },
    /// The caller stopped it; this many ids had been found the same.
    Cancelled {
        /// Their number.
        checked: usize,
    },
}

/// A recomputation of `ids`, claimed as the continuation of a prompt, one window a step. Windows keep memory bounded; the head runs
/// only where an id was generated.
pub struct RecomputeJob<B: Backend> {
    request: Request,
    /// Prompt and ids but for the last, which is only chosen, never read.
    sequence: Vec<u32>,
    /// Where the first id is chosen.
    first_choice: usize,
    ids: Vec<u32>,
    window: usize,
    session: Session<B>,
    result: Option<Recomputation>,
}

impl<B: Backend> RecomputeJob<B> {
    /// Prepare to check `ids`.
    ///
    /// # Panics
    /// If the prompt or the ids are empty.
    pub fn new(model: &Model<B>, prompt: &[u32], ids: &[u32], request: &Request) -> Self {
        assert!(!prompt.is_empty() && !ids.is_empty(), "recompute: nothing to run");
        let sequence: Vec<u32> = prompt.iter().chain(&ids[..ids.len() - 1]).copied().collect();
        let window = window(&model.manifest.config);
        let session = model.session(window.min(sequence.len()));
        Self {
            request: request.clone(),
            sequence,
            first_choice: prompt.len() - 1,
            ids: ids.to_vec(),
            window,
            session,
            result: None,
        }
    }

    /// Run the next window.
    ///
    /// # Panics
    /// If it is done; if an id is outside the vocabulary, they exceed the context, or the sampler is not valid: a verifier has checked
    /// all of this before.
    pub fn step(&mut self, model: &mut Model<B>) -> Progress<'static> {
        assert!(self.result.is_none(), "a job that is done has no further step");
        let done = self.session.position();
        let batch = &self.sequence[done..self.sequence.len().min(done + self.window)];
        let heads = (done + batch.len()).saturating_sub(self.first_choice.max(done));
        let done = done + batch.len();
        let logits = model.forward(&mut self.session, batch, heads);
        for row in 0..heads {
            let position = done - heads + row - self.first_choice;
            let expected = pick(&mut model.backend, logits, row, &self.request, position);
            let found = self.ids[position];
            if expected != found {
                self.result = Some(Recomputation::Differs { position, expected, found });
                break;
            }
        }
        if done == self.sequence.len() && self.result.is_none() {
            self.result = Some(Recomputation::Same(IdsRecomputed(())));
        }
        Progress { phase: Phase::Verify, done, total: self.sequence.len(), piece: "" }
    }

    /// Whether there is a result.
    pub const fn is_done(&self) -> bool {
        self.result.is_some()
    }

    /// What came of it so far.
    pub fn result(&self) -> Recomputation {
        let checked = self.session.position().saturating_sub(self.first_choice).min(self.ids.len());
        self.result.unwrap_or(Recomputation::Cancelled { checked })
    }
}

/// Check `ids`, claimed as the continuation of `prompt`, in one go.
///
/// # Panics
/// As [`RecomputeJob`].
pub fn recompute<B: Backend>(
    model: &mut Model<B>,
    prompt: &[u32],
    ids: &[u32],
    request: &Request,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Recomputation {
    let mut job = RecomputeJob::new(model, prompt, ids, request);
    while !job.is_done() {
        let stop = progress(job.step(model)).is_break();
        if model.backend.agree(stop) {
            break;
        }
    }
    job.result()
}
