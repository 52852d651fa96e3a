//! Whole random models on a GPU: the logits of the reference, token by token, in one batch and in uneven windows.

#[path = "room/device.rs"]
mod device;

use device::{open, ways};
use openimo_core::model::testing::runs::{case, logits, logits_on, windows};
use openimo_core::scalar::Scalar;

const MODELS: u64 = 300;

#[test]
fn random_models_give_the_logits_of_the_reference() {
    for options in ways() {
        let (mut gpu, mut runs) = (open(&options), 0);
        for seed in 0..MODELS {
            let (tiny, ids) = case(seed);
            let expected = logits(Scalar, &tiny, &tiny.weights(&Scalar), &ids, &[ids.len()]);
            let weights = tiny.weights(&gpu);
            for calls in [vec![ids.len()], vec![1; ids.len()], windows(seed, ids.len())] {
                let found = logits_on(&mut gpu, &tiny, &weights, &ids, &calls);
                assert!(found == expected, "{options:?}, seed {seed}, calls {calls:?}");
                runs += 1;
            }
        }
        println!("{options:?}: {runs} runs of {MODELS} random models, 0 mismatches");
    }
}
