//! linear, twin of [`crate::ops::linear`]: packed weights times a batch, 16 rows of the matrix at a time.
//!
//! Each kernel adds exact sums to 64-bit accumulators; the end of a row is shared (`finish`). Weights stream through once for up to
//! a tile of batch rows, so one row is bound by memory and many by the dot-product units.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod finish;
mod plain;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

use std::ops::Range;

use super::digits::Digits;
use super::isa::{Isa, per_level};
use super::level::Level;
use super::pack::{Packed, ROWS};
use finish::{Scales, finish};

/// Exact row sums of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub struct Accumulators(pub [i64; ROWS]);

/// Most batch rows that any kernel takes in one pass.
const MAX_TILE: usize = 6;

/// One batch as input of one or more matrices.
pub struct Input<'a> {
    /// `[rows, cols]`.
    pub x: &'a [i16],
    /// An exponent a row.
    pub e: &'a [i32],
    /// The batch as digits.
    pub digits: &'a Digits,
}

/// Compute the rows of `records` into `y[batch, stride]` at their own columns.
///
/// # Panics
/// If a shape does not fit, or `level` is missing here.
pub fn linear(level: Level, input: &Input<'_>, w: &Packed, records: Range<usize>, fo: i32, y: &mut [i32], stride: usize) {
    let (cols, rows) = (w.spec.cols as usize, w.spec.rows as usize);
    let batch = input.e.len();
    assert!(input.x.len() == batch * cols && y.len() >= batch * stride && stride >= rows, "linear: shapes differ");
    let job = &Job { kernel: Kernel::choose(level.checked(), w), input, w, fo, stride };
    per_level!(level, all(job: &Job<'_>, records: Range<usize>, y: &mut [i32]));
}

/// What stays the same over all passes.
struct Job<'a> {
    kernel: Kernel,
    input: &'a Input<'a>,
    w: &'a Packed,
    fo: i32,
    stride: usize,
}

#[inline(always)]
fn all<I: Isa>(job: &Job<'_>, records: Range<usize>, y: &mut [i32]) {
    let (batch, pair_tile) = (job.input.e.len(), job.kernel.pair_tile());
    let mut at = records.start;
    while at < records.end {
        let end = records.end.min(at + if pair_tile <= batch { 2 } else { 1 });
        let mut done = 0;
        while end - at == 2 && batch - done >= pair_tile {
            pass(job, at..end, done, pair_tile, y);
            done += pair_tile;
        }
        for index in at..end {
            let mut t0 = done;
            while t0 < batch {
                // Equal passes: 7 rows are 4 and 3, not 6 and 1.
                let left = batch - t0;
                let n = left.div_ceil(left.div_ceil(job.kernel.tile()));
                pass(job, index..index + 1, t0, n, y);
                t0 += n;
            }
        }
        at = end;
    }
}

/// One or two records for `n` rows of the batch from `t0` on.
#[inline(always)]
fn pass(job: &Job<'_>, records: Range<usize>, t0: usize, n: usize, y: &mut [i32]) {
    let Job { kernel, input, w, fo, stride } = *job;
    let mut acc = [Accumulators([0; ROWS]); MAX_TILE];
    let acc = &mut acc[..records.len() * n];
    let first = w.record(records.start);
    match kernel {
        Kernel::Plain => {
            let cols = w.spec.cols as usize;
            plain::tile(w, records.start, &input.x[t0 * cols..][..n * cols], acc);
        }
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => avx2::tile(&w.layout, first, input, t0, acc),
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => {
            let both = [first, w.record(records.end - 1)];
            avx512::tile(&w.layout, &both[..records.len()], input.digits, t0, acc);
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Kernel::Wasm => wasm::tile(&w.layout, first, input, t0, acc),
    }
    for (index, acc) in records.zip(acc.chunks_exact(n)) {
        let columns = index * ROWS..(w.spec.rows as usize).min((index + 1) * ROWS);
        let scales = Scales::of(w, index);
        for (t, acc) in (t0..).zip(acc) {
            finish(acc, scales, input.e[t] - fo, &mut y[t * stride..][columns.clone()]);
        }
    }
}

#[derive(Clone, Copy)]
enum Kernel {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Wasm,
}

impl Kernel {
    fn choose(level: Level, w: &Packed) -> Self {
        // Offsets are taken by pairs of blocks, so a slab must hold whole pairs.
        let l = &w.layout;
        let odd = l.has_m && l.blocks_per_slab < l.blocks && !l.blocks_per_slab.is_multiple_of(2);
        match level {
            Level::Scalar => Self::Plain,
            _ if odd => Self::Plain,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => Self::Avx2,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => Self::Avx512,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Level::Simd128 => Self::Wasm,
            #[allow(unreachable_patterns, reason = "levels of other processors")]
            _ => Self::Plain,
        }
    }

    /// Most batch rows of a pass over one record.
    const fn tile(self) -> usize {
        match self {
            Self::Plain => MAX_TILE,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::TILE,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::TILE,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Wasm => wasm::TILE,
        }
    }

    /// Batch rows of a pass over two records; more than any batch where it takes one at a time.
    const fn pair_tile(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::PAIR_TILE,
            _ => usize::MAX,
        }
    }
}
