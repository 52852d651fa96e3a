//! The same with WebAssembly's 128-bit vectors, two 64-bit lanes at a time.

use std::arch::wasm32::*;

use super::super::bfpq::half;

/// See [`super::squares`].
#[inline(always)]
pub fn squares(v: &[i32]) -> u64 {
    let mut sum = i64x2_splat(0);
    let fours = v.chunks_exact(4);
    let rest = super::squares(fours.remainder());
    for v in fours {
        // SAFETY: there are 4 elements.
        let v = unsafe { v128_load(v.as_ptr().cast()) };
        sum = i64x2_add(sum, i64x2_extmul_low_i32x4(v, v));
        sum = i64x2_add(sum, i64x2_extmul_high_i32x4(v, v));
    }
    rest.wrapping_add(u64x2_extract_lane::<0>(sum)).wrapping_add(u64x2_extract_lane::<1>(sum))
}

/// See [`super::products`].
#[inline(always)]
pub fn products(a: &[i32], b: &[i32], out: &mut [i64]) -> u64 {
    let mut any = i64x2_splat(0);
    let whole = a.len() / 4 * 4;
    assert!(a.len() == b.len() && a.len() == out.len());
    for i in (0..whole).step_by(4) {
        // SAFETY: `i + 4 <= whole`, and the lengths are equal.
        unsafe {
            let (a, b) = (v128_load(a.as_ptr().add(i).cast()), v128_load(b.as_ptr().add(i).cast()));
            let (low, high) = (i64x2_extmul_low_i32x4(a, b), i64x2_extmul_high_i32x4(a, b));
            any = v128_or(any, v128_or(i64x2_abs(low), i64x2_abs(high)));
            let out = out.as_mut_ptr().add(i);
            v128_store(out.cast(), low);
            v128_store(out.add(2).cast(), high);
        }
    }
    let rest = super::products(&a[whole..], &b[whole..], &mut out[whole..]);
    rest | u64x2_extract_lane::<0>(any) | u64x2_extract_lane::<1>(any)
}

/// See [`super::shift`].
#[inline(always)]
pub fn shift(v: &[i64], s: i32, out: &mut [i16]) {
    let half = i64x2_splat(half(s));
    let whole = v.len() / 8 * 8;
    assert_eq!(v.len(), out.len());
    for i in (0..whole).step_by(8) {
        // SAFETY: `i + 8 <= whole`, and the lengths are equal.
        unsafe {
            let two = |at: usize| u64x2_shr(i64x2_add(v128_load(v.as_ptr().add(i + at).cast()), half), s as u32);
            let (a, b) = (i32x4_shuffle::<0, 2, 4, 6>(two(0), two(2)), i32x4_shuffle::<0, 2, 4, 6>(two(4), two(6)));
            v128_store(out.as_mut_ptr().add(i).cast(), i16x8_shuffle::<0, 2, 4, 6, 8, 10, 12, 14>(a, b));
        }
    }
    super::shift(&v[whole..], s, &mut out[whole..]);
}
