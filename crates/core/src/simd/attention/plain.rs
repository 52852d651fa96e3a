//! The two dot products of attention, and the scaling of scores, as plain loops: every level's twins must equal them, and levels without their own use them.

use super::{BLOCK, Lanes};
use crate::ops::fixed::I32_MAX;

/// `out[g][t] = Σ_i q[g][i]·k[t][i]` in wrapping 32 bits, over one block of keys `[dh/2, 16, 2]`.
#[inline(always)]
pub fn scores<const G: usize>(q: [&[i16]; G], k: &[i16], out: &mut [Lanes; G]) {
    for (q, out) in q.into_iter().zip(out) {
        let mut acc = [0i32; BLOCK];
        for (k, q) in k.chunks_exact(2 * BLOCK).zip(q.chunks_exact(2)) {
            let (q0, q1) = (i32::from(q[0]), i32::from(q[1]));
            for (acc, k) in acc.iter_mut().zip(k.chunks_exact(2)) {
                let pair = i32::from(k[0]).wrapping_mul(q0).wrapping_add(i32::from(k[1]).wrapping_mul(q1));
                *acc = acc.wrapping_add(pair);
            }
        }
        out.0 = acc;
    }
}

/// `sums[g][i] += 2^shift·Σ_t w[g][t]·v[t][i]` for the dims from `first` on; each sum over t fits 32 bits. Values are `[n/2, dh, 2]`.
#[inline(always)]
pub fn sums<const G: usize>(w: [&[i16]; G], v: &[i16], dh: usize, first: usize, shift: u32, sums: &mut [&mut [i64]; G]) {
    const DIMS: usize = 16;
    for (w, sums) in w.into_iter().zip(sums) {
        for at in (first..dh).step_by(DIMS) {
            let dims = DIMS.min(dh - at);
            let mut acc = [0i32; DIMS];
            for (w, v) in w.chunks_exact(2).zip(v.chunks_exact(2 * dh)) {
                let (w0, w1) = (i32::from(w[0]), i32::from(w[1]));
                for (acc, v) in acc.iter_mut().zip(v[2 * at..2 * (at + dims)].chunks_exact(2)) {
                    let pair = i32::from(v[0]).wrapping_mul(w0).wrapping_add(i32::from(v[1]).wrapping_mul(w1));
                    *acc = acc.wrapping_add(pair);
                }
            }
            flush(&acc[..dims], shift, &mut sums[at..at + dims]);
        }
    }
}

/// `sums += 2^shift·acc`.
#[inline(always)]
pub fn flush(acc: &[i32], shift: u32, sums: &mut [i64]) {
    for (sum, &acc) in sums.iter_mut().zip(acc) {
        *sum = sum.wrapping_add(i64::from(acc).wrapping_shl(shift));
    }
}

/// `z = rss((2^8·high + low)·factor, shift)` for products below 2^62 and `1 <= shift <= 62`; `high` is 0 unless `WIDE`.
#[inline(always)]
pub fn scale<const WIDE: bool>(high: &Lanes, low: &Lanes, factors: &Lanes, shift: u32, z: &mut Lanes) {
    let half = 1i64 << (shift - 1);
    for (((z, &high), &low), &factor) in z.0.iter_mut().zip(&high.0).zip(&low.0).zip(&factors.0) {
        let mut v = i64::from(low).wrapping_mul(i64::from(factor)).wrapping_add(half);
        if WIDE {
            v = v.wrapping_add(i64::from(high).wrapping_mul(i64::from(factor)) << 8);
        }
        *z = v.wrapping_shr(shift).clamp(-I32_MAX, I32_MAX) as i32;
    }
}
