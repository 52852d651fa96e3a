//! How one generic body becomes code for every level.
//!
//! The twins are plain loops that the compiler vectorises, compiled once a level through [`per_level!`]; the few steps that need
//! instructions by name are the methods of [`Isa`], one type a level.

use super::exp2neg::{self, Tile};

/// The steps that differ between levels beyond how a compiler vectorises a loop.
///
/// Callers run inside a function compiled for the level's features, which makes its instructions valid.
pub trait Isa {
    /// `exp2neg` of a tile; see [`exp2neg`].
    fn exp2neg(y: &Tile, q: i32, out: &mut Tile);
}

/// [`Level::Scalar`](super::level::Level::Scalar), and every step that a level has no better way for.
pub struct Plain;

impl Isa for Plain {
    #[inline(always)]
    fn exp2neg(y: &Tile, q: i32, out: &mut Tile) {
        exp2neg::plain(y, q, out);
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
            _ => $body::<$crate::simd::isa::Plain>($($arg),*),
        }
    }};
}
pub(super) use per_level;
