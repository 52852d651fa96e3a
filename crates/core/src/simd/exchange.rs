//! How ranks that share a computation hand each other their parts.
//!
//! Every rank runs the same loop on its own copy of the activations and computes its own rows of each matrix; after each operator the
//! parts are gathered. Integer results have no order, so the number of ranks cannot be observed in them.

use std::ops::Range;

/// One rank's end of the exchange.
pub trait Exchange: Send + Sync {
    /// This rank, from 0.
    fn rank(&self) -> usize;

    /// Number of ranks.
    fn size(&self) -> usize;

    /// `data` is `[rows, stride]`; rank r has filled the columns `parts[r]` of each row, and after the call every rank has all of them.
    /// Ranks must make the same calls in the same order.
    fn gather(&mut self, data: &mut [i32], stride: usize, parts: &[Range<usize>]);
}

/// A single rank: nothing to exchange.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Exchange for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn gather(&mut self, _data: &mut [i32], _stride: usize, _parts: &[Range<usize>]) {}
}

/// The share of `count` units that falls to `rank` of `size`.
pub fn share(count: usize, rank: usize, size: usize) -> Range<usize> {
    count * rank / size..count * (rank + 1) / size
}
