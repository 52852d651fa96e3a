//! rmsnorm, twin of [`crate::ops::rmsnorm`].
//!
//! `|G·r| <= 2^31` fits 32 bits (the bound is met from below alone), so `N = x'·(G·r)` is one 32-bit by 32-bit product; computing it
//! twice, for its size and for its digits, is cheaper than storing it.

use super::bfpq::{half, shift_of, shifted};
use super::isa::{Isa, per_level};
use super::level::Level;
use crate::ops::fixed::bitlen;
use crate::ops::rmsnorm::{Norm, rsqrt};

/// Normalise `x` into `out`; returns the exponent.
///
/// # Panics
/// If the lengths differ.
pub fn rmsnorm(level: Level, x: &[i32], norm: &Norm, eps: u64, out: &mut [i16]) -> i32 {
    assert!(x.len() == norm.g.len() && x.len() == out.len(), "rmsnorm: vector and weight lengths differ");
    per_level!(level, normalise(x: &[i32], norm: &Norm, eps: u64, out: &mut [i16]) -> i32)
}

#[inline(always)]
fn normalise<I: Isa>(x: &[i32], norm: &Norm, eps: u64, out: &mut [i16]) -> i32 {
    let any = x.iter().fold(0, |any, v| any | v.unsigned_abs());
    let t = (bitlen(u64::from(any)) - 24).max(0);
    // rsh(v, t), with t = 0 as well.
    let (first, last) = ((t - 1).max(0), t.min(1));
    let scaled = |v: i32| v.wrapping_shr(first as u32).wrapping_add(last).wrapping_shr(last as u32);
    let squares = x.iter().fold(0i64, |sum, &v| {
        let v = i64::from(scaled(v));
        sum.wrapping_add(v.wrapping_mul(v))
    });
    let s = squares as u64 + (eps >> (2 * t));
    let j = (bitlen(s) - 31).div_euclid(2);
    let m = if j >= 0 { s >> (2 * j) } else { s << (-2 * j) };
    let r = rsqrt(m) as i32;
    let n = |v: i32, g: i16| i64::from(scaled(v)).wrapping_mul(i64::from(i32::from(g).wrapping_mul(r)));
    let shift = shift_of(x.iter().zip(&norm.g).fold(0, |any, (&v, &g)| any | n(v, g).unsigned_abs()));
    let half = half(shift);
    for ((out, &v), &g) in out.iter_mut().zip(x).zip(&norm.g) {
        *out = shifted(n(v, g), half, shift);
    }
    31 + j + i32::from(norm.eg) - shift
}
