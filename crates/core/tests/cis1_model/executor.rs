//! How an executor is held against the greedy runs.

use openimo_core::backend::ReadBack;
use openimo_core::model::Model;

use crate::runs::{Run, digest};

/// One id after the other, as far as `steps`.
pub fn step_by_step<B: ReadBack>(model: &mut Model<B>, run: &Run, steps: usize) {
    let mut session = model.session(run.prompt.len());
    let mut input = run.prompt.clone();
    for (step, (&id, expected)) in run.ids.iter().zip(&run.logits).enumerate().take(steps) {
        let logits = model.forward(&mut session, &input, 1);
        let row = model.backend.row(logits, 0);
        assert_eq!(&digest(&row), expected, "logits of step {step}");
        assert_eq!(openimo_core::ops::head::greedy(&row), id, "id of step {step}");
        input = vec![id];
    }
}

/// Prompt and ids as one batch, which is how a verifier runs them.
pub fn in_one_batch<B: ReadBack>(model: &mut Model<B>, run: &Run) {
    let (n, before) = (run.ids.len(), run.ids.len() - 1);
    let sequence = [&run.prompt[..], &run.ids[..before]].concat();
    let mut session = model.session(sequence.len());
    let logits = model.forward(&mut session, &sequence, n);
    for (step, expected) in run.logits.iter().enumerate() {
        assert_eq!(&digest(&model.backend.row(logits, step)), expected, "logits of step {step} in a batch");
    }
}
