//! The two dot products of attention with AVX-512 VNNI: 32 products an instruction.

use std::arch::x86_64::*;

use super::plain::flush;
use super::{Lanes, plain};

/// See [`plain::scores`]. Two sums a query hide the latency of the multiply-add.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
pub fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]) {
    let pairs = k.len() / 32;
    assert!(q.iter().all(|q| q.len() == 2 * pairs));
    let mut acc = [[_mm512_setzero_si512(); G]; 2];
    for two in 0..pairs / 2 {
        for (odd, acc) in acc.iter_mut().enumerate() {
            // SAFETY: `2·two + odd < pairs`.
            unsafe { pair(q, k, 2 * two + odd, acc) };
        }
    }
    if pairs % 2 == 1 {
        // SAFETY: the last pair.
        unsafe { pair(q, k, pairs - 1, &mut acc[0]) };
    }
    for (g, out) in out.iter_mut().enumerate() {
        // SAFETY: `out` holds 16 lanes.
        unsafe { _mm512_storeu_si512(out.0.as_mut_ptr().cast(), _mm512_add_epi32(acc[0][g], acc[1][g])) };
    }
}

/// Add the products of dims `2i` and `2i + 1`.
///
/// # Safety
/// `k` has more than `32·i + 31` elements, each `q` more than `2·i + 1`.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
unsafe fn pair<const G: usize>(q: [&[i16]; G], k: &[i16], i: usize, acc: &mut [__m512i; G]) {
    // SAFETY: by the caller's word.
    unsafe {
        let k = _mm512_loadu_si512(k.as_ptr().add(32 * i).cast());
        for (acc, q) in acc.iter_mut().zip(q) {
            let q = q.as_ptr().cast::<i32>().add(i).read_unaligned();
            *acc = _mm512_dpwssd_epi32(*acc, k, _mm512_set1_epi32(q));
        }
    }
}

/// See [`plain::sums`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vnni")]
#[inline]
pub fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, shift: u32, sums: &mut [&mut [i64]; G]) {
    let pairs = w[0].len() / 2;
    assert!(v.len() >= pairs * 2 * dh && w.iter().all(|w| w.len() == 2 * pairs) && sums.iter().all(|s| s.len() == dh));
    let mut at = 0;
    while at + 64 <= dh {
        // SAFETY: the lengths are checked above and `at + 64 <= dh`.
        unsafe { tile::<G, 4>(w, v, dh, at, pairs, shift, sums) };
        at += 64;
    }
    while at + 16 <= dh {
        // SAFETY: the lengths are checked above and `at + 16 <= dh`.
        unsafe { tile::<G, 1>(w, v, dh, at, pairs, shift, sums) };
        at += 16;
    }
    if at < dh {
        plain::sums(w, v, dh, at, shift, sums);
    }
}

/// `N` vectors of 16 dims from `at` on.
///
/// # Safety
/// Each `w` has `2·pairs` elements, `v` at least `2·pairs·dh`, each of `sums` `dh`, and `at + 16·N <= dh`.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vnni")]
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
    let mut acc = [[_mm512_setzero_si512(); N]; G];
    for pair in 0..pairs {
        // SAFETY: by the caller's word, for `pair < pairs`.
        unsafe {
            let v = v.as_ptr().add(2 * (pair * dh + at));
            let mut values = [_mm512_setzero_si512(); N];
            for (n, values) in values.iter_mut().enumerate() {
                *values = _mm512_loadu_si512(v.add(32 * n).cast());
            }
            for (acc, w) in acc.iter_mut().zip(w) {
                let w = _mm512_set1_epi32(w.as_ptr().cast::<i32>().add(pair).read_unaligned());
                for (acc, v) in acc.iter_mut().zip(values) {
                    *acc = _mm512_dpwssd_epi32(*acc, v, w);
                }
            }
        }
    }
    for (acc, sums) in acc.iter().zip(sums) {
        for (acc, sums) in acc.iter().zip(sums[at..].chunks_exact_mut(16)) {
            let mut lanes = Lanes::ZERO;
            // SAFETY: `lanes` has 16 of them.
            unsafe { _mm512_storeu_si512(lanes.0.as_mut_ptr().cast(), *acc) };
            flush(&lanes.0, shift, sums);
        }
    }
}
