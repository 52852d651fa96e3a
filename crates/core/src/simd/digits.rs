//! Activations as the kernels read them: two signed digits of base 255, and sums over each weight block.
//!
//! `X = 255·h + l` with `|h| <= 64` and `|l| <= 127` for `|X| <= 2^14`. Any exact decomposition gives the same sums; this one, unlike
//! base 256, has no digit of −128, so that a block's dot product with 4-bit weights (−8..8) stays inside i16: `32·8·127 = 32512`. For
//! the whole row `|Σ W·l| <= 127·(2^24 − 1) < 2^31`, so wrapping 32-bit accumulators are exact.

use super::isa::{Isa, per_level};
use super::level::Level;
use super::pack::Layout;

/// Base of the digits.
pub const BASE: i64 = 255;

/// The digits of a batch, shaped for the matrices that share one block size.
#[derive(Default)]
pub struct Digits {
    /// Columns.
    pub cols: usize,
    /// Columns of a block.
    pub block: usize,
    /// Rows of the batch.
    pub rows: usize,
    /// High digits `[rows, cols]`.
    pub h: Vec<i8>,
    /// Low digits `[rows, cols]`.
    pub l: Vec<i8>,
    /// −8 (the zero point of 4-bit q) times the sum of the block's high digits, and of its low digits: `[rows, blocks, 2]`.
    pub zeros: Vec<i32>,
    /// The same as 16-bit halves, high digits first, over columns `0, 1 mod 4` and `2, 3 mod 4`: `[rows, blocks, 4]`.
    pub zero_pairs: Vec<i16>,
    /// Sums of the block's high digits `[rows, blocks rounded up to even]`, for the offsets M.
    pub total_h: Vec<i16>,
    /// The same of its low digits.
    pub total_l: Vec<i16>,
}

impl Digits {
    /// Split the batch `x[rows, cols]`.
    ///
    /// # Panics
    /// If `level` is missing here.
    pub fn split(&mut self, level: Level, x: &[i16], cols: usize, layout: &Layout) {
        let digits = self;
        per_level!(level, split(digits: &mut Digits, x: &[i16], cols: usize, layout: &Layout));
    }

    #[inline(always)]
    fn fill(&mut self, x: &[i16], cols: usize, layout: &Layout) {
        self.cols = cols;
        self.block = layout.block;
        self.rows = x.len() / cols;
        self.h.resize(x.len(), 0);
        self.l.resize(x.len(), 0);
        self.zeros.resize(self.rows * layout.blocks * 2, 0);
        self.zero_pairs.resize(self.rows * layout.blocks * 4, 0);
        let even = layout.blocks.next_multiple_of(2);
        self.total_h.resize(self.rows * even, 0);
        self.total_l.resize(self.rows * even, 0);
        let blocks = x.chunks_exact(layout.block);
        let digits = self.h.chunks_exact_mut(layout.block).zip(self.l.chunks_exact_mut(layout.block));
        let zeros = self.zeros.chunks_exact_mut(2).zip(self.zero_pairs.chunks_exact_mut(4));
        for (i, ((x, (h, l)), (zeros, pairs))) in blocks.zip(digits).zip(zeros).enumerate() {
            let [h0, h1, l0, l1] = split_block(x, h, l);
            pairs.copy_from_slice(&[-8 * h0, -8 * h1, -8 * l0, -8 * l1]);
            zeros.copy_from_slice(&[-8 * i32::from(h0 + h1), -8 * i32::from(l0 + l1)]);
            let at = i / layout.blocks * even + i % layout.blocks;
            (self.total_h[at], self.total_l[at]) = (h0 + h1, l0 + l1);
        }
    }
}

#[inline(always)]
fn split<I: Isa>(digits: &mut Digits, x: &[i16], cols: usize, layout: &Layout) {
    digits.fill(x, cols, layout);
}

/// Split one block; returns the sums of its high digits and of its low digits over columns `0, 1 mod 4` and `2, 3 mod 4`.
#[inline(always)]
fn split_block(x: &[i16], h: &mut [i8], l: &mut [i8]) -> [i16; 4] {
    for ((x, h), l) in x.iter().zip(h.iter_mut()).zip(l.iter_mut()) {
        // round(X/255) up to a deviation of 0.001, which leaves |l| <= 127 for |X| <= 2^14.
        let x = i32::from(*x);
        let high = (x.wrapping_mul(257).wrapping_add(1 << 15)) >> 16;
        *h = high as i8;
        *l = x.wrapping_sub(high.wrapping_mul(255)) as i8;
    }
    let sum = |d: &[i8], first: usize| {
        d.chunks_exact(4).fold(0i16, |s, d| s.wrapping_add(i16::from(d[first])).wrapping_add(i16::from(d[first + 1])))
    };
    [sum(h, 0), sum(h, 2), sum(l, 0), sum(l, 2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_activation_splits_into_digits_in_range() {
        for x in -(1i32 << 14)..=1 << 14 {
            let block = [x as i16; 16];
            let (mut h, mut l) = ([0; 16], [0; 16]);
            let sums = split_block(&block, &mut h, &mut l);
            assert_eq!(i32::from(h[0]) * 255 + i32::from(l[0]), x);
            assert!(h[0].unsigned_abs() <= 64 && l[0].unsigned_abs() <= 127, "{x}: {} {}", h[0], l[0]);
            assert_eq!(sums, [i16::from(h[0]) * 8, i16::from(h[0]) * 8, i16::from(l[0]) * 8, i16::from(l[0]) * 8]);
        }
    }
}
