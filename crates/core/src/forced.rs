//! A known sequence through the model in batches: what generation does with a prompt, and verification with everything. The model
//! chooses an id after each position where one was generated; whoever runs it compares.

use std::task::{Poll, ready};

use crate::backend::{Backend, Choice};
use crate::device::Fault;
use crate::model::Model;
use crate::model::config::Config;
use crate::model::forward::Session;
use crate::ops::sample::draw;
use crate::request::Request;
use crate::trace::{Observer, Recorder};

/// A run over a known sequence. Windows keep memory bounded; the head runs only where an id is chosen.
pub(crate) struct Forced<B: Backend> {
    pub session: Session<B>,
    /// Ids of the prompt.
    pub prompt: usize,
    /// Generated ids that are read but not chosen again.
    stand: usize,
    window: usize,
    /// Takes the boundaries, where they are wanted.
    pub recorder: Option<Recorder>,
    /// The first id that is being chosen, and the choice.
    under_way: Option<(usize, B::Choice)>,
}

impl<B: Backend> Forced<B> {
    /// Nothing read of a sequence that begins with `prompt` ids and has `len` now.
    pub fn new(model: &Model<B>, prompt: usize, stand: usize, len: usize) -> Self {
        let window = window(&model.manifest.config).min(len);
        Self { session: model.session(window), prompt, stand, window, recorder: None, under_way: None }
    }

    /// Read the next batch of `sequence`: the index of the first generated id that it chooses, and the chosen ids. Pending while a device
    /// is at work.
    pub fn step(&mut self, model: &mut Model<B>, sequence: &[u32], request: &Request) -> Poll<Result<(usize, Vec<u32>), Fault>> {
        let (first, choice) = match &mut self.under_way {
            Some(under_way) => under_way,
            None => {
                let begun = self.begin(model, sequence, request);
                self.under_way.insert(begun)
            }
        };
        let (first, chosen) = (*first, ready!(choice.poll()));
        self.under_way = None;
        Poll::Ready(chosen.map(|ids| (first, ids)))
    }

    fn begin(&mut self, model: &mut Model<B>, sequence: &[u32], request: &Request) -> (usize, B::Choice) {
        let read = self.session.position();
        let end = sequence.len().min(read + self.window);
        // Position p chooses generated id p − (prompt − 1).
        let heads = end.saturating_sub((self.prompt - 1 + self.stand).max(read));
        let first = (end - heads + 1).saturating_sub(self.prompt);
        let sampler = &request.sampler;
        let draw = |i: usize| if sampler.beta == 0 { 0 } else { draw(&request.seed.0, (first + i) as u64) };
        let draws: Vec<u64> = (0..heads).map(draw).collect();
        let logits = {
            let observer = self.recorder.as_mut().map(|recorder| recorder as &mut dyn Observer<B>);
            model.forward_observed(&mut self.session, &sequence[read..end], heads, observer)
        };
        (first, model.backend.choose(logits, sampler, &draws))
    }
}

/// Ids that one step of a job runs through a model at most: 64, or fewer where the logits of so many positions would take more than 32 MiB.
pub const fn window(config: &Config) -> usize {
    const MOST_LOGITS: usize = 8 << 20;
    let most = MOST_LOGITS / config.vocab as usize;
    if most > 64 { 64 } else { most }
}
