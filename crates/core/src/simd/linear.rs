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
    let mut acc = [Accumulators([0; ROWS]); MAX_TILE];
    let kernel = Kernel::choose(level.checked(), w);
    for index in records {
        let record = w.record(index);
        let at = (index - w.first) * ROWS;
        let columns = index * ROWS..rows.min((index + 1) * ROWS);
        let bias = if w.bias.is_empty() { &[][..] } else { &w.bias[at..at + ROWS] };
        let scales = Scales { r: &w.r[at..at + ROWS], re: &w.re[at..at + ROWS], bias };
        let mut t0 = 0;
        while t0 < batch {
            let n = kernel.tile_rows(batch - t0);
            let acc = &mut acc[..n];
            acc.fill(Accumulators([0; ROWS]));
            match kernel {
                Kernel::Plain => plain::tile(w, index, &input.x[t0 * cols..][..n * cols], acc),
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx2 => avx2::tile(&w.layout, record, input, t0, acc),
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx512 => avx512::tile(&w.layout, record, input.digits, t0, acc),
                #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
                Kernel::Wasm => wasm::tile(&w.layout, record, input, t0, acc),
            }
            for (t, acc) in acc.iter().enumerate() {
                let y = &mut y[(t0 + t) * stride..][columns.clone()];
                finish(acc, scales, input.e[t0 + t] - fo, y);
            }
            t0 += n;
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

    /// Batch rows of the next pass, of `left`.
    fn tile_rows(self, left: usize) -> usize {
        let most = match self {
            Self::Plain => MAX_TILE,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::TILE,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::TILE,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Wasm => wasm::TILE,
        };
        // Equal passes: 7 rows are 4 and 3, not 6 and 1.
        left.div_ceil(left.div_ceil(most))
    }
}
