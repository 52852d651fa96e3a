//! The greedy runs of `vectors/cis1.json` on the real model: ids, and the SHA-256 of the logits at every step.
//!
//! The model is SmolLM2-135M-Instruct, imported (`openimo import`) into the file that `OPENIMO_MODEL` names, or `smollm2.imo` in the
//! cache folder; `cargo xtask test` puts it there. Without it the test fails.

#[path = "cis1_model/executor.rs"]
mod executor;
#[path = "cis1_model/runs.rs"]
mod runs;

use std::path::PathBuf;

use executor::{in_one_batch, step_by_step};
use openimo_core::model::file::load;
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;
use runs::runs;

/// The model file.
fn model_file() -> Vec<u8> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let named = std::env::var_os("OPENIMO_MODEL").map(PathBuf::from);
    let path = named.or_else(|| cache.map(|cache| cache.join("openimo/smollm2.imo"))).expect("a cache folder");
    std::fs::read(&path)
        .unwrap_or_else(|e| panic!("no model file at {} ({e}): `cargo xtask setup` puts it there", path.display()))
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
    step_by_step(&mut model, &runs()[0], 2);
}
