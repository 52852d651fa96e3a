//! linear on AVX-512 VNNI: 16 rows in a register, four columns a lane.
//!
//! `vpdpbusd` sums four unsigned q times four signed digits into each row's lane; a block's sum of 4-bit weights fits i16, so one
//! `vpdpwssd` scales it by D and adds it to the row's accumulator.

use std::arch::x86_64::*;

use super::Accumulators;
use crate::simd::digits::Digits;
use crate::simd::pack::{Kind, Layout};

/// Most rows of the batch that one pass over a record takes.
pub const TILE: usize = 6;

/// Add `W·X` of one record to `acc[t]` for the rows `t0..t0 + acc.len()` of the batch.
///
/// # Panics
/// If a length does not fit the layout.
pub fn tile(layout: &Layout, record: &[u8], digits: &Digits, t0: usize, acc: &mut [Accumulators]) {
    assert!(record.len() >= layout.len && digits.cols == layout.blocks * layout.block && digits.block == layout.block);
    assert!(t0 + acc.len() <= digits.rows);
    assert!(!layout.has_m || layout.blocks_per_slab.is_multiple_of(2) || layout.blocks_per_slab == layout.blocks);
    macro_rules! dispatch {
        ($($n:literal),*) => {
            match (acc.len(), layout.kind) {
                // SAFETY: the caller has found the features (`Level::Avx512`), and the lengths were checked above.
                $(($n, Kind::Nibble) => unsafe { kernel::<$n, true>(layout, record.as_ptr(), digits, t0, acc) },)*
                // SAFETY: as above.
                $(($n, Kind::Byte) => unsafe { kernel::<$n, false>(layout, record.as_ptr(), digits, t0, acc) },)*
                (n, _) => panic!("a tile has 1 to {TILE} rows, not {n}"),
            }
        };
    }
    dispatch!(1, 2, 3, 4, 5, 6);
}

/// # Safety
/// AVX-512 F, BW, VL, DQ and VNNI; `record` holds `layout.len` bytes; `digits` has rows `t0..t0 + N` of the layout's shape.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn kernel<const N: usize, const NIBBLE: bool>(
    layout: &Layout,
    record: *const u8,
    digits: &Digits,
    t0: usize,
    acc: &mut [Accumulators],
) {
    // SAFETY: every pointer below stays inside `record` or the digits' vectors by the function's contract.
    unsafe {
        let low = _mm512_set1_epi8(15);
        // −zero point in both halves of a lane.
        let minus_zero = _mm512_set1_epi32(if NIBBLE { 0xfff8_fff8_u32 as i32 } else { 0xff80_ff80_u32 as i32 });
        let (cols, blocks) = (digits.cols, layout.blocks);
        let even = blocks.next_multiple_of(2);
        let h: [*const i8; N] = std::array::from_fn(|t| digits.h.as_ptr().add((t0 + t) * cols));
        let l: [*const i8; N] = std::array::from_fn(|t| digits.l.as_ptr().add((t0 + t) * cols));
        let sums: [*const i16; N] = std::array::from_fn(|t| digits.sums.as_ptr().add((t0 + t) * blocks * 4));
        let word = |p: *const i8| _mm512_set1_epi32(p.cast::<i32>().read_unaligned());
        let pair = |p: *const i16| _mm512_set1_epi32(p.cast::<i32>().read_unaligned());
        let stride = layout.len / blocks;
        let lines = stride.div_ceil(64);
        let mut first = 0;
        while first < blocks {
            let end = first + layout.blocks_per_slab;
            let mut ah = [_mm512_setzero_si512(); N];
            let mut al = [_mm512_setzero_si512(); N];
            for b in first..end {
                let q = record.add(b * layout.q_stride);
                // The next record follows in memory. Its lines are asked for evenly, a whole record ahead: left to the hardware alone, one
                // row of the batch gets half the bandwidth.
                let ahead = record.wrapping_add(layout.len + b * stride);
                for line in 0..lines {
                    _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(line * 64).cast());
                }
                let mut sh = [_mm512_setzero_si512(); N];
                let mut sl = [_mm512_setzero_si512(); N];
                for t in 0..N {
                    sh[t] = _mm512_dpwssd_epi32(sh[t], pair(sums[t].add(b * 4)), minus_zero);
                    sl[t] = _mm512_dpwssd_epi32(sl[t], pair(sums[t].add(b * 4 + 2)), minus_zero);
                }
                let column = b * layout.block;
                if NIBBLE {
                    for g in 0..4 {
                        let w = _mm512_loadu_si512(q.add(g * 64).cast());
                        let (w0, w1) = (_mm512_and_si512(w, low), _mm512_and_si512(_mm512_srli_epi16::<4>(w), low));
                        for t in 0..N {
                            sh[t] = _mm512_dpbusd_epi32(sh[t], w0, word(h[t].add(column + 4 * g)));
                            sl[t] = _mm512_dpbusd_epi32(sl[t], w0, word(l[t].add(column + 4 * g)));
                        }
                        for t in 0..N {
                            sh[t] = _mm512_dpbusd_epi32(sh[t], w1, word(h[t].add(column + 16 + 4 * g)));
                            sl[t] = _mm512_dpbusd_epi32(sl[t], w1, word(l[t].add(column + 16 + 4 * g)));
                        }
                    }
                    // Low half of a lane: the scale; high half: 0, so the sum's sign extension does not count.
                    let d = _mm512_cvtepu16_epi32(_mm256_loadu_si256(record.add(layout.d_at + b * 32).cast()));
                    for t in 0..N {
                        ah[t] = _mm512_dpwssd_epi32(ah[t], sh[t], d);
                        al[t] = _mm512_dpwssd_epi32(al[t], sl[t], d);
                    }
                } else {
                    for g in 0..layout.block / 4 {
                        let w = _mm512_loadu_si512(q.add(g * 64).cast());
                        for t in 0..N {
                            sh[t] = _mm512_dpbusd_epi32(sh[t], w, word(h[t].add(column + 4 * g)));
                            sl[t] = _mm512_dpbusd_epi32(sl[t], w, word(l[t].add(column + 4 * g)));
                        }
                    }
                    let d = _mm512_cvtepi16_epi32(_mm256_loadu_si256(record.add(layout.d_at + b * 32).cast()));
                    for t in 0..N {
                        ah[t] = _mm512_add_epi32(ah[t], _mm512_mullo_epi32(sh[t], d));
                        al[t] = _mm512_add_epi32(al[t], _mm512_mullo_epi32(sl[t], d));
                    }
                }
            }
            if layout.has_m {
                for b in (first..end).step_by(2) {
                    let m = _mm512_loadu_si512(record.add(layout.m_at + b * 32).cast());
                    for t in 0..N {
                        let at = (t0 + t) * even + b;
                        ah[t] = _mm512_dpwssd_epi32(ah[t], m, pair(digits.total_h.as_ptr().add(at)));
                        al[t] = _mm512_dpwssd_epi32(al[t], m, pair(digits.total_l.as_ptr().add(at)));
                    }
                }
            }
            for t in 0..N {
                for half in 0..2 {
                    let part = |v: __m512i| {
                        _mm512_cvtepi32_epi64(if half == 0 {
                            _mm512_castsi512_si256(v)
                        } else {
                            _mm512_extracti64x4_epi64::<1>(v)
                        })
                    };
                    let (h, l) = (part(ah[t]), part(al[t]));
                    // 255·h + l
                    let sum = _mm512_add_epi64(_mm512_sub_epi64(_mm512_slli_epi64::<8>(h), h), l);
                    let out = acc[t].0.as_mut_ptr().add(half * 8);
                    _mm512_storeu_si512(out.cast(), _mm512_add_epi64(_mm512_loadu_si512(out.cast()), sum));
                }
            }
            first = end;
        }
    }
}
