//! Runs of small random models that every executor must agree on.

use super::Tiny;
use crate::backend::ReadBack;
use crate::model::forward::{Session, Weights};
use crate::random::Random;

/// The small model of a seed, and ids to run through it.
pub fn case(seed: u64) -> (Tiny, Vec<u32>) {
    let tiny = Tiny::new(seed);
    let mut rng = Random::new(seed ^ 0x5eed);
    let n = (1 + rng.below(12) as usize).min(tiny.config().context as usize);
    let vocab = u64::from(tiny.config().vocab);
    let ids = (0..n).map(|_| rng.below(vocab) as u32).collect();
    (tiny, ids)
}

/// Random lengths that sum to `n`: windows of uneven sizes.
pub fn windows(seed: u64, n: usize) -> Vec<usize> {
    let mut rng = Random::new(seed);
    let mut left = n;
    let mut calls = Vec::new();
    while left > 0 {
        let take = 1 + rng.below(left as u64) as usize;
        calls.push(take);
        left -= take;
    }
    calls
}

/// All logits of `ids`, run in calls of the given lengths.
///
/// # Panics
/// If the lengths do not sum to the number of ids, or the context is exceeded.
pub fn logits<B: ReadBack>(mut backend: B, tiny: &Tiny, weights: &Weights<B::Matrix>, ids: &[u32], calls: &[usize]) -> Vec<i32> {
    let mut session = Session::new(&backend, tiny.config(), calls.iter().copied().max().unwrap_or(1));
    let mut all = Vec::new();
    let mut rest = ids;
    for &n in calls {
        let (now, later) = rest.split_at(n);
        rest = later;
        let out = session.forward(&mut backend, tiny.config(), weights, now, n);
        (0..n).for_each(|t| all.extend_from_slice(&backend.row(out, t)));
    }
    assert!(rest.is_empty(), "the calls leave ids over");
    all
}
