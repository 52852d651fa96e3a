//! swiglu, twin of [`crate::ops::swiglu`]: tiles of 64 elements through each step.
//!
//! The division `floor(2^47/(2^23 + τ))` is a quadratic estimate, two Newton steps and an exact correction, all in 32-bit lanes; the
//! estimate is within one unit for each of the 2^23 + 1 divisors (a test tries them all).

use super::bfpq::shift_of;
use super::exp2neg::{TILE, Tile};
use super::isa::{Isa, per_level};
use super::level::Level;
use crate::ops::swiglu::LOG2_E_Q30;

/// Gate `u` by SiLU of `g` and quantise into `out`; `f` fraction bits in both; returns the exponent.
///
/// # Panics
/// If the lengths differ.
pub fn swiglu(level: Level, g: &[i32], u: &[i32], f: i32, out: &mut [i16]) -> i32 {
    assert!(g.len() == u.len() && g.len() == out.len(), "swiglu: gate, up and output lengths differ");
    per_level!(level, gate(g: &[i32], u: &[i32], f: i32, out: &mut [i16]) -> i32)
}

#[inline(always)]
fn gate<I: Isa>(g: &[i32], u: &[i32], f: i32, out: &mut [i16]) -> i32 {
    let mut h = vec![0i64; g.len()];
    let mut any = 0;
    let whole = g.len() / TILE * TILE;
    let inputs = g.chunks_exact(TILE).zip(u.chunks_exact(TILE));
    for (h, (g, u)) in h.chunks_exact_mut(TILE).zip(inputs) {
        any |= tile::<I>(g.try_into().expect("a tile"), u.try_into().expect("a tile"), h.try_into().expect("a tile"));
    }
    if whole < g.len() {
        let rest = g.len() - whole;
        let (mut last_g, mut last_u, mut last_h) = ([0; TILE], [0; TILE], [0; TILE]);
        last_g[..rest].copy_from_slice(&g[whole..]);
        last_u[..rest].copy_from_slice(&u[whole..]);
        any |= tile::<I>(&last_g, &last_u, &mut last_h);
        h[whole..].copy_from_slice(&last_h[..rest]);
    }
    let shift = shift_of(any);
    I::shift(&h, shift, out);
    2 * f - shift
}

/// The products of a tile; returns the bitwise or of their magnitudes.
#[inline(always)]
fn tile<I: Isa>(g: &[i32; TILE], u: &[i32; TILE], h: &mut [i64; TILE]) -> u64 {
    I::products(&silu_tile::<I>(g, h), u, h)
}

/// SiLU of a tile; `h` is room for the products on the way.
#[inline(always)]
pub(super) fn silu_tile<I: Isa>(g: &[i32; TILE], h: &mut [i64; TILE]) -> [i32; TILE] {
    let (mut y, mut tau) = (Tile::ZERO, Tile::ZERO);
    for (y, g) in y.0.iter_mut().zip(g) {
        *y = (u64::from(g.unsigned_abs()).wrapping_mul(LOG2_E_Q30 as u64).wrapping_add(1 << 29) >> 30) as u32;
    }
    I::exp2neg(&y, 23, &mut tau);
    let mut sigma = [0i32; TILE];
    for ((sigma, &tau), &g) in sigma.iter_mut().zip(&tau.0).zip(g) {
        let positive = quotient(tau) as i32;
        *sigma = if g >= 0 { positive } else { (1i32 << 24).wrapping_sub(positive) };
    }
    I::products(g, &sigma, h);
    let mut a = [0; TILE];
    for (a, h) in a.iter_mut().zip(&*h) {
        // |g·σ/2^24| < 2^31, so the low bits of a logical shift are right.
        *a = (h.wrapping_add(1 << 23) as u64 >> 24) as i32;
    }
    a
}

/// `floor(2^47/(2^23 + tau))` for `tau <= 2^23`.
#[inline(always)]
fn quotient(tau: u32) -> u32 {
    let d = tau.wrapping_add(1 << 23);
    // x = d/2^24 in [1/2, 1]; p(x) = (256x² − 576x + 420)/99 is 1/x within 1/99.
    let x = d >> 9;
    let p = 69_508u32.wrapping_sub(x.wrapping_mul(95_325u32.wrapping_sub(x.wrapping_mul(42_367) >> 15)) >> 15);
    // p has 14 fraction bits; one Newton step to r with 16, right within 2^-12.
    let e = (1u32 << 30).wrapping_sub(x.wrapping_mul(p)) >> 14;
    let r = p.wrapping_mul(e) >> 13;
    // The residual 2^40 − d·r is below 2^30 in magnitude, so its low 32 bits are all of it.
    let residual = 0u32.wrapping_sub(d.wrapping_mul(r)) as i32;
    let step = ((r >> 2) as i32).wrapping_mul(residual >> 13) >> 18;
    let q = (r << 7).wrapping_add(step as u32);
    let rest = 0u32.wrapping_sub(q.wrapping_mul(d)) as i32;
    q.wrapping_add(u32::from(rest >= d as i32)).wrapping_sub(u32::from(rest < 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_divisor_gives_the_exact_quotient() {
        for tau in 0..=1u32 << 23 {
            assert_eq!(u64::from(quotient(tau)), (1u64 << 47) / ((1 << 23) + u64::from(tau)), "tau {tau}");
        }
    }
}
