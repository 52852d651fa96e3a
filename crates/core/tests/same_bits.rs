//! The same bits on every executor: levels × threads × (token by token, batch, uneven windows), on 1,000 random small models whose
//! first seeds take the edges.

use openimo_core::model::testing::runs::{case, logits, windows};
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;

const MODELS: u64 = 1000;

#[test]
fn random_models_give_the_same_logits_everywhere() {
    let mut runs = 0u64;
    for seed in 0..MODELS {
        let (tiny, ids) = case(seed);
        let n = ids.len();
        let expected = logits(Scalar, &tiny, &tiny.weights(&Scalar), &ids, &[n]);
        let shapes = [vec![n], vec![1; n], windows(seed, n)];
        for calls in &shapes[1..] {
            assert_eq!(
                logits(Scalar, &tiny, &tiny.weights(&Scalar), &ids, calls),
                expected,
                "scalar, seed {seed}, calls {calls:?}"
            );
        }
        for level in Level::available() {
            let weights = tiny.weights(&Simd::new(level));
            for calls in &shapes {
                for size in [1, 2] {
                    let ranks =
                        threads::run(size, |end| logits(Simd::ranked(level, Box::new(end), false), &tiny, &weights, &ids, calls));
                    for (rank, found) in ranks.iter().enumerate() {
                        assert!(*found == expected, "{level:?}, rank {rank} of {size}, seed {seed}, calls {calls:?}");
                    }
                    runs += 1;
                }
                // Ranks that store their own rows alone, as workers of a page do.
                let ranks = threads::run(2, |end| {
                    let backend = Simd::ranked(level, Box::new(end), true);
                    let own = tiny.weights(&backend);
                    logits(backend, &tiny, &own, &ids, calls)
                });
                assert!(ranks.iter().all(|found| *found == expected), "{level:?}, separate ranks, seed {seed}, calls {calls:?}");
                runs += 1;
            }
        }
    }
    println!("{runs} runs of {MODELS} random models gave the reference's logits");
}
