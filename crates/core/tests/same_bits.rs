//! The same bits on every executor: levels × threads × (token by token, batch, uneven windows), on 1,000 random small models whose
//! first seeds take the edges.

use openimo_core::backend::Backend;
use openimo_core::model::forward::{Session, Weights};
use openimo_core::model::testing::{Random, Tiny};
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;

const MODELS: u64 = 1000;

/// All logits of `ids`, run in calls of the given lengths.
fn logits<B: Backend>(mut backend: B, tiny: &Tiny, weights: &Weights<B::Matrix>, ids: &[u32], calls: &[usize]) -> Vec<i32> {
    let mut session = Session::new(&backend, tiny.config(), calls.iter().copied().max().unwrap_or(1));
    let mut all = Vec::new();
    let mut rest = ids;
    for &n in calls {
        let (now, later) = rest.split_at(n);
        rest = later;
        let out = session.forward(&mut backend, tiny.config(), weights, now, n);
        (0..n).for_each(|t| all.extend_from_slice(&backend.row(out, t)));
    }
    assert!(rest.is_empty());
    all
}

/// Lengths that sum to `n`.
fn windows(rng: &mut Random, n: usize) -> Vec<usize> {
    let mut left = n;
    let mut calls = Vec::new();
    while left > 0 {
        let take = 1 + rng.below(left as u64) as usize;
        calls.push(take);
        left -= take;
    }
    calls
}

#[test]
fn random_models_give_the_same_logits_everywhere() {
    let mut runs = 0u64;
    for seed in 0..MODELS {
        let tiny = Tiny::new(seed);
        let mut rng = Random::new(seed ^ 0x5eed);
        let vocab = u64::from(tiny.config().vocab);
        let n = (1 + rng.below(12) as usize).min(tiny.config().context as usize);
        let ids: Vec<u32> = (0..n).map(|_| rng.below(vocab) as u32).collect();
        let expected = logits(Scalar, &tiny, &tiny.weights(&Scalar), &ids, &[n]);
        let shapes = [vec![n], vec![1; n], windows(&mut rng, n)];
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
