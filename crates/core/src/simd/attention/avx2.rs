//! The two dot products of attention with AVX2: 16 products an instruction.

use std::arch::x86_64::*;

use super::plain::flush;
use super::{Lanes, plain};

/// See [`plain::scores`].
#[target_feature(enable = "avx2")]
#[inline]
pub fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]) {
    let pairs = k.len() / 32;
    assert!(q.iter().all(|q| q.len() == 2 * pairs));
    let mut acc = [[_mm256_setzero_si256(); 2]; G];
    for pair in 0..pairs {
        // SAFETY: `pair < pairs`, so 32 keys are there, and 2 elements of each query.
        unsafe {
            let k = k.as_ptr().add(32 * pair);
            let k = [_mm256_loadu_si256(k.cast()), _mm256_loadu_si256(k.add(16).cast())];
            for (acc, q) in acc.iter_mut().zip(q) {
                let q = _mm256_set1_epi32(q.as_ptr().cast::<i32>().add(pair).read_unaligned());
                acc[0] = _mm256_add_epi32(acc[0], _mm256_madd_epi16(k[0], q));
                acc[1] = _mm256_add_epi32(acc[1], _mm256_madd_epi16(k[1], q));
            }
        }
    }
    for (acc, out) in acc.iter().zip(out) {
        let out = out.0.as_mut_ptr();
        // SAFETY: `out` holds 16 lanes.
        unsafe {
            _mm256_storeu_si256(out.cast(), acc[0]);
            _mm256_storeu_si256(out.add(8).cast(), acc[1]);
        }
    }
}

/// See [`plain::sums`].
#[target_feature(enable = "avx2")]
#[inline]
pub fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, shift: u32, sums: &mut [&mut [i64]; G]) {
    let pairs = w[0].len() / 2;
    assert!(v.len() >= pairs * 2 * dh && w.iter().all(|w| w.len() == 2 * pairs) && sums.iter().all(|s| s.len() == dh));
    let mut at = 0;
    while at + 16 <= dh {
        // SAFETY: the lengths are checked above and `at + 16 <= dh`.
        unsafe { tile::<G, 2>(w, v, dh, at, pairs, shift, sums) };
        at += 16;
    }
    if at < dh {
        plain::sums(w, v, dh, at, shift, sums);
    }
}

/// `N` vectors of 8 dims from `at` on.
///
/// # Safety
/// Each `w` has `2·pairs` elements, `v` at least `2·pairs·dh`, each of `sums` `dh`, and `at + 8·N <= dh`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn tile<const G: usize, const N: usize>(
    w: [&[i16]; G],
    v: &[i16],
    dh: usize,
    at: usize,
    pairs: usize,
    shift: u32,
    sums: &mut [&mut [i64]; G],
) {
    let mut acc = [[_mm256_setzero_si256(); N]; G];
    for pair in 0..pairs {
        // SAFETY: by the caller's word, for `pair < pairs`.
        unsafe {
            let v = v.as_ptr().add(2 * (pair * dh + at));
            let mut values = [_mm256_setzero_si256(); N];
            for (n, values) in values.iter_mut().enumerate() {
                *values = _mm256_loadu_si256(v.add(16 * n).cast());
            }
            for (acc, w) in acc.iter_mut().zip(w) {
                let w = _mm256_set1_epi32(w.as_ptr().cast::<i32>().add(pair).read_unaligned());
                for (acc, v) in acc.iter_mut().zip(values) {
                    *acc = _mm256_add_epi32(*acc, _mm256_madd_epi16(v, w));
                }
            }
        }
    }
    for (acc, sums) in acc.iter().zip(sums) {
        for (acc, sums) in acc.iter().zip(sums[at..].chunks_exact_mut(8)) {
            let mut lanes = [0i32; 8];
            // SAFETY: there are 8 lanes.
            unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), *acc) };
            flush(&lanes, shift, sums);
        }
    }
}
