//! The two dot products of attention with WebAssembly's 128-bit vectors: 8 products an instruction.

use std::arch::wasm32::*;

use super::plain::flush;
use super::{Lanes, plain};
use crate::ops::fixed::I32_MAX;

/// See [`plain::scores`]. Half a block at a time, so that the sums of all queries stay in registers.
#[inline(always)]
pub fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]) {
    let pairs = k.len() / 32;
    assert!(q.iter().all(|q| q.len() == 2 * pairs));
    for half in 0..2 {
        let mut acc = [[i32x4_splat(0); 2]; G];
        for pair in 0..pairs {
            // SAFETY: `pair < pairs`, so 32 keys are there, and 2 elements of each query.
            unsafe {
                let k = k.as_ptr().add(32 * pair + 16 * half);
                let k = [v128_load(k.cast()), v128_load(k.add(8).cast())];
                for (acc, q) in acc.iter_mut().zip(q) {
                    let q = v128_load32_splat(q.as_ptr().cast::<u32>().add(pair));
                    acc[0] = i32x4_add(acc[0], i32x4_dot_i16x8(k[0], q));
                    acc[1] = i32x4_add(acc[1], i32x4_dot_i16x8(k[1], q));
                }
            }
        }
        for (acc, out) in acc.iter().zip(out.iter_mut()) {
            // SAFETY: `out` holds 16 lanes, of which this half is 8.
            unsafe {
                let out = out.0.as_mut_ptr().add(8 * half);
                v128_store(out.cast(), acc[0]);
                v128_store(out.add(4).cast(), acc[1]);
            }
        }
    }
}

/// See [`plain::sums`].
#[inline(always)]
pub fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, shift: u32, sums: &mut [&mut [i64]; G]) {
    let pairs = w[0].len() / 2;
    assert!(v.len() >= pairs * 2 * dh && w.iter().all(|w| w.len() == 2 * pairs) && sums.iter().all(|s| s.len() == dh));
    let mut at = 0;
    while at + 8 <= dh {
        // SAFETY: the lengths are checked above and `at + 8 <= dh`.
        unsafe { tile::<G, 2>(w, v, dh, at, pairs, shift, sums) };
        at += 8;
    }
    if at < dh {
        plain::sums(w, v, dh, at, shift, sums);
    }
}

/// `N` vectors of 4 dims from `at` on.
///
/// # Safety
/// Each `w` has `2·pairs` elements, `v` at least `2·pairs·dh`, each of `sums` `dh`, and `at + 4·N <= dh`.
#[inline(always)]
unsafe fn tile<const G: usize, const N: usize>(
    w: [&[i16]; G],
    v: &[i16],
    dh: usize,
    at: usize,
    pairs: usize,
    shift: u32,
    sums: &mut [&mut [i64]; G],
) {
    let mut acc = [[i32x4_splat(0); N]; G];
    for pair in 0..pairs {
        // SAFETY: by the caller's word, for `pair < pairs`.
        unsafe {
            let v = v.as_ptr().add(2 * (pair * dh + at));
            let mut values = [i32x4_splat(0); N];
            for (n, values) in values.iter_mut().enumerate() {
                *values = v128_load(v.add(8 * n).cast());
            }
            for (acc, w) in acc.iter_mut().zip(w) {
                let w = v128_load32_splat(w.as_ptr().cast::<u32>().add(pair));
                for (acc, v) in acc.iter_mut().zip(values) {
                    *acc = i32x4_add(*acc, i32x4_dot_i16x8(v, w));
                }
            }
        }
    }
    for (acc, sums) in acc.iter().zip(sums) {
        for (acc, sums) in acc.iter().zip(sums[at..].chunks_exact_mut(4)) {
            let mut lanes = [0i32; 4];
            // SAFETY: there are 4 lanes.
            unsafe { v128_store(lanes.as_mut_ptr().cast(), *acc) };
            flush(&lanes, shift, sums);
        }
    }
}

/// See [`plain::scale`].
#[inline(always)]
pub fn scale<const WIDE: bool>(high: &Lanes, low: &Lanes, factors: &Lanes, shift: u32, z: &mut Lanes) {
    let half = i64x2_splat(1i64 << (shift - 1));
    let (least, most) = (i64x2_splat(-I32_MAX), i64x2_splat(I32_MAX));
    let end = |v: v128, high: v128| {
        let mut v = i64x2_add(v, half);
        if WIDE {
            v = i64x2_add(v, i64x2_shl(high, 8));
        }
        let v = i64x2_shr(v, shift);
        let v = v128_bitselect(v, most, i64x2_lt(v, most));
        v128_bitselect(v, least, i64x2_gt(v, least))
    };
    for i in (0..low.0.len()).step_by(4) {
        // SAFETY: there are 16 lanes, and `i <= 12`.
        unsafe {
            let load = |lanes: &Lanes| v128_load(lanes.0.as_ptr().add(i).cast());
            let (high, low, factor) = (load(high), load(low), load(factors));
            let a = end(i64x2_extmul_low_i32x4(low, factor), i64x2_extmul_low_i32x4(high, factor));
            let b = end(i64x2_extmul_high_i32x4(low, factor), i64x2_extmul_high_i32x4(high, factor));
            v128_store(z.0.as_mut_ptr().add(i).cast(), i32x4_shuffle::<0, 2, 4, 6>(a, b));
        }
    }
}
