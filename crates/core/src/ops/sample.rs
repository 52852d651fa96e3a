//! sample: seeded choice with temperature, top-k and top-p.
//!
//! * **Meaning**: `y_i = min(rsh(min(max l − l_i, 2^31)·β, 16), 2^31 − 1); p_i = exp2neg(y_i, 23)`; top-k keeps `l_i >= λ_k`, the k-th
//!   largest logit value; top-p keeps `l_i >= λ`, the largest logit value with `2^16·Σ_{l_i >= λ} p_i >= π·Σp`;
//!   `U` = the first 8 bytes, big endian, of `keccak256(seed ‖ uint256(position)); θ = floor(U·Σp/2^64)`; the least i with `p_0+…+p_i > θ`.
//! * **Shapes**: `logits[vocabulary]` i32 (F), the sampler's integers, a 32-byte seed, a position → id.
//! * **Domain**: `1 <= β < 2^31`, `1 <= π <= 65536`, vocabulary `<= 2^20`; position counts generated vocabulary entries from 0.
//! * **Bounds**: `(max l − l_i)·β < 2^62`, `Σp <= 2^43`, `U·Σp < 2^107`.
//! * **Rounding and ties**: half up in y and p, floor in θ; sets are defined by thresholds, so ties are all kept and no sort is seen.
//! * **Witness**: `λ_k, λ, Σp, U, θ`.
//! * **Identities**: counts and sums on both sides of each threshold; `prefix_{i−1} <= θ < prefix_i`.
//! * **Step**: a threshold refuted by a count, a prefix sum by a Merkle-sum path.

use serde::{Deserialize, Serialize};

use super::exp2neg::exp2neg;
use super::fixed::rsh;
use super::head::greedy;
use crate::commit::keccak256;

/// The sampler's integers, as they stand in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampler {
    /// `round(2^16·log2(e)/temperature)`, below 2^31; 0 is the greedy choice.
    pub beta: u32,
    /// Keep the k largest logits; 0 is off.
    pub top_k: u32,
    /// Keep the largest logits that hold this share of the mass, in 1/65536; 65536 is off.
    pub top_p: u32,
}

impl Sampler {
    /// The greedy choice.
    pub const GREEDY: Self = Self { beta: 0, top_k: 0, top_p: 65536 };

    /// Whether every parameter is in its domain.
    pub const fn is_valid(&self) -> bool {
        self.beta < 1 << 31 && self.top_p >= 1 && self.top_p <= 65536
    }
}

/// The draw for one position: the first 8 bytes, big endian, of `keccak256(seed ‖ uint256(position))`.
pub fn draw(seed: &[u8; 32], position: u64) -> u64 {
    let mut message = [0u8; 64];
    message[..32].copy_from_slice(seed);
    message[56..].copy_from_slice(&position.to_be_bytes());
    let digest = keccak256(&message).0;
    u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"))
}

/// What a choice keeps: the logits at and above both values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// The largest logit.
    pub top: i32,
    /// The k-th largest logit, `λ_k`; `i32::MIN` where top-k is off.
    pub kth: i32,
    /// The largest logit above and at which there is the share of the mass, `λ`; `i32::MIN` where top-p is off.
    pub mass: i32,
}

impl Thresholds {
    /// Whether a logit is kept.
    pub fn keeps(&self, l: i32) -> bool {
        l >= self.kth && l >= self.mass
    }
}

/// The thresholds of a seeded choice.
///
/// # Panics
/// If there is no logit.
pub fn thresholds(logits: &[i32], sampler: &Sampler) -> Thresholds {
    let mut t = Thresholds { top: logits[greedy(logits) as usize], kth: i32::MIN, mass: i32::MIN };
    if sampler.top_k > 0 && (sampler.top_k as usize) < logits.len() {
        let mut order = logits.to_vec();
        t.kth = *order.select_nth_unstable_by(sampler.top_k as usize - 1, |a, b| b.cmp(a)).1;
    }
    if sampler.top_p < 65536 {
        t.mass = mass_threshold(logits, &kept(logits, sampler, &t), sampler.top_p);
    }
    t
}

/// The weight p of a logit where the largest is `top`, Q23.
pub fn weight(top: i32, l: i32, beta: u32) -> u32 {
    let below = (i64::from(top) - i64::from(l)).min(1 << 31);
    let y = rsh(below * i64::from(beta), 16).min((1 << 31) - 1);
    exp2neg(y as u32, 23)
}

/// Choose an id from `logits` with the draw `u`.
///
/// # Panics
/// If there is no logit, or the sampler is not valid.
pub fn sample(logits: &[i32], sampler: &Sampler, u: u64) -> u32 {
    assert!(sampler.is_valid(), "sample: parameters out of their domain");
    if sampler.beta == 0 {
        return greedy(logits);
    }
    let p = kept(logits, sampler, &thresholds(logits, sampler));
    let total: u64 = p.iter().map(|&p| u64::from(p)).sum();
    let theta = ((u128::from(u) * u128::from(total)) >> 64) as u64;
    let mut prefix = 0u64;
    for (id, &p) in p.iter().enumerate() {
        prefix += u64::from(p);
        if prefix > theta {
            return id as u32;
        }
    }
    unreachable!("theta is below the total, which is at least 2^23")
}

/// The weight of each logit that is kept, and 0 for the others.
fn kept(logits: &[i32], sampler: &Sampler, thresholds: &Thresholds) -> Vec<u32> {
    logits.iter().map(|&l| if thresholds.keeps(l) { weight(thresholds.top, l, sampler.beta) } else { 0 }).collect()
}

/// The largest logit value λ with `2^16·Σ_{l_i >= λ} p_i >= π·Σp`.
fn mass_threshold(logits: &[i32], p: &[u32], top_p: u32) -> i32 {
    let total: u64 = p.iter().map(|&p| u64::from(p)).sum();
    let mut order: Vec<(i32, u32)> = logits.iter().copied().zip(p.iter().copied()).filter(|&(_, p)| p > 0).collect();
    order.sort_unstable_by_key(|&(l, _)| std::cmp::Reverse(l));
    let mut mass = 0u64;
    for &(l, p) in &order {
        mass += u64::from(p);
        if mass << 16 >= u64::from(top_p) * total {
            return l;
        }
    }
    unreachable!("the whole mass reaches any share of itself")
}
