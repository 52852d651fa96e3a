//! The greedy runs of `vectors/cis1.json` on the real model: ids, and the SHA-256 of the logits at every step.
//!
//! The model is SmolLM2-135M-Instruct, imported (`openimo import`) into the file that `OPENIMO_MODEL` names, or `smollm2.imo` in the
//! cache folder; `cargo xtask test` puts it there. Without it the test fails.

use std::path::PathBuf;

use openimo_core::backend::Backend;
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A run of the vectors.
struct Run {
    prompt: Vec<u32>,
    ids: Vec<u32>,
    logits: Vec<String>,
}

fn runs() -> Vec<Run> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/cis1.json");
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("the vector file")).expect("JSON");
    let numbers = |v: &Value| v.as_array().expect("a list").iter().map(|v| v.as_u64().expect("an id") as u32).collect();
    let texts = |v: &Value| v.as_array().expect("a list").iter().map(|v| v.as_str().expect("hex").to_owned()).collect();
    let runs = vectors["greedy"].as_array().expect("runs").iter();
    runs.map(|r| Run { prompt: numbers(&r["ids"]), ids: numbers(&r["tokens"]), logits: texts(&r["logits_sha256_i32le"]) })
        .collect()
}

/// The model file.
fn model_file() -> Vec<u8> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let named = std::env::var_os("OPENIMO_MODEL").map(PathBuf::from);
    let path = named.or_else(|| cache.map(|cache| cache.join("openimo/smollm2.imo"))).expect("a cache folder");
    std::fs::read(&path)
        .unwrap_or_else(|e| panic!("no model file at {} ({e}): `cargo xtask setup` puts it there", path.display()))
}

fn digest(logits: &[i32]) -> String {
    let mut hash = Sha256::new();
    logits.iter().for_each(|l| hash.update(l.to_le_bytes()));
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// One id after the other, as far as `steps`.
fn step_by_step<B: Backend>(model: &mut Model<B>, run: &Run, steps: usize) {
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
fn in_one_batch<B: Backend>(model: &mut Model<B>, run: &Run) {
    let (n, before) = (run.ids.len(), run.ids.len() - 1);
    let sequence = [&run.prompt[..], &run.ids[..before]].concat();
    let mut session = model.session(sequence.len());
    let logits = model.forward(&mut session, &sequence, n);
    for (step, expected) in run.logits.iter().enumerate() {
        assert_eq!(&digest(&model.backend.row(logits, step)), expected, "logits of step {step} in a batch");
    }
}

/// Every vector level of this machine, alone and over two threads, token by token and in one batch.
#[test]
fn greedy_runs_with_the_vector_executor() {
    let file = model_file();
    for level in Level::available().into_iter().filter(|&level| level != Level::Scalar) {
        let model = load(&file, Simd::new(level)).expect("the model file is intact");
        for size in [1, 2] {
            threads::run(size, |end| {
                let mut rank = model.share(Simd::ranked(level, Box::new(end), false));
                for run in runs() {
                    step_by_step(&mut rank, &run, run.ids.len());
                    in_one_batch(&mut rank, &run);
                }
            });
        }
    }
}

#[test]
fn greedy_run_with_the_reference() {
    let mut model = load(&model_file(), Scalar).expect("the model file is intact");
    let runs = runs();
    let shortest = runs.iter().min_by_key(|run| run.prompt.len()).expect("there are runs");
    step_by_step(&mut model, shortest, 2);
}
