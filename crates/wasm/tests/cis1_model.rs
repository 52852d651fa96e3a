//! The greedy runs of `vectors/cis1.json` on the real model in Node.js: ids, and the SHA-256 of the logits at every step. The model is
//! the file that the environment variable `OPENIMO_MODEL` names; `cargo xtask test` sets it.
#![cfg(target_arch = "wasm32")]

#[path = "../../core/tests/cis1_model/executor.rs"]
mod executor;
#[path = "../../core/tests/cis1_model/runs.rs"]
mod runs;

use executor::{in_one_batch, step_by_step};
use openimo_core::model::file::load;
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use runs::runs;
use wasm_bindgen_test::wasm_bindgen_test;

/// The model file.
fn model_file() -> Vec<u8> {
    let read = "process.getBuiltinModule('fs').readFileSync(process.env.OPENIMO_MODEL)";
    let bytes = js_sys::eval(read).unwrap_or_else(|e| panic!("no model file: {e:?}"));
    js_sys::Uint8Array::new(&bytes).to_vec()
}

#[wasm_bindgen_test]
fn greedy_runs_with_the_vector_executor() {
    let level = Level::detect();
    assert_eq!(level, Level::Simd128);
    let mut model = load(&model_file(), Simd::new(level)).expect("the model file is intact");
    for run in runs() {
        step_by_step(&mut model, &run, run.ids.len());
        in_one_batch(&mut model, &run);
    }
}

#[wasm_bindgen_test]
fn greedy_run_with_the_reference() {
    let mut model = load(&model_file(), Scalar).expect("the model file is intact");
    step_by_step(&mut model, &runs()[0], 1);
}
