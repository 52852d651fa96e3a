//! conv2d: a convolution of 3x3 with zero padding, over a map in block floating point.
//!
//! * **Meaning**: `y[r,c,o] = rss(acc·R_o, e + re_o − Fo)` with a bias as in linear, where `acc = Σ W[o,(ky,kx,i)]·X[r+ky−1, c+kx−1, i]` and
//!   X is 0 outside the map: a row of linear on the unfolded neighbourhood.
//! * **Shapes**: `X[height, width, in]` i16 with one exponent `e` for the whole map; a matrix of `out × 9·in`, columns in the order
//!   (ky, kx, in); `y[height, width, out]` i32 with Fo fraction bits.
//! * **Domain**: as linear, with K = 9·in.
//! * **Bounds**: as linear.
//! * **Rounding and ties**: as linear: half up, once; symmetric saturation, again after the bias.
//! * **Witness**: as linear.
//! * **Identities**: as linear, with X looked up at the neighbour's place or the constant 0.
//! * **Step**: one output element; rows of more than 2048 columns by chunk sums.

use super::linear::{dot, finish};
use crate::model::matrix::Row;

/// Sides of the kernel.
pub const KERNEL: usize = 3;

/// Shape of a map; its values are in the order (row, column, channel).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapShape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values of a place.
    pub channels: usize,
}

impl MapShape {
    /// Values of the map.
    pub const fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Columns of the matrix of a convolution of it.
    pub const fn unfolded(&self) -> usize {
        KERNEL * KERNEL * self.channels
    }

    /// Where the value of neighbour `(ky, kx)` of place `(row, column)` begins; none outside the map.
    pub const fn neighbour(&self, row: usize, column: usize, ky: usize, kx: usize) -> Option<usize> {
        let (y, x) = ((row + ky).wrapping_sub(1), (column + kx).wrapping_sub(1));
        if y < self.height && x < self.width { Some((y * self.width + x) * self.channels) } else { None }
    }
}

/// The neighbourhood of place `(row, column)` as the vector that linear takes.
///
/// # Panics
/// If a length is not the shape's.
pub fn unfold(x: &[i16], map: MapShape, row: usize, column: usize, out: &mut [i16]) {
    assert_eq!((x.len(), out.len()), (map.len(), map.unfolded()), "conv2d: lengths differ from the map's shape");
    for (k, out) in out.chunks_exact_mut(map.channels).enumerate() {
        match map.neighbour(row, column, k / KERNEL, k % KERNEL) {
            Some(at) => out.copy_from_slice(&x[at..at + map.channels]),
            None => out.fill(0),
        }
    }
}

/// Convolve a map with the rows of a matrix; `fo` fraction bits in the output.
///
/// # Panics
/// If a length is not the shape's.
pub fn conv2d(rows: &[Row], x: &[i16], e: i32, map: MapShape, fo: i32, y: &mut [i32]) {
    assert_eq!(y.len(), map.height * map.width * rows.len(), "conv2d: the output is not as large as the map");
    let mut neighbourhood = vec![0; map.unfolded()];
    for (place, y) in y.chunks_exact_mut(rows.len()).enumerate() {
        unfold(x, map, place / map.width, place % map.width, &mut neighbourhood);
        for (row, y) in rows.iter().zip(y) {
            *y = finish(dot(row, &neighbourhood), row, e, fo);
        }
    }
}
