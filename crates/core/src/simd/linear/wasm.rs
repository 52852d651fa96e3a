//! linear on WebAssembly: a record as four quarters of 4 rows.
//!
//! With relaxed-simd, 4-bit weights are the 7-bit operand of the relaxed dot product and the signed digits the other, for which every
//! engine gives the same result: no pair sum can saturate, and a block's partial sums wrap in i16 to a total that fits. Otherwise q is
//! widened to i16 and multiplied by X itself, blocks scaled into 64-bit accumulators.

use std::arch::wasm32::*;

use super::{Accumulators, Input};
use crate::simd::pack::{Kind, Layout};

/// Most rows of the batch that one pass over a record takes.
pub const TILE: usize = 2;

/// Add `W·X` of one record to `acc[t]` for the rows `t0..t0 + acc.len()` of the batch.
///
/// # Panics
/// If a length does not fit the layout.
pub fn tile(layout: &Layout, record: &[u8], input: &Input<'_>, t0: usize, acc: &mut [Accumulators]) {
    let d = input.digits;
    assert!(record.len() >= layout.len && d.cols == layout.blocks * layout.block && d.block == layout.block);
    assert!(t0 + acc.len() <= d.rows && input.x.len() == d.rows * d.cols);
    assert!(!layout.has_m || layout.blocks_per_slab.is_multiple_of(2) || layout.blocks_per_slab == layout.blocks);
    let record = record.as_ptr();
    #[cfg(target_feature = "relaxed-simd")]
    if layout.kind == Kind::Nibble {
        for half in 0..2 {
            // SAFETY: the lengths were checked above.
            match acc.len() {
                1 => unsafe { nibble::<1>(layout, record, half, input, t0, acc) },
                2 => unsafe { nibble::<2>(layout, record, half, input, t0, acc) },
                n => panic!("a tile has 1 to {TILE} rows, not {n}"),
            }
        }
        return;
    }
    for quarter in 0..4 {
        // SAFETY: the lengths were checked above.
        match (layout.kind, acc.len()) {
            (Kind::Nibble, 1) => unsafe { wide::<1, true>(layout, record, quarter, input, t0, acc) },
            (Kind::Nibble, 2) => unsafe { wide::<2, true>(layout, record, quarter, input, t0, acc) },
            (Kind::Byte, 1) => unsafe { wide::<1, false>(layout, record, quarter, input, t0, acc) },
            (Kind::Byte, 2) => unsafe { wide::<2, false>(layout, record, quarter, input, t0, acc) },
            (_, n) => panic!("a tile has 1 to {TILE} rows, not {n}"),
        }
    }
    if layout.has_m {
        offsets(layout, record, input, t0, acc);
    }
}

/// Two quarters at once, so that each broadcast digit serves 8 rows.
///
/// # Safety
/// `record` holds `layout.len` bytes; `input` has rows `t0..t0 + N` of the layout's shape.
#[cfg(target_feature = "relaxed-simd")]
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
        let low = u8x16_splat(15);
        let (cols, blocks) = (digits.cols, layout.blocks);
        let even = blocks.next_multiple_of(2);
        let h: [*const i8; N] = std::array::from_fn(|t| digits.h.as_ptr().add((t0 + t) * cols));
        let l: [*const i8; N] = std::array::from_fn(|t| digits.l.as_ptr().add((t0 + t) * cols));
        let zeros: [*const i16; N] = std::array::from_fn(|t| digits.zero_pairs.as_ptr().add((t0 + t) * blocks * 4));
        let word = |p: *const i8| v128_load32_splat(p.cast());
        let pair = |p: *const i16| v128_load32_splat(p.cast());
        let mut first = 0;
        while first < blocks {
            let end = first + layout.blocks_per_slab;
            let mut ah = [[i32x4_splat(0); 2]; N];
            let mut al = [[i32x4_splat(0); 2]; N];
            for b in first..end {
                let q = record.add(b * layout.q_stride + half * 32);
                let mut sh = [[i16x8_splat(0); 2]; N];
                let mut sl = [[i16x8_splat(0); 2]; N];
                for t in 0..N {
                    sh[t] = [pair(zeros[t].add(b * 4)); 2];
                    sl[t] = [pair(zeros[t].add(b * 4 + 2)); 2];
                }
                let column = b * 32;
                for g in 0..4 {
                    let w = [v128_load(q.add(g * 64).cast()), v128_load(q.add(g * 64 + 16).cast())];
                    let w0 = [v128_and(w[0], low), v128_and(w[1], low)];
                    let w1 = [u8x16_shr(w[0], 4), u8x16_shr(w[1], 4)];
                    for (w, at) in [(w0, column + 4 * g), (w1, column + 16 + 4 * g)] {
                        for t in 0..N {
                            let (xh, xl) = (word(h[t].add(at)), word(l[t].add(at)));
                            for part in 0..2 {
                                sh[t][part] = i16x8_add(sh[t][part], i16x8_relaxed_dot_i8x16_i7x16(xh, w[part]));
                                sl[t][part] = i16x8_add(sl[t][part], i16x8_relaxed_dot_i8x16_i7x16(xl, w[part]));
                            }
                        }
                    }
                }
                let d = v128_load(record.add(layout.d_at + b * 32 + half * 16).cast());
                // D in both halves of a row's lane.
                let d = [i16x8_shuffle::<0, 0, 1, 1, 2, 2, 3, 3>(d, d), i16x8_shuffle::<4, 4, 5, 5, 6, 6, 7, 7>(d, d)];
                for t in 0..N {
                    for part in 0..2 {
                        ah[t][part] = i32x4_add(ah[t][part], i32x4_dot_i16x8(sh[t][part], d[part]));
                        al[t][part] = i32x4_add(al[t][part], i32x4_dot_i16x8(sl[t][part], d[part]));
                    }
                }
            }
            if layout.has_m {
                for b in (first..end).step_by(2) {
                    for t in 0..N {
                        let at = (t0 + t) * even + b;
                        let (xh, xl) = (pair(digits.total_h.as_ptr().add(at)), pair(digits.total_l.as_ptr().add(at)));
                        for part in 0..2 {
                            let m = v128_load(record.add(layout.m_at + b * 32 + half * 32 + part * 16).cast());
                            ah[t][part] = i32x4_add(ah[t][part], i32x4_dot_i16x8(m, xh));
                            al[t][part] = i32x4_add(al[t][part], i32x4_dot_i16x8(m, xl));
                        }
                    }
                }
            }
            for t in 0..N {
                for part in 0..2 {
                    let out = acc[t].0.as_mut_ptr().add(half * 8 + part * 4).cast::<v128>();
                    let (h, l) = (ah[t][part], al[t][part]);
                    for (i, (h, l)) in [
                        (i64x2_extend_low_i32x4(h), i64x2_extend_low_i32x4(l)),
                        (i64x2_extend_high_i32x4(h), i64x2_extend_high_i32x4(l)),
                    ]
                    .into_iter()
                    .enumerate()
                    {
                        let sum = i64x2_add(i64x2_sub(i64x2_shl(h, 8), h), l);
                        v128_store(out.add(i), i64x2_add(v128_load(out.add(i)), sum));
                    }
                }
            }
            first = end;
        }
    }
}

/// # Safety
/// `record` holds `layout.len` bytes; `input` has rows `t0..t0 + N` of the layout's shape.
unsafe fn wide<const N: usize, const NIBBLE: bool>(
    layout: &Layout,
    record: *const u8,
    quarter: usize,
    input: &Input<'_>,
    t0: usize,
    acc: &mut [Accumulators],
) {
    // SAFETY: every pointer below stays inside `record` or the batch's vectors by the function's contract.
    unsafe {
        let digits = input.digits;
        let (cols, blocks) = (digits.cols, layout.blocks);
        let even = blocks.next_multiple_of(2);
        let low = u8x16_splat(15);
        let zero_point = if NIBBLE { 8 } else { 128 };
        let x: [*const i16; N] = std::array::from_fn(|t| input.x.as_ptr().add((t0 + t) * cols));
        // Rows 0, 1 and 2, 3 of the quarter.
        let mut sums = [[i64x2_splat(0); 2]; N];
        for b in 0..blocks {
            let q = record.add(b * layout.q_stride + quarter * 16);
            let mut s = [[i32x4_splat(0); 2]; N];
            let mut add = |w: [v128; 2], column: usize| {
                for t in 0..N {
                    let x = v128_load64_splat(x[t].add(column).cast());
                    s[t][0] = i32x4_add(s[t][0], i32x4_dot_i16x8(w[0], x));
                    s[t][1] = i32x4_add(s[t][1], i32x4_dot_i16x8(w[1], x));
                }
            };
            let column = b * layout.block;
            if NIBBLE {
                for g in 0..4 {
                    let w = v128_load(q.add(g * 64).cast());
                    let (w0, w1) = (v128_and(w, low), u8x16_shr(w, 4));
                    add([u16x8_extend_low_u8x16(w0), u16x8_extend_high_u8x16(w0)], column + 4 * g);
                    add([u16x8_extend_low_u8x16(w1), u16x8_extend_high_u8x16(w1)], column + 16 + 4 * g);
                }
            } else {
                for g in 0..layout.block / 4 {
                    let at = q.add(g * 64);
                    add([u16x8_load_extend_u8x8(at), u16x8_load_extend_u8x8(at.add(8))], column + 4 * g);
                }
            }
            let d = i32x4_load_extend_i16x4(record.add(layout.d_at + (b * 16 + quarter * 4) * 2).cast());
            for t in 0..N {
                let at = (t0 + t) * even + b;
                let total = i32::from(digits.total_h[at]) * 255 + i32::from(digits.total_l[at]);
                // A lane pair holds the sums of a row's two column pairs.
                let firsts = i32x4_shuffle::<0, 2, 4, 6>(s[t][0], s[t][1]);
                let seconds = i32x4_shuffle::<1, 3, 5, 7>(s[t][0], s[t][1]);
                let sum = i32x4_sub(i32x4_add(firsts, seconds), i32x4_splat(total * zero_point));
                sums[t][0] = i64x2_add(sums[t][0], i64x2_extmul_low_i32x4(sum, d));
                sums[t][1] = i64x2_add(sums[t][1], i64x2_extmul_high_i32x4(sum, d));
            }
        }
        for t in 0..N {
            for part in 0..2 {
                let out = acc[t].0.as_mut_ptr().add(quarter * 4 + part * 2).cast::<v128>();
                v128_store(out, i64x2_add(v128_load(out), sums[t][part]));
            }
        }
    }
}

/// Add `Σ_b M_b·ΣX_b`.
fn offsets(layout: &Layout, record: *const u8, input: &Input<'_>, t0: usize, acc: &mut [Accumulators]) {
    let even = layout.blocks.next_multiple_of(2);
    let d = input.digits;
    for (t, acc) in acc.iter_mut().enumerate() {
        for b in 0..layout.blocks {
            let at = (t0 + t) * even + b;
            let total = i64::from(d.total_h[at]) * 255 + i64::from(d.total_l[at]);
            for (r, acc) in acc.0.iter_mut().enumerate() {
                let at = layout.m_at + (b / 2 * 16 + r) * 4 + b % 2 * 2;
                // SAFETY: `at` is inside the record's offsets by the layout; `tile` checked the record's length.
                let m = unsafe { record.add(at).cast::<i16>().read_unaligned() };
                *acc += i64::from(m).wrapping_mul(total);
            }
        }
    }
}
