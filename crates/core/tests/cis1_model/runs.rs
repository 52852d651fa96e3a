//! What the greedy runs of `vectors/cis1.json` are, and how an executor is held against them.

use openimo_core::backend::ReadBack;
use openimo_core::model::Model;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A run of the vectors.
pub struct Run {
    /// Ids of the prompt.
    pub prompt: Vec<u32>,
    /// Ids of the answer.
    pub ids: Vec<u32>,
    /// SHA-256 of the logits before each of them, as little-endian 32-bit integers.
    pub logits: Vec<String>,
}

/// The runs, shortest prompt first.
pub fn runs() -> Vec<Run> {
    let vectors: Value = serde_json::from_str(include_str!("../../../../vectors/cis1.json")).expect("JSON");
    let numbers = |v: &Value| v.as_array().expect("a list").iter().map(|v| v.as_u64().expect("an id") as u32).collect();
    let texts = |v: &Value| v.as_array().expect("a list").iter().map(|v| v.as_str().expect("hex").to_owned()).collect();
    let runs = vectors["greedy"].as_array().expect("runs").iter();
    let mut runs: Vec<Run> = runs
        .map(|r| Run { prompt: numbers(&r["ids"]), ids: numbers(&r["tokens"]), logits: texts(&r["logits_sha256_i32le"]) })
        .collect();
    runs.sort_by_key(|run| run.prompt.len());
    runs
}

fn digest(logits: &[i32]) -> String {
    let mut hash = Sha256::new();
    logits.iter().for_each(|l| hash.update(l.to_le_bytes()));
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

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
