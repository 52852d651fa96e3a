//! Sums, products and shifts of 64-bit lanes, shared by the twins that quantise exact products.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod simd128;

use super::bfpq::{half, shifted};

/// `Σ v²`; it fits 63 bits.
#[inline(always)]
pub fn squares(v: &[i32]) -> u64 {
    v.iter().fold(0, |sum: u64, &v| sum.wrapping_add(i64::from(v).wrapping_mul(i64::from(v)) as u64))
}

/// `out = a·b`; returns the bitwise or of the magnitudes.
#[inline(always)]
pub fn products(a: &[i32], b: &[i32], out: &mut [i64]) -> u64 {
    let mut any = 0;
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = i64::from(a).wrapping_mul(i64::from(b));
        any |= out.unsigned_abs();
    }
    any
}

/// `out = rsh(v, s)` where `|v| < 2^62` and results fit 16 bits.
#[inline(always)]
pub fn shift(v: &[i64], s: i32, out: &mut [i16]) {
    let half = half(s);
    for (out, &v) in out.iter_mut().zip(v) {
        *out = shifted(v, half, s);
    }
}
