//! How one generic body becomes code for every level.
//!
//! The twins are plain loops that the compiler vectorises, compiled once a level through [`per_level!`]; the few steps that need
//! instructions by name are the methods of [`Isa`], one type a level.

use super::attention::{self, Lanes};
use super::exp2neg::{self, Tile};
use super::wide;

/// The steps that differ between levels beyond how a compiler vectorises a loop.
///
/// Callers run inside a function compiled for the level's features, which makes its instructions valid.
pub trait Isa {
    /// `exp2neg` of a tile; see [`exp2neg`].
    fn exp2neg(y: &Tile, q: i32, out: &mut Tile);

    /// Scores of one block of keys; see [`attention::plain::scores`].
    fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]);

    /// Weighted sums of values; see [`attention::plain::sums`].
    fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, shift: u32, sums: &mut [&mut [i64]; G]);

    /// Base-2 scores of one block; see [`attention::plain::scale`].
    #[inline(always)]
    fn scale<const WIDE: bool>(high: &Lanes, low: &Lanes, factors: &Lanes, shift: u32, z: &mut Lanes) {
        attention::plain::scale::<WIDE>(high, low, factors, shift, z);
    }

    /// `Σ v²`; it fits 63 bits.
    #[inline(always)]
    fn squares(v: &[i32]) -> u64 {
        wide::squares(v)
    }

    /// `out = a·b`; returns the bitwise or of the magnitudes.
    #[inline(always)]
    fn products(a: &[i32], b: &[i32], out: &mut [i64]) -> u64 {
        wide::products(a, b, out)
    }

    /// `out = rsh(v, s)` where `|v| < 2^62` and results fit 16 bits.
    #[inline(always)]
    fn shift(v: &[i64], s: i32, out: &mut [i16]) {
        wide::shift(v, s, out);
    }
}

/// [`Level::Scalar`](super::level::Level::Scalar), and every step that a level has no better way for.
pub struct Plain;

impl Isa for Plain {
    #[inline(always)]
    fn exp2neg(y: &Tile, q: i32, out: &mut Tile) {
        exp2neg::plain(y, q, out);
    }

    #[inline(always)]
    fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]) {
        attention::plain::scores(q, k, out);
    }

    #[inline(always)]
    fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, shift: u32, sums: &mut [&mut [i64]; G]) {
        attention::plain::sums(w, v, dh, 0, shift, sums);
    }
}

/// [`Level::Avx2`](super::level::Level::Avx2).
#[cfg(target_arch = "x86_64")]
pub struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Isa for Avx2 {
    #[inline(always)]
    fn exp2neg(y: &Tile, q: i32, out: &mut Tile) {
        // SAFETY: `per_level!` runs this type's code on processors with AVX2 alone.
        unsafe { exp2neg::avx2(y, q, out) }
    }

    #[inline(always)]
    fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]) {
        // SAFETY: `per_level!` runs this type's code on processors with AVX2 alone.
        unsafe { attention::avx2::scores(q, k, out) }
    }

    #[inline(always)]
    fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, shift: u32, sums: &mut [&mut [i64]; G]) {
        // SAFETY: `per_level!` runs this type's code on processors with AVX2 alone.
        unsafe { attention::avx2::sums(w, v, dh, shift, sums) }
    }
}

/// [`Level::Avx512`](super::level::Level::Avx512).
#[cfg(target_arch = "x86_64")]
pub struct Avx512;

#[cfg(target_arch = "x86_64")]
impl Isa for Avx512 {
    #[inline(always)]
    fn exp2neg(y: &Tile, q: i32, out: &mut Tile) {
        // SAFETY: `per_level!` runs this type's code on processors with these features alone.
        unsafe { exp2neg::avx512(y, q, out) }
    }

    #[inline(always)]
    fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]) {
        // SAFETY: `per_level!` runs this type's code on processors with these features alone.
        unsafe { attention::avx512::scores(q, k, out) }
    }

    #[inline(always)]
    fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, shift: u32, sums: &mut [&mut [i64]; G]) {
        // SAFETY: `per_level!` runs this type's code on processors with these features alone.
        unsafe { attention::avx512::sums(w, v, dh, shift, sums) }
    }
}

/// [`Level::Simd128`](super::level::Level::Simd128).
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub struct Simd128;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Isa for Simd128 {
    #[inline(always)]
    fn exp2neg(y: &Tile, q: i32, out: &mut Tile) {
        exp2neg::plain(y, q, out);
    }

    #[inline(always)]
    fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]) {
        attention::simd128::scores(q, k, out);
    }

    #[inline(always)]
    fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, shift: u32, sums: &mut [&mut [i64]; G]) {
        attention::simd128::sums(w, v, dh, shift, sums);
    }

    #[inline(always)]
    fn scale<const WIDE: bool>(high: &Lanes, low: &Lanes, factors: &Lanes, shift: u32, z: &mut Lanes) {
        attention::simd128::scale::<WIDE>(high, low, factors, shift, z);
    }

    #[inline(always)]
    fn squares(v: &[i32]) -> u64 {
        wide::simd128::squares(v)
    }

    #[inline(always)]
    fn products(a: &[i32], b: &[i32], out: &mut [i64]) -> u64 {
        wide::simd128::products(a, b, out)
    }

    #[inline(always)]
    fn shift(v: &[i64], s: i32, out: &mut [i16]) {
        wide::simd128::shift(v, s, out);
    }
}

/// Call `body::<I>(arguments)` compiled for the features of a level, `I` being its [`Isa`].
///
/// # Panics
/// If the level is not available here.
macro_rules! per_level {
    ($level:expr, $body:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn avx2($($arg: $ty),*) $(-> $ret)? {
            $body::<$crate::simd::isa::Avx2>($($arg),*)
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
        fn avx512($($arg: $ty),*) $(-> $ret)? {
            $body::<$crate::simd::isa::Avx512>($($arg),*)
        }
        match $level.checked() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `checked` has found the features on this processor.
            $crate::simd::level::Level::Avx2 => unsafe { avx2($($arg),*) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `checked` has found the features on this processor.
            $crate::simd::level::Level::Avx512 => unsafe { avx512($($arg),*) },
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            $crate::simd::level::Level::Simd128 => $body::<$crate::simd::isa::Simd128>($($arg),*),
            _ => $body::<$crate::simd::isa::Plain>($($arg),*),
        }
    }};
}
pub(super) use per_level;
