//! Digests of vectors: trees over leaves of 512 numbers, each 32 bits big-endian, so that a leaf is 64 words of the EVM.

use crate::commit::Hash;
use crate::commit::merkle;
use crate::ops::bfpq::{bfpq, peak};

/// Numbers of a leaf.
pub const LEAF: usize = 512;

/// The digest of each row of `[rows, n]`.
///
/// # Panics
/// If `n` is 0, or does not divide the number of values.
pub fn digests(values: &[i32], n: usize) -> Vec<Hash> {
    assert!(n > 0 && values.len().is_multiple_of(n), "{} values make no rows of {n}", values.len());
    let (rows, leaves) = (values.len() / n, n.div_ceil(LEAF));
    let mut levels = vec![Hash([0; 32]); rows * leaves];
    let mut bytes = Vec::new();
    for leaf in 0..leaves {
        // What lies at the same place in all rows is of equal length, so it is hashed together.
        let columns = leaf * LEAF..n.min((leaf + 1) * LEAF);
        let len = 4 * columns.len();
        bytes.resize(rows * len, 0);
        for (row, bytes) in values.chunks_exact(n).zip(bytes.chunks_exact_mut(len)) {
            for (value, bytes) in row[columns.clone()].iter().zip(bytes.chunks_exact_mut(4)) {
                bytes.copy_from_slice(&value.to_be_bytes());
            }
        }
        let each: Vec<&[u8]> = bytes.chunks_exact(len).collect();
        for (row, digest) in merkle::leaves(&each).into_iter().enumerate() {
            levels[row * leaves + leaf] = digest;
        }
    }
    merkle::roots(levels, leaves)
}

/// Numbers of a leaf of block floating point.
pub const BFP_LEAF: usize = 1024;

/// The leaves of a row of integers.
pub fn leaves(values: &[i32]) -> Vec<Vec<u8>> {
    values.chunks(LEAF).map(|values| values.iter().flat_map(|v| v.to_be_bytes()).collect()).collect()
}

/// A group of block floating point with what its exponent rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The exponent.
    pub e: i32,
    /// [`peak`] of the numbers before they were quantised.
    pub peak: u32,
    /// The numbers.
    pub x: Vec<i16>,
}

impl Group {
    /// Quantise numbers with `fv` fraction bits.
    pub fn new(v: &[i64], fv: i32) -> Self {
        let mut x = vec![0; v.len()];
        let e = bfpq(v, fv, &mut x);
        Self { e, peak: peak(v) as u32, x }
    }

    /// Its leaves: exponent, peak, and up to 1024 numbers of 16 bits, all big-endian.
    pub fn leaves(&self) -> Vec<Vec<u8>> {
        let head = [self.e.to_be_bytes(), self.peak.to_be_bytes()].concat();
        self.x.chunks(BFP_LEAF).map(|x| head.iter().copied().chain(x.iter().flat_map(|x| x.to_be_bytes())).collect()).collect()
    }
}

/// The digest of a sequence of ids.
///
/// # Panics
/// If there are none.
pub fn ids(ids: &[u32]) -> Hash {
    let values: Vec<i32> = ids.iter().map(|id| id.cast_signed()).collect();
    digests(&values, values.len())[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_root_over_its_leaves() {
        for n in [1, 7, 511, 512, 513, 576, 1024, 1537] {
            let values: Vec<i32> = (0..3 * n as i32).map(|i| i.wrapping_mul(0x9e37_79b1_u32.cast_signed())).collect();
            let expected: Vec<Hash> = values
                .chunks(n)
                .map(|row| {
                    let bytes: Vec<Vec<u8>> = row.chunks(512).map(|c| c.iter().flat_map(|v| v.to_be_bytes()).collect()).collect();
                    merkle::root_of(&bytes.iter().map(Vec::as_slice).collect::<Vec<_>>())
                })
                .collect();
            assert_eq!(digests(&values, n), expected, "{n} columns");
        }
        assert_eq!(ids(&[1, u32::MAX]), merkle::leaf(&[0, 0, 0, 1, 255, 255, 255, 255]));
        assert_eq!(digests(&[], 5), []);
    }
}
