//! bfpq, twin of [`crate::ops::bfpq`].
//!
//! The bit length of the largest magnitude is that of the bitwise or of all, and a result fits 16 bits, so that a logical shift of the
//! biased value does: neither a 64-bit maximum nor a 64-bit arithmetic shift is needed, which most vector units lack.

use super::isa::{Isa, per_level};
use super::level::Level;
use crate::ops::bfpq::B;
use crate::ops::fixed::bitlen;

/// Quantise `v` (with `fv` fraction bits) into `out`; returns the exponent.
///
/// # Panics
/// If the lengths differ.
pub fn bfpq_i32(level: Level, v: &[i32], fv: i32, out: &mut [i16]) -> i32 {
    assert_eq!(v.len(), out.len(), "bfpq: input and output lengths differ");
    per_level!(level, narrow(v: &[i32], fv: i32, out: &mut [i16]) -> i32)
}

/// The same from 64-bit integers below 2^62 in magnitude.
///
/// # Panics
/// If the lengths differ.
pub fn bfpq_i64(level: Level, v: &[i64], fv: i32, out: &mut [i16]) -> i32 {
    assert_eq!(v.len(), out.len(), "bfpq: input and output lengths differ");
    per_level!(level, wide(v: &[i64], fv: i32, out: &mut [i16]) -> i32)
}

#[inline(always)]
fn narrow<I: Isa>(v: &[i32], fv: i32, out: &mut [i16]) -> i32 {
    let any = v.iter().fold(0, |any, v| any | v.unsigned_abs());
    let s = shift_of(u64::from(any));
    if s == 0 {
        for (x, &v) in out.iter_mut().zip(v) {
            *x = v as i16;
        }
    } else {
        for (x, &v) in out.iter_mut().zip(v) {
            *x = ((v >> (s - 1)).wrapping_add(1) >> 1) as i16;
        }
    }
    fv - s
}

#[inline(always)]
fn wide<I: Isa>(v: &[i64], fv: i32, out: &mut [i16]) -> i32 {
    let s = shift_of(v.iter().fold(0, |any, v| any | v.unsigned_abs()));
    I::shift(v, s, out);
    fv - s
}

/// The shift that leaves [`B`] bits of a vector whose magnitudes have the bitwise or `any`.
#[inline(always)]
pub fn shift_of(any: u64) -> i32 {
    (bitlen(any) - B).max(0)
}

/// What [`shifted`] adds before a shift by `s`.
#[inline(always)]
pub fn half(s: i32) -> i64 {
    (1i64 << s) >> 1
}

/// `rsh(v, s)` for `|v| < 2^62` where the result fits 16 bits; then `s <= 48`, and the low bits of a logical shift are right.
#[inline(always)]
pub fn shifted(v: i64, half: i64, s: i32) -> i16 {
    ((v.wrapping_add(half) as u64).wrapping_shr(s as u32)) as i16
}
