//! What lies inside attention at one position: the score of each head and visible position, and the sums over them in chunks, so that any
//! one of them is a short step from the one before.
//!
//! A leaf of scores has those of up to 32 positions, 32 bits each. A leaf of sums has, over all chunks up to its own, `max z i32 ‖ min ev i32 ‖
//! P i64 ‖ N[dh] i64`; the weights in P and N are those under the last chunk's `max z` and `min ev`, which are the head's own.

use super::Tensor;
use crate::ops::attention::{ScoreScale, score, weight};
use crate::ops::fixed::rsh;
use crate::trace::vector::Group;

/// Positions of a chunk.
pub const CHUNK: usize = 32;

/// Scores and sums of every head.
pub struct Heads {
    /// A row a head, a leaf a chunk.
    pub scores: Tensor,
    /// A row a head, a leaf a chunk.
    pub folds: Tensor,
}

impl Heads {
    /// Of the query heads, and the keys and values `[head][visible position]`.
    pub fn new(q: &[Group], k: &[&[Group]], v: &[&[Group]], scale: ScoreScale) -> Self {
        let group = |head: usize| head * k.len() / q.len();
        let scores: Vec<Vec<i32>> = q
            .iter()
            .enumerate()
            .map(|(h, q)| k[group(h)].iter().map(|k| score(&q.x, &k.x, q.e + k.e, scale)).collect())
            .collect();
        let folds = scores.iter().enumerate().map(|(h, z)| folds(z, v[group(h)]));
        let folds = Tensor::new(folds);
        let leaf = |z: &[i32]| z.iter().flat_map(|z| z.to_be_bytes()).collect();
        Self { scores: Tensor::new(scores.iter().map(|z| z.chunks(CHUNK).map(leaf).collect())), folds }
    }
}

/// The leaves of sums of a head.
fn folds(z: &[i32], v: &[Group]) -> Vec<Vec<u8>> {
    let m = z.iter().copied().fold(i32::MIN, i32::max);
    let e0 = v.iter().map(|v| v.e).fold(i32::MAX, i32::min);
    let (mut top, mut low, mut total, mut sums) = (i32::MIN, i32::MAX, 0i64, vec![0i64; v[0].x.len()]);
    z.chunks(CHUNK)
        .zip(v.chunks(CHUNK))
        .map(|(z, v)| {
            for (&z, v) in z.iter().zip(v) {
                (top, low) = (top.max(z), low.min(v.e));
                let p = weight(m, z);
                total += p;
                let w = rsh(p, v.e - e0);
                for (sum, &x) in sums.iter_mut().zip(&v.x) {
                    *sum += w * i64::from(x);
                }
            }
            let head = [top.to_be_bytes(), low.to_be_bytes()].concat();
            head.into_iter().chain(std::iter::once(&total).chain(&sums).flat_map(|n| n.to_be_bytes())).collect()
        })
        .collect()
}
