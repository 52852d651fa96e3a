//! A matrix row as bytes. One leaf holds up to [`LEAF_COLUMNS`] columns of one row and everything that they need, so that a referee
//! can recompute with single leaves:
//!
//! `R u16 ‖ re i16 ‖ bias i32 (if has_bias) ‖ D i16 × blocks ‖ M i16 × blocks (if has_m) ‖ q' packed`, little endian, with
//! `q' = q + 2^(bits−1)`. 8 bits: a byte a column. Fewer: first the low 4 bits, two columns a byte (even column low); then for 5
//! and 6 bits the high 1 or 2 bits, 8 or 4 columns a byte, first column lowest. Every byte string of the right length is a leaf.

use super::layout::LEAF_COLUMNS;
use crate::model::matrix::{MatrixError, MatrixSpec, Row};

/// A leaf that is not one of its row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeafError {
    /// Its length is wrong.
    #[error("a leaf has {got} bytes, expected {expected}")]
    Length {
        /// Bytes it has.
        got: usize,
        /// Bytes it must have.
        expected: usize,
    },
    /// The leaves of one row disagree about the row's multiplier, exponent or bias.
    #[error("leaf {leaf} of the row repeats another multiplier, exponent or bias than leaf 0")]
    Parts {
        /// The leaf.
        leaf: usize,
    },
    /// The row is outside the limits of the arithmetic.
    #[error(transparent)]
    Row(#[from] MatrixError),
}

/// Columns of leaf `leaf` of a row.
pub fn leaf_columns(spec: &MatrixSpec, leaf: usize) -> std::ops::Range<usize> {
    let cols = spec.cols as usize;
    (leaf * LEAF_COLUMNS).min(cols)..((leaf + 1) * LEAF_COLUMNS).min(cols)
}

/// Bytes of a leaf of `cols` columns.
pub const fn leaf_len(spec: &MatrixSpec, cols: usize) -> usize {
    let scales = if spec.has_m { 4 } else { 2 };
    prefix_len(spec) + cols / spec.block as usize * scales + cols * spec.bits as usize / 8
}

/// Append leaf `leaf` of `row`. The row must be valid for `spec`.
///
/// # Panics
/// If the row's lengths are not those of `spec`, or a q does not fit its bits.
pub fn encode_leaf(spec: &MatrixSpec, row: &Row, leaf: usize, out: &mut Vec<u8>) {
    let columns = leaf_columns(spec, leaf);
    let block = usize::from(spec.block);
    let blocks = columns.start / block..columns.end / block;
    out.extend(row.r.to_le_bytes());
    out.extend(row.re.to_le_bytes());
    if spec.has_bias {
        out.extend(row.bias.expect("a matrix with biases has one in every row").to_le_bytes());
    }
    out.extend(row.d[blocks.clone()].iter().flat_map(|v| v.to_le_bytes()));
    if spec.has_m {
        out.extend(row.m[blocks].iter().flat_map(|v| v.to_le_bytes()));
    }
    let stored: Vec<u8> = row.q[columns]
        .iter()
        .map(|&q| {
            let stored = i32::from(q) + spec.zero_point();
            assert!((0..1 << spec.bits).contains(&stored), "q = {q} does not fit {} bits", spec.bits);
            stored as u8
        })
        .collect();
    if spec.bits == 8 {
        out.extend(stored);
        return;
    }
    out.extend(stored.chunks_exact(2).map(|q| q[0] & 15 | q[1] << 4));
    let high = spec.bits - 4;
    let pack = |q: &[u8]| q.iter().rev().fold(0u8, |byte, &q| byte << high | q >> 4);
    match high {
        1 => out.extend(stored.chunks_exact(8).map(pack)),
        2 => out.extend(stored.chunks_exact(4).map(pack)),
        _ => {}
    }
}

/// Read leaf `leaf` of a row into `row`, whose other columns stay. Leaf 0 sets the row's multiplier, exponent and bias, and its
/// lengths; the row has not been validated.
///
/// # Errors
/// If the length is wrong, or the leaf disagrees with leaf 0.
pub fn decode_leaf(spec: &MatrixSpec, leaf: usize, bytes: &[u8], row: &mut Row) -> Result<(), LeafError> {
    let columns = leaf_columns(spec, leaf);
    let expected = leaf_len(spec, columns.len());
    if bytes.len() != expected {
        return Err(LeafError::Length { got: bytes.len(), expected });
    }
    let (prefix, rest) = bytes.split_at(prefix_len(spec));
    let r = u16::from_le_bytes([prefix[0], prefix[1]]);
    let re = i16::from_le_bytes([prefix[2], prefix[3]]);
    let bias = spec.has_bias.then(|| i32::from_le_bytes([prefix[4], prefix[5], prefix[6], prefix[7]]));
    if leaf == 0 {
        (row.r, row.re, row.bias) = (r, re, bias);
        row.d.resize(spec.blocks(), 0);
        row.m.resize(spec.blocks(), 0);
        row.q.resize(spec.cols as usize, 0);
    } else if (row.r, row.re, row.bias) != (r, re, bias) {
        return Err(LeafError::Parts { leaf });
    }
    let block = usize::from(spec.block);
    let blocks = columns.start / block..columns.end / block;
    let (d, rest) = rest.split_at(2 * blocks.len());
    read_i16(d, &mut row.d[blocks.clone()]);
    let (m, q) = rest.split_at(if spec.has_m { 2 * blocks.len() } else { 0 });
    if spec.has_m {
        read_i16(m, &mut row.m[blocks]);
    } else {
        row.m[blocks].fill(0);
    }
    unpack(spec.bits, q, &mut row.q[columns]);
    Ok(())
}

const fn prefix_len(spec: &MatrixSpec) -> usize {
    if spec.has_bias { 8 } else { 4 }
}

fn read_i16(bytes: &[u8], out: &mut [i16]) {
    for (out, b) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        *out = i16::from_le_bytes([b[0], b[1]]);
    }
}

/// Stored q' of `out.len()` columns into centred q. The loops have no branches, so that they become vector code.
fn unpack(bits: u8, bytes: &[u8], out: &mut [i8]) {
    if bits == 8 {
        for (out, &b) in out.iter_mut().zip(bytes) {
            *out = (b ^ 0x80) as i8;
        }
        return;
    }
    let (low, high) = bytes.split_at(out.len() / 2);
    let zero = if bits == 4 { 8 } else { 0 };
    for (out, &b) in out.chunks_exact_mut(2).zip(low) {
        out[0] = (b & 15).wrapping_sub(zero) as i8;
        out[1] = (b >> 4).wrapping_sub(zero) as i8;
    }
    if bits == 5 {
        for (out, &h) in out.chunks_exact_mut(8).zip(high) {
            // Bit j of h into bit 0 of byte j, inverted, then times 16: 16 is subtracted where the high bit is 0.
            let spread = (u64::from(!h) * 0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
            let ones = ((spread + 0x7f7f_7f7f_7f7f_7f7f) >> 7) & 0x0101_0101_0101_0101;
            for (out, below) in out.iter_mut().zip((ones << 4).to_le_bytes()) {
                *out = out.wrapping_sub(below as i8);
            }
        }
    } else if bits == 6 {
        for (out, &h) in out.chunks_exact_mut(4).zip(high) {
            let h = u32::from(h);
            let pairs = (h | h << 6 | h << 12 | h << 18) & 0x0303_0303;
            for (out, above) in out.iter_mut().zip((pairs << 4).to_le_bytes()) {
                *out = (*out as u8).wrapping_add(above).wrapping_sub(32) as i8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(bits: u8, cols: u32, has_m: bool, has_bias: bool) -> MatrixSpec {
        MatrixSpec { rows: 1, cols, block: 16, bits, has_m, has_bias, nslab: 1 }
    }

    /// Every q' at every place, against a bit by bit reading of the format.
    #[test]
    fn unpack_follows_the_format() {
        for bits in [4u8, 5, 6, 8] {
            for shift in 0..1usize << bits {
                let cols = 1usize << bits.max(4);
                let q: Vec<i8> =
                    (0..cols).map(|k| (((k + shift) & ((1 << bits) - 1)) as i32 - (1 << (bits - 1))) as i8).collect();
                let spec = spec(bits, cols as u32, false, false);
                let row = Row { r: 1 << 15, re: -3, bias: None, d: vec![1; cols / 16], m: vec![0; cols / 16], q };
                let mut bytes = Vec::new();
                encode_leaf(&spec, &row, 0, &mut bytes);
                let packed = &bytes[4 + 2 * (cols / 16)..];
                for k in 0..cols {
                    let stored = match bits {
                        8 => packed[k],
                        _ => {
                            let high = usize::from(bits) - 4;
                            let (low, rest) = packed.split_at(cols / 2);
                            let bit = k * high;
                            let top = if high == 0 { 0 } else { rest[bit / 8] >> (bit % 8) & ((1 << high) - 1) };
                            (low[k / 2] >> (4 * (k % 2)) & 15) | top << 4
                        }
                    };
                    assert_eq!(i32::from(stored) - spec.zero_point(), i32::from(row.q[k]), "{bits} bits, column {k}");
                }
                let mut back = Row::default();
                decode_leaf(&spec, 0, &bytes, &mut back).unwrap();
                assert_eq!(back, row, "{bits} bits");
            }
        }
    }

    #[test]
    fn a_long_row_takes_several_leaves_that_must_agree() {
        let spec = MatrixSpec { rows: 1, cols: 4096 + 32, block: 32, bits: 5, has_m: true, has_bias: true, nslab: 1 };
        let row = Row {
            r: 65535,
            re: 4096,
            bias: Some(-7),
            d: (0..129).map(|b| b as i16 - 64).collect(),
            m: (0..129).map(|b| -30000 + b as i16).collect(),
            q: (0..4128).map(|k| (k % 32) as i8 - 16).collect(),
        };
        let mut back = Row::default();
        for leaf in 0..3 {
            let mut bytes = Vec::new();
            encode_leaf(&spec, &row, leaf, &mut bytes);
            assert_eq!(bytes.len(), leaf_len(&spec, leaf_columns(&spec, leaf).len()));
            decode_leaf(&spec, leaf, &bytes, &mut back).unwrap();
            assert!(matches!(decode_leaf(&spec, leaf, &bytes[1..], &mut back), Err(LeafError::Length { .. })));
            if leaf > 0 {
                bytes[4] ^= 1;
                assert_eq!(decode_leaf(&spec, leaf, &bytes, &mut back), Err(LeafError::Parts { leaf }));
            }
        }
        assert_eq!(back, row);
    }
}
