//! swiglu: SiLU of the gate times the up projection, and its quantisation.
//!
//! * **Meaning**: `y = rsh(|g|·1549082005, 30); τ = exp2neg(y, 23); σ⁺ = floor(2^47/(2^23 + τ)); σ = σ⁺` if `g >= 0` else `2^24 − σ⁺;
//!   a = rsh(g·σ, 24); h = a·u; (X, e) = bfpq(h, 2F)`.
//! * **Shapes**: `g[n]`, `u[n]` i32 (F) → `X[n]` i16, `e`.
//! * **Domain**: `|g|, |u| <= 2^31 − 1`.
//! * **Bounds**: `y < 2^32`, `2^23 <= σ⁺ <= 2^24`, `|h| < 2^62`; the product is quantised from 64 bits, so nothing saturates.
//! * **Rounding and ties**: half up in y, a and bfpq; floor in σ⁺. Largest error of SiLU 0.57 units of 2^−16.
//! * **Witness**: `y, τ, σ⁺` with its remainder, `a`, `h`; then bfpq's.
//! * **Identities**: exponent; look-up; division `σ⁺·(2^23 + τ) + r = 2^47, 0 <= r < 2^23 + τ`; product; then bfpq's.
//! * **Step**: one element.

use super::bfpq::bfpq;
use super::exp2neg::exp2neg;
use super::fixed::rsh;

/// `round(log2(e)·2^30)`.
pub const LOG2_E_Q30: i64 = 1_549_082_005;

/// Logistic function of a Q16 value, Q24, in `0..=2^24`.
pub fn sigmoid24(g: i32) -> i64 {
    let y = rsh(i64::from(g.unsigned_abs()) * LOG2_E_Q30, 30) as u32;
    let tau = i64::from(exp2neg(y, 23));
    let positive = (1i64 << 47) / ((1 << 23) + tau);
    if g >= 0 { positive } else { (1 << 24) - positive }
}

/// SiLU of a Q16 value, Q16.
pub fn silu16(g: i32) -> i64 {
    rsh(i64::from(g) * sigmoid24(g), 24)
}

/// One gated value before it is quantised, Q32.
pub fn product(g: i32, u: i32) -> i64 {
    silu16(g) * i64::from(u)
}

/// Gate `u` by SiLU of `g` and quantise into `out`; `f` fraction bits in both; returns the exponent.
///
/// # Panics
/// If the lengths differ.
pub fn swiglu(g: &[i32], u: &[i32], f: i32, out: &mut [i16]) -> i32 {
    assert_eq!(g.len(), u.len(), "swiglu: gate and up lengths differ");
    let h: Vec<i64> = g.iter().zip(u).map(|(&g, &u)| product(g, u)).collect();
    bfpq(&h, 2 * f, out)
}
