//! linear on AVX-512 VNNI: 16 rows in a register, four columns a lane.
//!
//! `vpdpbusd` sums four unsigned q times four signed digits into each row's lane; a block's sum of 4-bit weights fits i16, so one
//! `vpdpwssd` scales it by D and adds it to the row's accumulator. One row of the batch streams a record; three rows take two records at
//! once, so that each broadcast digit serves both.

use std::arch::asm;
use std::arch::x86_64::*;

use super::Accumulators;
use crate::simd::digits::Digits;
use crate::simd::pack::{Kind, Layout};

/// Most rows of the batch that one pass over a record takes.
pub const TILE: usize = 6;
/// Rows of the batch that a pass over two records takes.
pub const PAIR_TILE: usize = 3;

/// Add `W·X` of one record, or of two for exactly [`PAIR_TILE`] rows, to `acc[r·n + t]` for `n` rows of the batch from `t0` on.
///
/// # Panics
/// If a length does not fit the layout.
pub fn tile(layout: &Layout, records: &[&[u8]], digits: &Digits, t0: usize, acc: &mut [Accumulators]) {
    let n = acc.len() / records.len();
    assert!(acc.len() == n * records.len() && records.iter().all(|r| r.len() >= layout.len));
    assert!(digits.cols == layout.blocks * layout.block && digits.block == layout.block && t0 + n <= digits.rows);
    assert!(!layout.has_m || layout.blocks_per_slab.is_multiple_of(2) || layout.blocks_per_slab == layout.blocks);
    macro_rules! dispatch {
        ($nibble:literal, $($n:literal),*) => {
            match n {
                // SAFETY: the caller has found the features (`Level::Avx512`), and the lengths were checked above.
                $($n => unsafe { single::<$n, $nibble>(layout, records[0], digits, t0, acc) },)*
                n => panic!("no tile of one record by {n} rows"),
            }
        };
    }
    match (records, layout.kind) {
        ([_], Kind::Nibble) => dispatch!(true, 1, 2, 3, 4, 5, 6),
        ([_], Kind::Byte) => dispatch!(false, 1, 2, 3, 4, 5, 6),
        // SAFETY: as above.
        (&[a, b], Kind::Nibble) if n == PAIR_TILE => unsafe { double::<true>(layout, [a, b], digits, t0, acc) },
        // SAFETY: as above.
        (&[a, b], Kind::Byte) if n == PAIR_TILE => unsafe { double::<false>(layout, [a, b], digits, t0, acc) },
        _ => panic!("no tile of {} records by {n} rows", records.len()),
    }
}

/// # Safety
/// AVX-512 F, BW, VL, DQ and VNNI; `record` holds `layout.len` bytes; `digits` has rows `t0..t0 + N` of the layout's shape.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn single<const N: usize, const NIBBLE: bool>(
    layout: &Layout,
    record: &[u8],
    digits: &Digits,
    t0: usize,
    acc: &mut [Accumulators],
) {
    // SAFETY: every pointer below stays inside `record` or the digits' vectors by the function's contract.
    unsafe {
        let low = _mm512_set1_epi8(15);
        let record = record.as_ptr();
        let (cols, blocks) = (digits.cols, layout.blocks);
        let h: [*const i8; N] = std::array::from_fn(|t| digits.h.as_ptr().add((t0 + t) * cols));
        let l: [*const i8; N] = std::array::from_fn(|t| digits.l.as_ptr().add((t0 + t) * cols));
        let word = |p: *const i8| _mm512_set1_epi32(p.cast::<i32>().read_unaligned());
        let mut first = 0;
        while first < blocks {
            let end = first + layout.blocks_per_slab;
            let mut ah = [_mm512_setzero_si512(); N];
            let mut al = [_mm512_setzero_si512(); N];
            for b in first..end {
                let q = record.add(b * layout.q_stride);
                if t0 == 0 {
                    prefetch(layout, record, layout.len, b);
                }
                let mut sh = [_mm512_setzero_si512(); N];
                let mut sl = [_mm512_setzero_si512(); N];
                for t in 0..N {
                    [sh[t], sl[t]] = zeros::<NIBBLE>(digits, t0 + t, b);
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
                } else {
                    for g in 0..layout.block / 4 {
                        let w = _mm512_loadu_si512(q.add(g * 64).cast());
                        for t in 0..N {
                            sh[t] = _mm512_dpbusd_epi32(sh[t], w, word(h[t].add(column + 4 * g)));
                            sl[t] = _mm512_dpbusd_epi32(sl[t], w, word(l[t].add(column + 4 * g)));
                        }
                    }
                }
                scale::<N, NIBBLE>(layout, record, b, [&mut ah, &mut al], [&sh, &sl]);
            }
            offsets(layout, record, first..end, digits, t0, [&mut ah, &mut al]);
            add(&ah, &al, acc);
            first = end;
        }
    }
}

/// # Safety
/// As for [`single`], of both records, and of [`PAIR_TILE`] rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn double<const NIBBLE: bool>(layout: &Layout, records: [&[u8]; 2], digits: &Digits, t0: usize, acc: &mut [Accumulators]) {
    // SAFETY: every pointer below stays inside its record or the digits' vectors by the function's contract.
    unsafe {
        let low = _mm512_set1_epi8(15);
        let record = records.map(<[u8]>::as_ptr);
        let (cols, blocks) = (digits.cols, layout.blocks);
        let (h, l) = (digits.h.as_ptr().add(t0 * cols), digits.l.as_ptr().add(t0 * cols));
        let mut first = 0;
        while first < blocks {
            let end = first + layout.blocks_per_slab;
            let mut ah = [[_mm512_setzero_si512(); 3]; 2];
            let mut al = ah;
            for b in first..end {
                if t0 == 0 {
                    for record in record {
                        prefetch(layout, record, 2 * layout.len, b);
                    }
                }
                let z: [_; 3] = std::array::from_fn(|t| zeros::<NIBBLE>(digits, t0 + t, b));
                let mut sh = [z.map(|z| z[0]); 2];
                let mut sl = [z.map(|z| z[1]); 2];
                let q = record.map(|record| record.add(b * layout.q_stride));
                let (h, l) = (h.add(b * layout.block), l.add(b * layout.block));
                if NIBBLE {
                    macro_rules! step {
                        ($($g:literal),*) => {$(
                            let w = q.map(|q| _mm512_loadu_si512(q.add(16 * $g).cast()));
                            let low_half = w.map(|w| _mm512_and_si512(w, low));
                            columns::<$g>(&mut sh, low_half, h, cols);
                            columns::<$g>(&mut sl, low_half, l, cols);
                            let high_half = w.map(|w| _mm512_and_si512(_mm512_srli_epi16::<4>(w), low));
                            columns::<{ 16 + $g }>(&mut sh, high_half, h, cols);
                            columns::<{ 16 + $g }>(&mut sl, high_half, l, cols);
                        )*};
                    }
                    step!(0, 4, 8, 12);
                } else {
                    for g in 0..layout.block / 4 {
                        let w = q.map(|q| _mm512_loadu_si512(q.add(g * 64).cast()));
                        columns::<0>(&mut sh, w, h.add(4 * g), cols);
                        columns::<0>(&mut sl, w, l.add(4 * g), cols);
                    }
                }
                for r in 0..2 {
                    scale::<3, NIBBLE>(layout, record[r], b, [&mut ah[r], &mut al[r]], [&sh[r], &sl[r]]);
                }
            }
            for r in 0..2 {
                offsets(layout, record[r], first..end, digits, t0, [&mut ah[r], &mut al[r]]);
                add(&ah[r], &al[r], &mut acc[r * PAIR_TILE..][..PAIR_TILE]);
            }
            first = end;
        }
    }
}

/// `s[r][t] += w[r]·x[t]` for two records and the four columns at `x + OFF` of three rows that lie `row` bytes apart. By hand: left to
/// the compiler, the second record comes after all of the first, and the broadcast digits are spilled in between.
///
/// # Safety
/// AVX-512 VNNI; four bytes at `x + OFF`, `x + row + OFF` and `x + 2·row + OFF` can be read.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn columns<const OFF: usize>(s: &mut [[__m512i; 3]; 2], w: [__m512i; 2], x: *const i8, row: usize) {
    let [[a0, a1, a2], [b0, b1, b2]] = s;
    let broadcast: __m512i;
    // SAFETY: it reads what the caller vouches for, and writes registers alone.
    unsafe {
        asm!(
            "vpbroadcastd {t}, dword ptr [{x} + {off}]",
            "vpdpbusd {a0}, {wa}, {t}",
            "vpdpbusd {b0}, {wb}, {t}",
            "vpbroadcastd {t}, dword ptr [{x} + {row} + {off}]",
            "vpdpbusd {a1}, {wa}, {t}",
            "vpdpbusd {b1}, {wb}, {t}",
            "vpbroadcastd {t}, dword ptr [{x} + 2*{row} + {off}]",
            "vpdpbusd {a2}, {wa}, {t}",
            "vpdpbusd {b2}, {wb}, {t}",
            off = const OFF,
            x = in(reg) x,
            row = in(reg) row,
            wa = in(zmm_reg) w[0],
            wb = in(zmm_reg) w[1],
            t = out(zmm_reg) broadcast,
            a0 = inout(zmm_reg) *a0,
            a1 = inout(zmm_reg) *a1,
            a2 = inout(zmm_reg) *a2,
            b0 = inout(zmm_reg) *b0,
            b1 = inout(zmm_reg) *b1,
            b2 = inout(zmm_reg) *b2,
            options(readonly, nostack, preserves_flags),
        );
    }
    let _ = broadcast;
}

/// Ask for the lines that lie `distance` bytes after block `b`. The next records follow in memory; the first pass asks for them evenly, a
/// whole record ahead: left to the hardware alone, one row of the batch gets half the bandwidth.
#[inline]
#[target_feature(enable = "avx512f")]
fn prefetch(layout: &Layout, record: *const u8, distance: usize, b: usize) {
    let stride = layout.len / layout.blocks;
    let ahead = record.wrapping_add(distance + b * stride);
    for line in 0..stride.div_ceil(64) {
        _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(line * 64).cast());
    }
}

/// What a block's sums of high and of low digits begin with: what the zero point of q takes away.
///
/// # Safety
/// AVX-512 F; `digits` has row `t` and block `b`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn zeros<const NIBBLE: bool>(digits: &Digits, t: usize, b: usize) -> [__m512i; 2] {
    // SAFETY: by the caller's word.
    let z = unsafe { digits.zeros.as_ptr().add((t * (digits.cols / digits.block) + b) * 2).cast::<[i32; 2]>().read() };
    z.map(|z| {
        let z = _mm512_set1_epi32(z);
        // 128 is 16 times the zero point of 4-bit q.
        if NIBBLE { z } else { _mm512_slli_epi32::<4>(z) }
    })
}

/// `a += D·s` for block `b`.
///
/// # Safety
/// As for [`single`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn scale<const N: usize, const NIBBLE: bool>(
    layout: &Layout,
    record: *const u8,
    b: usize,
    a: [&mut [__m512i; N]; 2],
    s: [&[__m512i; N]; 2],
) {
    // SAFETY: by the caller's word.
    let d = unsafe { _mm256_loadu_si256(record.add(layout.d_at + b * 32).cast()) };
    for (a, s) in a.into_iter().zip(s) {
        for (a, &s) in a.iter_mut().zip(s) {
            *a = if NIBBLE {
                // Low half of a lane: the scale; high half: 0, so the sum's sign extension does not count.
                _mm512_dpwssd_epi32(*a, s, _mm512_cvtepu16_epi32(d))
            } else {
                _mm512_add_epi32(*a, _mm512_mullo_epi32(s, _mm512_cvtepi16_epi32(d)))
            };
        }
    }
}

/// `a += M·Σx` for the blocks of a slab.
///
/// # Safety
/// As for [`single`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
unsafe fn offsets<const N: usize>(
    layout: &Layout,
    record: *const u8,
    blocks: std::ops::Range<usize>,
    digits: &Digits,
    t0: usize,
    a: [&mut [__m512i; N]; 2],
) {
    if !layout.has_m {
        return;
    }
    let even = layout.blocks.next_multiple_of(2);
    let [ah, al] = a;
    for b in blocks.step_by(2) {
        // SAFETY: by the caller's word.
        unsafe {
            let m = _mm512_loadu_si512(record.add(layout.m_at + b * 32).cast());
            for t in 0..N {
                let pair =
                    |sums: &[i16]| _mm512_set1_epi32(sums.as_ptr().add((t0 + t) * even + b).cast::<i32>().read_unaligned());
                ah[t] = _mm512_dpwssd_epi32(ah[t], m, pair(&digits.total_h));
                al[t] = _mm512_dpwssd_epi32(al[t], m, pair(&digits.total_l));
            }
        }
    }
}

/// `acc += 255·h + l`, in 64 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn add<const N: usize>(h: &[__m512i; N], l: &[__m512i; N], acc: &mut [Accumulators]) {
    let halves = |v| [_mm512_cvtepi32_epi64(_mm512_castsi512_si256(v)), _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64::<1>(v))];
    for ((&h, &l), acc) in h.iter().zip(l).zip(acc) {
        for ((h, l), out) in halves(h).into_iter().zip(halves(l)).zip(acc.0.chunks_exact_mut(8)) {
            let sum = _mm512_add_epi64(_mm512_sub_epi64(_mm512_slli_epi64::<8>(h), h), l);
            let out = out.as_mut_ptr();
            // SAFETY: there are 8 lanes.
            unsafe { _mm512_storeu_si512(out.cast(), _mm512_add_epi64(_mm512_loadu_si512(out.cast()), sum)) };
        }
    }
}
