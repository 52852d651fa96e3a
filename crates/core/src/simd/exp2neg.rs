//! exp2neg, twin of [`crate::ops::exp2neg`]: a tile of negative powers of two at a time, inside swiglu, attention and sample.
//!
//! A table entry and its step to the next share one word, so that each element costs one look-up: the step is nearly proportional to
//! the entry (`E[i] − E[i+1] ≈ E[i]·(1 − 2^(−1/256))`), and the word's low bits hold what the proportion misses.

#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

use crate::ops::tables::exp2_table;

/// Elements of a tile.
pub const TILE: usize = 64;

/// A tile of 32-bit words.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Tile(pub [u32; TILE]);

impl Tile {
    /// All zero.
    pub const ZERO: Self = Self([0; TILE]);
}

/// `E[i]·2^8 + c` with `E[i] − E[i+1] = floor(floor(E[i]/2^8)·PROPORTION/2^16) + c`.
#[cfg(target_arch = "x86_64")]
static WORDS: LazyLock<[u32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        let (e, next) = (exp2_table()[i], exp2_table()[i + 1]);
        let rest = (e - next) - (((e >> 8) * PROPORTION) >> 16);
        assert!(rest < 4, "the table's steps are not proportional");
        e << 8 | rest
    })
});

/// `floor(2^24·(1 − 2^(−1/256)))`.
#[cfg(target_arch = "x86_64")]
const PROPORTION: u32 = 45_364;

/// The tile by scalar look-ups: `out = 2^(−y/2^16)` with `q` fraction bits, `0 <= q <= 23`.
#[inline(always)]
pub fn plain(y: &Tile, q: i32, out: &mut Tile) {
    let table = exp2_table();
    let extra = (23 - q) as u32;
    for (out, &y) in out.0.iter_mut().zip(&y.0) {
        let (i, u) = ((y >> 8 & 255) as usize, y & 255);
        let low = table[i].wrapping_mul(256 - u);
        let e = low.wrapping_add(table[i + 1].wrapping_mul(u)).wrapping_add(128) >> 8;
        // From a shift of 25 on the result is 0: E' <= 2^23.
        let shift = (y >> 16).wrapping_add(extra).min(31);
        *out = ((e << 1).wrapping_shr(shift) + 1) >> 1;
    }
}

/// [`plain`] by gathers of 8.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
pub fn avx2(y: &Tile, q: i32, out: &mut Tile) {
    use std::arch::x86_64::*;

    let words = (&raw const *WORDS).cast::<i32>();
    let (byte, one) = (_mm256_set1_epi32(255), _mm256_set1_epi32(1));
    for (out, y) in out.0.chunks_exact_mut(8).zip(y.0.chunks_exact(8)) {
        // SAFETY: `y` holds 8 words.
        let y = unsafe { _mm256_loadu_si256(y.as_ptr().cast()) };
        let i = _mm256_and_si256(_mm256_srli_epi32(y, 8), byte);
        // SAFETY: every index is at most 255, in a table of 256 words.
        let word = unsafe { _mm256_i32gather_epi32::<4>(words, i) };
        let proportion = _mm256_mulhi_epu16(_mm256_srli_epi32(word, 16), _mm256_set1_epi32(PROPORTION as i32));
        let step = _mm256_add_epi32(proportion, _mm256_and_si256(word, _mm256_set1_epi32(3)));
        let e = _mm256_or_si256(_mm256_andnot_si256(byte, word), _mm256_set1_epi32(128));
        let e = _mm256_srli_epi32(_mm256_sub_epi32(e, _mm256_madd_epi16(step, _mm256_and_si256(y, byte))), 8);
        let shift = _mm256_add_epi32(_mm256_srli_epi32(y, 16), _mm256_set1_epi32(23 - q));
        // A count of 32 or more shifts everything out, which is the result there.
        let twice = _mm256_srlv_epi32(_mm256_add_epi32(e, e), shift);
        let result = _mm256_srli_epi32(_mm256_add_epi32(twice, one), 1);
        // SAFETY: `out` holds 8 words.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), result) };
    }
}

/// [`plain`] by gathers of 16.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
#[inline]
pub fn avx512(y: &Tile, q: i32, out: &mut Tile) {
    use std::arch::x86_64::*;

    let words = (&raw const *WORDS).cast::<i32>();
    let (byte, one) = (_mm512_set1_epi32(255), _mm512_set1_epi32(1));
    for (out, y) in out.0.chunks_exact_mut(16).zip(y.0.chunks_exact(16)) {
        // SAFETY: `y` holds 16 words.
        let y = unsafe { _mm512_loadu_si512(y.as_ptr().cast()) };
        let i = _mm512_and_si512(_mm512_srli_epi32(y, 8), byte);
        // SAFETY: every index is at most 255, in a table of 256 words.
        let word = unsafe { _mm512_i32gather_epi32::<4>(i, words) };
        let proportion = _mm512_mulhi_epu16(_mm512_srli_epi32(word, 16), _mm512_set1_epi32(PROPORTION as i32));
        let step = _mm512_add_epi32(proportion, _mm512_and_si512(word, _mm512_set1_epi32(3)));
        let e = _mm512_or_si512(_mm512_andnot_si512(byte, word), _mm512_set1_epi32(128));
        let e = _mm512_srli_epi32(_mm512_sub_epi32(e, _mm512_madd_epi16(step, _mm512_and_si512(y, byte))), 8);
        let shift = _mm512_add_epi32(_mm512_srli_epi32(y, 16), _mm512_set1_epi32(23 - q));
        // A count of 32 or more shifts everything out, which is the result there.
        let twice = _mm512_srlv_epi32(_mm512_add_epi32(e, e), shift);
        let result = _mm512_srli_epi32(_mm512_add_epi32(twice, one), 1);
        // SAFETY: `out` holds 16 words.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), result) };
    }
}
