//! rmsnorm: normalise the residual vector by its root mean square and quantise it.
//!
//! * **Meaning**: `t = max(0, bitlen(max|x|) − 24); x' = rsh(x, t); S = Σx'² + floor(EPS/2^(2t)); j = floor((bitlen(S) − 31)/2);
//!   m = floor(S·2^(−2j)); r` = the largest integer with `r²·m <= 2^62; N_i = x'_i·G_i·r; (X, e) = bfpq(N, 31 + j + eg)`.
//! * **Shapes**: `x[d]` i32 (Fres), `G[d]` i16 with exponent `eg` → `X[d]` i16, `e`.
//! * **Domain**: `d <= 2^14`, `|x| <= 2^31 − 1`, `1 <= EPS < 2^62`; √d is folded into G, so nothing is divided by d.
//! * **Bounds**: `|x'| <= 2^24`, `S < 2^63`, `2^30 <= m < 2^32`, `2^15 <= r <= 2^16`, `|N| <= 2^55`.
//! * **Rounding and ties**: half up in x', floor in m and r, half up in bfpq.
//! * **Witness**: `t, S, j, m, r`, then bfpq's.
//! * **Identities**: sum: S; root: `r²·m <= 2^62 < (r+1)²·m`; scale: N; then bfpq's.
//! * **Step**: one element; S by chunk sums; r by its inequality.

use super::bfpq::bfpq;
use super::fixed::{bitlen, isqrt, rsh};

/// Weights of one normalisation: `G_i = g_i·√d·2^eg`, rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Norm {
    /// `G[d]`.
    pub g: Vec<i16>,
    /// Exponent of G.
    pub eg: i16,
}

/// The largest `r` with `r²·m <= 2^62`; for `2^30 <= m < 2^32` it lies in `2^15..=2^16`.
pub const fn rsqrt(m: u64) -> u64 {
    isqrt((1 << 62) / m)
}

/// Normalise `x` into `out`; returns the exponent `e`.
///
/// # Panics
/// If the lengths differ.
pub fn rmsnorm(x: &[i32], norm: &Norm, eps: u64, out: &mut [i16]) -> i32 {
    let (n, fv) = normalised(x, norm, eps);
    bfpq(&n, fv, out)
}

/// N before it is quantised, and its fraction bits.
///
/// # Panics
/// If the lengths differ.
pub fn normalised(x: &[i32], norm: &Norm, eps: u64) -> (Vec<i64>, i32) {
    assert_eq!(x.len(), norm.g.len(), "rmsnorm: vector and weight lengths differ");
    let largest = x.iter().map(|v| v.unsigned_abs()).max().unwrap_or(0);
    let t = (bitlen(u64::from(largest)) - 24).max(0);
    let scaled: Vec<i64> = x.iter().map(|&v| rsh(i64::from(v), t)).collect();
    let s = scaled.iter().map(|&v| (v * v) as u64).sum::<u64>() + (eps >> (2 * t));
    let j = (bitlen(s) - 31).div_euclid(2);
    let m = if j >= 0 { s >> (2 * j) } else { s << (-2 * j) };
    let r = rsqrt(m) as i64;
    let n = scaled.iter().zip(&norm.g).map(|(&v, &g)| v * i64::from(g) * r).collect();
    (n, 31 + j + i32::from(norm.eg))
}
