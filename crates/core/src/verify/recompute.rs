//! Teacher forcing: the claimed output is fed through the model in batches, and at every generated position the model must pick the
//! claimed id. Integer sums have no order, so a batch gives the bits of generation one id at a time, many times faster.

use std::ops::ControlFlow;

use crate::backend::Backend;
use crate::generate::{Phase, Progress, pick, window};
use crate::model::Model;
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

/// Check `ids`, claimed as the continuation of `prompt`. Windows keep memory bounded; the head runs only where an id was generated.
///
/// # Panics
/// If the prompt or the ids are empty, an id is outside the vocabulary, they exceed the context, or the sampler is not valid: a
/// verifier has checked all of this before.
pub fn recompute<B: Backend>(
    model: &mut Model<B>,
    prompt: &[u32],
    ids: &[u32],
    request: &Request,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Recomputation {
    assert!(!prompt.is_empty() && !ids.is_empty(), "recompute: nothing to run");
    // The last id is only chosen, never read.
    let sequence: Vec<u32> = prompt.iter().chain(&ids[..ids.len() - 1]).copied().collect();
    let first_choice = prompt.len() - 1;
    let window = window(&model.manifest.config);
    let mut session = model.session(window.min(sequence.len()));
    let mut done = 0;
    for batch in sequence.chunks(window) {
        let heads = (done + batch.len()).saturating_sub(first_choice.max(done));
        done += batch.len();
        let logits = model.forward(&mut session, batch, heads);
        for row in 0..heads {
            let position = done - heads + row - first_choice;
            let expected = pick(&mut model.backend, logits, row, request, position);
            if expected != ids[position] {
                return Recomputation::Differs { position, expected, found: ids[position] };
            }
        }
        let stop = progress(Progress { phase: Phase::Verify, done, total: sequence.len(), piece: "" }).is_break();
        if model.backend.agree(stop) && done < sequence.len() {
            return Recomputation::Cancelled { checked: (done - first_choice.min(done)).min(ids.len()) };
        }
    }
    Recomputation::Same(IdsRecomputed(()))
}
