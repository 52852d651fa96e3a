//! Whole random models on a GPU: the logits of the reference, token by token, in one batch and in uneven windows.

#[path = "room/device.rs"]
mod device;

use device::{open, ways};
use openimo_core::model::forward::Session;
use openimo_core::model::testing::runs::{case, logits, windows};
use openimo_core::scalar::Scalar;
use openimo_gpu::{Case, Expected};

// Browsers wait for the device after every few dispatches.
const MODELS: u64 = if cfg!(target_arch = "wasm32") { 60 } else { 300 };

on_a_gpu!(random_models_give_the_logits_of_the_reference, async {
    for options in ways() {
        let (mut gpu, mut runs) = (open(&options).await, 0);
        for seed in 0..MODELS {
            let (tiny, ids) = case(seed);
            let reference = logits(Scalar, &tiny, &tiny.weights(&Scalar), &ids, &[ids.len()]);
            let (weights, vocab) = (tiny.weights(&gpu), tiny.config().vocab as usize);
            let (mut expected, mut asked) = (Expected::default(), 0);
            for calls in [vec![ids.len()], vec![1; ids.len()], windows(seed, ids.len())] {
                let mut session = Session::new(&gpu, tiny.config(), calls.iter().copied().max().unwrap_or(1));
                let mut at = 0;
                for &n in &calls {
                    let out = session.forward(&mut gpu, tiny.config(), &weights, &ids[at..at + n], n);
                    let mut case = Case { expected: &mut expected, operator: "model", number: seed as usize };
                    case.ints(&gpu, out, 0, &reference[at * vocab..(at + n) * vocab]);
                    at += n;
                }
                assert_eq!(at, ids.len(), "the calls leave ids over");
                (runs, asked) = (runs + 1, asked + calls.len());
            }
            let compared = expected.compare().await.unwrap_or_else(|e| panic!("{options:?}, seed {seed}: {e}"));
            assert_eq!(compared, asked);
        }
        tell!("{options:?}: {runs} runs of {MODELS} random models, 0 mismatches");
    }
});
