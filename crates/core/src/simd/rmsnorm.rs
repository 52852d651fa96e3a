//! rmsnorm, twin of [`crate::ops::rmsnorm`].
//!
//! `|G·r| <= 2^31` fits 32 bits (the bound is met from below alone), so `N = x'·(G·r)` is one 32-bit by 32-bit product.

use super::bfpq::shift_of;
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
    let x: Vec<i32> = x.iter().map(|&v| scaled(v)).collect();
    let s = I::squares(&x) + (eps >> (2 * t));
    let j = (bitlen(s) - 31).div_euclid(2);
    let m = if j >= 0 { s >> (2 * j) } else { s << (-2 * j) };
    let r = rsqrt(m) as i32;
    let g: Vec<i32> = norm.g.iter().map(|&g| i32::from(g).wrapping_mul(r)).collect();
    let mut n = vec![0; x.len()];
    let shift = shift_of(I::products(&x, &g, &mut n));
    I::shift(&n, shift, out);
    31 + j + i32::from(norm.eg) - shift
}
