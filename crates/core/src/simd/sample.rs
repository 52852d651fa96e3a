//! sample, twin of [`crate::ops::sample`]: the same thresholds without sorting the vocabulary.
//!
//! * top-k: the k-th largest of the block maxima bounds the k-th largest logit from below, so that few candidates are left to select
//!   from.
//! * top-p: weights fall with logits, so masses gathered in buckets of y find the bucket in which the threshold lies; only that bucket
//!   is sorted.

use std::cmp::Reverse;

use super::exp2neg::{TILE, Tile};
use super::head::greedy;
use super::isa::{Isa, per_level};
use super::level::Level;
use crate::ops::sample::Sampler;

/// Choose an id from `logits` with the draw `u`.
///
/// # Panics
/// If there is no logit, or the sampler is not valid.
pub fn sample(level: Level, logits: &[i32], sampler: &Sampler, u: u64) -> u32 {
    assert!(sampler.is_valid(), "sample: parameters out of their domain");
    let first = greedy(level, logits);
    if sampler.beta == 0 {
        return first;
    }
    let top = logits[first as usize];
    let k = sampler.top_k as usize;
    let kth = if k > 0 && k < logits.len() { per_level!(level, kth_largest(logits: &[i32], k: usize) -> i32) } else { i32::MIN };
    let beta = sampler.beta;
    let mut weights = Weights { p: vec![0; logits.len()], bucket: vec![0; logits.len()] };
    let out = &mut weights;
    per_level!(level, weigh(logits: &[i32], top: i32, beta: u32, kth: i32, out: &mut Weights));
    let mut p = weights.p;
    if sampler.top_p < 65536 {
        let threshold = mass_threshold(logits, &p, &weights.bucket, sampler.top_p);
        let p = &mut p[..];
        per_level!(level, keep_from(threshold: i32, logits: &[i32], p: &mut [u32]));
    }
    let p = &p[..];
    per_level!(level, choose(p: &[u32], u: u64) -> u32)
}

/// Unnormalised probabilities and, for top-p, their buckets.
struct Weights {
    /// Q23.
    p: Vec<u32>,
    /// `y >> BUCKET`.
    bucket: Vec<u16>,
}

/// An octave of weights falls into `2^(16 − BUCKET)` buckets.
const BUCKET: u32 = 11;

/// From this exponent (Q16) on a weight is zero.
const Y_CAP: u32 = 25 << 16;

#[inline(always)]
fn weigh<I: Isa>(logits: &[i32], top: i32, beta: u32, kth: i32, out: &mut Weights) {
    let mut y = Tile::ZERO;
    let mut p = Tile::ZERO;
    let outputs = out.p.chunks_mut(TILE).zip(out.bucket.chunks_mut(TILE));
    for (l, (p_out, bucket)) in logits.chunks(TILE).zip(outputs) {
        for (y, &l) in y.0.iter_mut().zip(l) {
            // Both are within ±(2^31 − 1), so the difference fits u32.
            let below = (top.wrapping_sub(l) as u32).min(1 << 31);
            let scaled = u64::from(below).wrapping_mul(u64::from(beta)).wrapping_add(1 << 15) >> 16;
            *y = scaled.min(u64::from(Y_CAP)) as u32;
        }
        I::exp2neg(&y, 23, &mut p);
        for (((p_out, bucket), &l), (&p, &y)) in p_out.iter_mut().zip(bucket).zip(l).zip(p.0.iter().zip(&y.0)) {
            *p_out = if l < kth { 0 } else { p };
            *bucket = (y >> BUCKET) as u16;
        }
    }
}

/// The `k`-th largest value, `0 < k <= logits.len()`.
#[inline(always)]
fn kth_largest<I: Isa>(logits: &[i32], k: usize) -> i32 {
    const BLOCK: usize = 16;
    let select = |mut values: Vec<i32>| *values.select_nth_unstable_by(k - 1, |a, b| b.cmp(a)).1;
    let maxima: Vec<i32> = logits.chunks(BLOCK).map(|l| l.iter().copied().fold(i32::MIN, i32::max)).collect();
    if k > maxima.len() {
        return select(logits.to_vec());
    }
    // k blocks have a logit this large, so k logits are.
    let bound = select(maxima.clone());
    let mut candidates = Vec::new();
    for (l, _) in logits.chunks(BLOCK).zip(&maxima).filter(|&(_, &largest)| largest >= bound) {
        candidates.extend(l.iter().copied().filter(|&l| l >= bound));
    }
    select(candidates)
}

/// The largest logit value λ with `2^16·Σ_{l_i >= λ} p_i >= top_p·Σp`.
fn mass_threshold(logits: &[i32], p: &[u32], buckets: &[u16], top_p: u32) -> i32 {
    let mut masses = [0u64; (Y_CAP >> BUCKET) as usize + 1];
    for (&p, &bucket) in p.iter().zip(buckets) {
        if p > 0 {
            masses[usize::from(bucket)] += u64::from(p);
        }
    }
    let share = u64::from(top_p) * masses.iter().sum::<u64>();
    let mut mass = 0u64;
    for (bucket, &here) in masses.iter().enumerate() {
        if (mass + here) << 16 < share {
            mass += here;
            continue;
        }
        let inside = logits.iter().zip(p).zip(buckets).filter(|&((_, &p), &b)| p > 0 && usize::from(b) == bucket);
        let mut order: Vec<(i32, u32)> = inside.map(|((&l, &p), _)| (l, p)).collect();
        order.sort_unstable_by_key(|&(l, _)| Reverse(l));
        for &(l, p) in &order {
            mass += u64::from(p);
            if mass << 16 >= share {
                return l;
            }
        }
    }
    unreachable!("the whole mass reaches any share of itself")
}

/// Zero the weight of every logit below `threshold`.
#[inline(always)]
fn keep_from<I: Isa>(threshold: i32, logits: &[i32], p: &mut [u32]) {
    for (p, &l) in p.iter_mut().zip(logits) {
        *p = if l < threshold { 0 } else { *p };
    }
}

/// The least id at which the running sum exceeds `floor(u·Σp/2^64)`.
#[inline(always)]
fn choose<I: Isa>(p: &[u32], u: u64) -> u32 {
    const BLOCK: usize = 256;
    let sum = |p: &[u32]| p.iter().fold(0u64, |sum, &p| sum.wrapping_add(u64::from(p)));
    let theta = ((u128::from(u) * u128::from(sum(p))) >> 64) as u64;
    let mut prefix = 0u64;
    for (block, p) in p.chunks(BLOCK).enumerate() {
        let here = sum(p);
        if prefix + here <= theta {
            prefix += here;
            continue;
        }
        for (i, &p) in p.iter().enumerate() {
            prefix += u64::from(p);
            if prefix > theta {
                return (block * BLOCK + i) as u32;
            }
        }
    }
    unreachable!("theta is below the total, which is at least 2^23")
}
