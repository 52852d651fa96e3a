//! linear on AVX2: a record as two halves of 8 rows.
//!
//! Four-bit weights: `vpmaddubsw` sums pairs of unsigned q times signed digits in i16, where a whole block stays below 2^15 even while
//! partial sums wrap, and `vpmaddwd` scales both pairs of a row by D at once. Wider weights: q widened to i16 times X itself by
//! `vpmaddwd`, blocks scaled into 64-bit accumulators.

use std::arch::x86_64::*;

use super::{Accumulators, Input};
use crate::simd::pack::{Kind, Layout};

/// Most rows of the batch that one pass over a record takes.
pub const TILE: usize = 3;

/// Add `W·X` of one record to `acc[t]` for the rows `t0..t0 + acc.len()` of the batch.
///
/// # Panics
/// If a length does not fit the layout.
pub fn tile(layout: &Layout, record: &[u8], input: &Input<'_>, t0: usize, acc: &mut [Accumulators]) {
    let d = input.digits;
    assert!(record.len() >= layout.len && d.cols == layout.blocks * layout.block && d.block == layout.block);
    assert!(t0 + acc.len() <= d.rows && input.x.len() == d.rows * d.cols);
    assert!(!layout.has_m || layout.blocks_per_slab.is_multiple_of(2) || layout.blocks_per_slab == layout.blocks);
    for half in 0..2 {
        // SAFETY: the caller has found AVX2 (`Level::Avx2`), and the lengths were checked above.
        match (layout.kind, acc.len()) {
            (Kind::Nibble, 1) => unsafe { nibble::<1>(layout, record.as_ptr(), half, input, t0, acc) },
            (Kind::Nibble, 2) => unsafe { nibble::<2>(layout, record.as_ptr(), half, input, t0, acc) },
            (Kind::Nibble, 3) => unsafe { nibble::<3>(layout, record.as_ptr(), half, input, t0, acc) },
            (Kind::Byte, 1) => unsafe { byte::<1>(layout, record.as_ptr(), half, input, t0, acc) },
            (Kind::Byte, 2) => unsafe { byte::<2>(layout, record.as_ptr(), half, input, t0, acc) },
            (Kind::Byte, 3) => unsafe { byte::<3>(layout, record.as_ptr(), half, input, t0, acc) },
            (_, n) => panic!("a tile has 1 to {TILE} rows, not {n}"),
        }
    }
}

/// # Safety
/// AVX2; `record` holds `layout.len` bytes; `input` has rows `t0..t0 + N` of the layout's shape.
#[target_feature(enable = "avx2")]
unsafe fn nibble<const N: usize>(
    layout: &Layout,
    record: *const u8,
    half: usize,
    input: &Input<'_>,
    t0: usize,
    acc: &mut [Accumulators],
) {
    // SAFETY: every pointer below stays inside `record` or the digits' vectors by the function's contract.
    unsafe {
        let digits = input.digits;
        let low = _mm256_set1_epi8(15);
        let (cols, blocks) = (digits.cols, layout.blocks);
        let even = blocks.next_multiple_of(2);
        let h: [*const i8; N] = std::array::from_fn(|t| digits.h.as_ptr().add((t0 + t) * cols));
        let l: [*const i8; N] = std::array::from_fn(|t| digits.l.as_ptr().add((t0 + t) * cols));
        let zeros: [*const i16; N] = std::array::from_fn(|t| digits.zero_pairs.as_ptr().add((t0 + t) * blocks * 4));
        let word = |p: *const i8| _mm256_set1_epi32(p.cast::<i32>().read_unaligned());
        let pair = |p: *const i16| _mm256_set1_epi32(p.cast::<i32>().read_unaligned());
        let mut first = 0;
        while first < blocks {
            let end = first + layout.blocks_per_slab;
            let mut ah = [_mm256_setzero_si256(); N];
            let mut al = [_mm256_setzero_si256(); N];
            for b in first..end {
                let q = record.add(b * layout.q_stride + half * 32);
                let mut sh = [_mm256_setzero_si256(); N];
                let mut sl = [_mm256_setzero_si256(); N];
                for t in 0..N {
                    sh[t] = pair(zeros[t].add(b * 4));
                    sl[t] = pair(zeros[t].add(b * 4 + 2));
                }
                let column = b * 32;
                for g in 0..4 {
                    let w = _mm256_loadu_si256(q.add(g * 64).cast());
                    let w0 = _mm256_and_si256(w, low);
                    let w1 = _mm256_and_si256(_mm256_srli_epi16::<4>(w), low);
                    for t in 0..N {
                        let (at0, at1) = (column + 4 * g, column + 16 + 4 * g);
                        sh[t] = _mm256_add_epi16(sh[t], _mm256_maddubs_epi16(w0, word(h[t].add(at0))));
                        sl[t] = _mm256_add_epi16(sl[t], _mm256_maddubs_epi16(w0, word(l[t].add(at0))));
                        sh[t] = _mm256_add_epi16(sh[t], _mm256_maddubs_epi16(w1, word(h[t].add(at1))));
                        sl[t] = _mm256_add_epi16(sl[t], _mm256_maddubs_epi16(w1, word(l[t].add(at1))));
                    }
                }
                // D in both halves of a row's lane.
                let d = _mm256_cvtepu16_epi32(_mm_loadu_si128(record.add(layout.d_at + b * 32 + half * 16).cast()));
                let d = _mm256_or_si256(d, _mm256_slli_epi32::<16>(d));
                for t in 0..N {
                    ah[t] = _mm256_add_epi32(ah[t], _mm256_madd_epi16(sh[t], d));
                    al[t] = _mm256_add_epi32(al[t], _mm256_madd_epi16(sl[t], d));
                }
            }
            if layout.has_m {
                for b in (first..end).step_by(2) {
                    let m = _mm256_loadu_si256(record.add(layout.m_at + b * 32 + half * 32).cast());
                    for t in 0..N {
                        let at = (t0 + t) * even + b;
                        ah[t] = _mm256_add_epi32(ah[t], _mm256_madd_epi16(m, pair(digits.total_h.as_ptr().add(at))));
                        al[t] = _mm256_add_epi32(al[t], _mm256_madd_epi16(m, pair(digits.total_l.as_ptr().add(at))));
                    }
                }
            }
            for t in 0..N {
                let out = acc[t].0.as_mut_ptr().add(half * 8);
                let halves = |v| (_mm256_castsi256_si128(v), _mm256_extracti128_si256::<1>(v));
                let ((h0, h1), (l0, l1)) = (halves(ah[t]), halves(al[t]));
                for (i, (h, l)) in [(h0, l0), (h1, l1)].into_iter().enumerate() {
                    let (h, l) = (_mm256_cvtepi32_epi64(h), _mm256_cvtepi32_epi64(l));
                    let sum = _mm256_add_epi64(_mm256_sub_epi64(_mm256_slli_epi64::<8>(h), h), l);
                    let out = out.add(i * 4).cast();
                    _mm256_storeu_si256(out, _mm256_add_epi64(_mm256_loadu_si256(out), sum));
                }
            }
            first = end;
        }
    }
}

/// # Safety
/// As for [`nibble`].
#[target_feature(enable = "avx2")]
unsafe fn byte<const N: usize>(
    layout: &Layout,
    record: *const u8,
    half: usize,
    input: &Input<'_>,
    t0: usize,
    acc: &mut [Accumulators],
) {
    // SAFETY: every pointer below stays inside `record` or the batch's vectors by the function's contract.
    unsafe {
        let cols = input.digits.cols;
        let x: [*const i16; N] = std::array::from_fn(|t| input.x.as_ptr().add((t0 + t) * cols));
        // q is stored plus 128; the sign bit turns it back.
        let sign = _mm_set1_epi8(-128);
        // Rows 0..4 and 4..8 of the half, as 64-bit lanes.
        let mut sums = [[_mm256_setzero_si256(); 2]; N];
        for b in 0..layout.blocks {
            let q = record.add(b * layout.q_stride + half * 32);
            let mut s = [[_mm256_setzero_si256(); 2]; N];
            for g in 0..layout.block / 4 {
                for part in 0..2 {
                    let w = _mm_loadu_si128(q.add(g * 64 + part * 16).cast());
                    let w = _mm256_cvtepi8_epi16(_mm_xor_si128(w, sign));
                    for t in 0..N {
                        let x = _mm256_set1_epi64x(x[t].add(b * layout.block + 4 * g).cast::<i64>().read_unaligned());
                        s[t][part] = _mm256_add_epi32(s[t][part], _mm256_madd_epi16(w, x));
                    }
                }
            }
            for part in 0..2 {
                let at = (b * 16 + half * 8 + part * 4) * 2;
                let d = _mm256_cvtepi16_epi64(_mm_loadl_epi64(record.add(layout.d_at + at).cast()));
                for t in 0..N {
                    // A lane holds the sums of a row's two column pairs.
                    let sum = _mm256_add_epi32(s[t][part], _mm256_srli_epi64::<32>(s[t][part]));
                    sums[t][part] = _mm256_add_epi64(sums[t][part], _mm256_mul_epi32(sum, d));
                }
            }
        }
        for t in 0..N {
            for part in 0..2 {
                let out = acc[t].0.as_mut_ptr().add(half * 8 + part * 4).cast();
                _mm256_storeu_si256(out, _mm256_add_epi64(_mm256_loadu_si256(out), sums[t][part]));
            }
        }
        if layout.has_m {
            offsets(layout, record, half, input, t0, acc);
        }
    }
}

/// Add `Σ_b M_b·ΣX_b`; wide weights with offsets are rare (Q5_1, Q5_K), so this is plain.
///
/// # Safety
/// As for [`nibble`].
unsafe fn offsets(layout: &Layout, record: *const u8, half: usize, input: &Input<'_>, t0: usize, acc: &mut [Accumulators]) {
    let cols = input.digits.cols;
    for (t, acc) in acc.iter_mut().enumerate() {
        let x = &input.x[(t0 + t) * cols..][..cols];
        for (b, x) in x.chunks_exact(layout.block).enumerate() {
            let total: i64 = x.iter().map(|&x| i64::from(x)).sum();
            for r in 0..8 {
                let at = layout.m_at + (b / 2 * 16 + half * 8 + r) * 4 + b % 2 * 2;
                // SAFETY: `at` is inside the record's offsets by the layout.
                let m = unsafe { record.add(at).cast::<i16>().read_unaligned() };
                acc.0[half * 8 + r] += i64::from(m) * total;
            }
        }
    }
}
