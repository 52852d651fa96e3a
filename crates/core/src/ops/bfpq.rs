//! bfpq: one vector of exact integers to a block-floating-point vector.
//!
//! * **Meaning**: `a = max|v_i|; s = max(0, bitlen(a) − B); X_i = rsh(v_i, s); e = Fv − s`; the value of X_i is `X_i · 2^−e`.
//! * **Shapes**: `v[n]` i64 with Fv fraction bits → `X[n]` i16, `e` i32.
//! * **Domain**: `|v_i| < 2^62`.
//! * **Bounds**: `|X_i| <= 2^B = 2^14` inclusive (the largest value may round up to it); `s <= 49`.
//! * **Rounding and ties**: half up, once; no division.
//! * **Witness**: `s`, `ρ_i` with `v_i + 2^(s−1) = X_i·2^s + ρ_i`.
//! * **Identities**: round: `0 <= ρ_i < 2^s`; range: `|v_i| < 2^(B+s)` for all i; tight: some `|v_i| >= 2^(B+s−1)`, or `s = 0`.
//! * **Step**: one element, or the exponent refuted by one element.

use super::fixed::{bitlen, rsh};

/// Bits of a quantised activation (SEMANTICS §1.1, B = Bq = Bkv).
pub const B: i32 = 14;

/// Quantise `v` (with `fv` fraction bits) into `x`; returns the exponent `e`.
///
/// # Panics
/// If the lengths differ.
pub fn bfpq(v: &[i64], fv: i32, x: &mut [i16]) -> i32 {
    assert_eq!(v.len(), x.len(), "bfpq: input and output lengths differ");
    let largest = v.iter().map(|v| v.unsigned_abs()).max().unwrap_or(0);
    let s = (bitlen(largest) - B).max(0);
    for (x, &v) in x.iter_mut().zip(v) {
        *x = rsh(v, s) as i16;
    }
    fv - s
}

/// The least index of the largest magnitude: what the exponent of `v` rests on.
///
/// # Panics
/// If there is nothing in `v`.
pub fn peak(v: &[i64]) -> usize {
    assert!(!v.is_empty(), "peak: nothing to look at");
    let mut best = 0;
    for (i, v_i) in v.iter().enumerate() {
        if v_i.unsigned_abs() > v[best].unsigned_abs() {
            best = i;
        }
    }
    best
}
