//! Teacher forcing: the claimed output is fed through the model in batches, and at every generated position the model must pick the
//! claimed id. Integer sums have no order, so a batch gives the bits of generation one id at a time, many times faster.

use std::task::{Poll, ready};

use crate::backend::Backend;
use crate::commit::TraceRoot;
use crate::device::Fault;
use crate::forced::Forced;
use crate::generate::{Phase, Progress};
use crate::model::Model;
use crate::request::Request;
use crate::trace::Recorder;
use crate::trace::recorder::trace_root;

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

/// A recomputation of `ids`, claimed as the continuation of a prompt, one window a step.
pub struct RecomputeJob<B: Backend> {
    request: Request,
    run: Forced<B>,
    /// Prompt and ids but for the last, which is only chosen, never read.
    sequence: Vec<u32>,
    ids: Vec<u32>,
    /// Ids that were found the same.
    checked: usize,
    result: Option<Recomputation>,
}

/// What the trace root of a run was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFound {
    /// This.
    Root(TraceRoot),
    /// Not known, and why.
    Unknown(&'static str),
}

impl<B: Backend> RecomputeJob<B> {
    /// Prepare to check `ids`; the first `checked` of them were found the same before, on another executor. `trace`: also record the
    /// trace.
    ///
    /// # Panics
    /// If the prompt or the ids are empty, or all were checked.
    pub fn new(model: &Model<B>, prompt: &[u32], ids: &[u32], request: &Request, checked: usize, trace: bool) -> Self {
        assert!(!prompt.is_empty() && checked < ids.len(), "recompute: nothing to run");
        let sequence: Vec<u32> = prompt.iter().chain(&ids[..ids.len() - 1]).copied().collect();
        let mut run = Forced::new(model, prompt.len(), checked, sequence.len());
        run.recorder = trace.then(|| Recorder::new(&model.manifest.config));
        Self { request: request.clone(), run, sequence, ids: ids.to_vec(), checked, result: None }
    }

    /// Run the next window. Pending while a device is at work: ask again when it is done.
    ///
    /// # Errors
    /// If the device failed.
    ///
    /// # Panics
    /// If it is done; if an id is outside the vocabulary, they exceed the context, or the sampler is not valid: a verifier has checked
    /// all of this before.
    pub fn step(&mut self, model: &mut Model<B>) -> Poll<Result<Progress<'static>, Fault>> {
        assert!(self.result.is_none(), "a job that is done has no further step");
        let chosen = ready!(self.run.step(model, &self.sequence, &self.request));
        Poll::Ready(chosen.map(|(first, ids)| {
            for (position, &expected) in (first..).zip(&ids) {
                let found = self.ids[position];
                if expected != found {
                    self.result = Some(Recomputation::Differs { position, expected, found });
                    break;
                }
                self.checked = position + 1;
            }
            let (done, total) = (self.run.session.position(), self.sequence.len());
            if done == total && self.result.is_none() {
                self.result = Some(Recomputation::Same(IdsRecomputed(())));
            }
            Progress::new(Phase::Verify, done, total)
        }))
    }

    /// Whether there is a result.
    pub const fn is_done(&self) -> bool {
        self.result.is_some()
    }

    /// Ids that were found the same so far.
    pub const fn checked(&self) -> usize {
        self.checked
    }

    /// The trace root of a run that gave the same ids, where it was recorded.
    pub fn trace(&self) -> TraceFound {
        let Some(Recomputation::Same(_)) = self.result else {
            return TraceFound::Unknown("the run did not give these ids to its end");
        };
        let last = self.ids.last().copied();
        let sequence: Vec<u32> = self.sequence.iter().copied().chain(last).collect();
        let prompt = sequence.len() - self.ids.len();
        let parts = self.run.recorder.as_ref().and_then(|recorder| recorder.parts(&sequence, prompt));
        let unknown = TraceFound::Unknown("what it was run on keeps its intermediates: verify on the processor");
        parts.map_or(unknown, |parts| TraceFound::Root(trace_root(&parts)))
    }

    /// What came of it so far.
    pub fn result(&self) -> Recomputation {
        self.result.unwrap_or(Recomputation::Cancelled { checked: self.checked })
    }
}
