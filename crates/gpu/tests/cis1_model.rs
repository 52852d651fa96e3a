//! The greedy runs of `vectors/cis1.json` on the real model, on a GPU: ids, and the SHA-256 of the logits. The model is the file that
//! `OPENIMO_MODEL` names; `cargo xtask test` sets it.

#![cfg(not(target_arch = "wasm32"))]

#[path = "room/device.rs"]
mod device;
#[path = "../../core/tests/cis1_model/runs.rs"]
mod runs;

use openimo_core::model::file::load;
use runs::{in_one_batch, runs, step_by_step};

#[test]
fn greedy_runs_on_a_gpu() {
    let path = std::env::var_os("OPENIMO_MODEL").expect("OPENIMO_MODEL names the model file");
    let file = std::fs::read(path).expect("the model file can be read");
    let run = &runs()[0];
    let [solo, team, ..] = &device::ways()[..] else { panic!("there are several ways") };
    let mut model = load(&file, pollster::block_on(device::open(solo))).expect("the model file is intact");
    in_one_batch(&mut model, run);
    let mut model = load(&file, pollster::block_on(device::open(team))).expect("the model file is intact");
    step_by_step(&mut model, run, 1);
}
