//! Q4_0, Q4_1, Q5_0, Q5_1, Q8_0: blocks of 32, an f16 scale, for `_1` an f16 offset, then the q.
//!
//! In the 4-bit part byte j holds column j in its low nibble and column j + 16 in its high one; bit j of the 5-bit types' word is
//! the fifth bit of column j.

use super::{BlockError, BlockRow, scale};
use crate::import::float::NonFinite;

/// (d, m) of one block whose q are written.
type Scales = Result<(i64, i64), NonFinite>;

/// Decode a row by one of the functions below.
pub fn row<const BYTES: usize>(
    raw: &[u8],
    row: &mut BlockRow,
    decode: impl Fn(&[u8; BYTES], &mut [i8; 32]) -> Scales,
) -> Result<(), BlockError> {
    let blocks = raw.as_chunks().0.iter().zip(row.q.as_chunks_mut().0);
    for (b, (raw, q)) in blocks.enumerate() {
        (row.d[b], row.m[b]) = decode(raw, q).map_err(|NonFinite| BlockError::Scale { column: 32 * b })?;
    }
    Ok(())
}

pub fn q4_0(raw: &[u8; 18], q: &mut [i8; 32]) -> Scales {
    nibbles(&raw[2..], q, 8);
    Ok((scale(raw, 0)?, 0))
}

pub fn q4_1(raw: &[u8; 20], q: &mut [i8; 32]) -> Scales {
    nibbles(&raw[4..], q, 8);
    let (d, m) = (scale(raw, 0)?, scale(raw, 2)?);
    Ok((d, m + 8 * d))
}

pub fn q5_0(raw: &[u8; 22], q: &mut [i8; 32]) -> Scales {
    nibbles(&raw[6..], q, 16);
    fifth_bits(&raw[2..6], q);
    Ok((scale(raw, 0)?, 0))
}

pub fn q5_1(raw: &[u8; 24], q: &mut [i8; 32]) -> Scales {
    nibbles(&raw[8..], q, 16);
    fifth_bits(&raw[4..8], q);
    let (d, m) = (scale(raw, 0)?, scale(raw, 2)?);
    Ok((d, m + 16 * d))
}

pub fn q8_0(raw: &[u8; 34], q: &mut [i8; 32]) -> Scales {
    for (q, &byte) in q.iter_mut().zip(&raw[2..]) {
        *q = byte as i8;
    }
    Ok((scale(raw, 0)?, 0))
}

fn nibbles(bytes: &[u8], q: &mut [i8; 32], centre: i8) {
    let (low, high) = q.split_at_mut(16);
    for ((&byte, low), high) in bytes.iter().zip(low).zip(high) {
        *low = (byte & 15) as i8 - centre;
        *high = (byte >> 4) as i8 - centre;
    }
}

fn fifth_bits(bytes: &[u8], q: &mut [i8; 32]) {
    for (j, q) in q.iter_mut().enumerate() {
        *q += ((bytes[j / 8] >> (j % 8) & 1) << 4) as i8;
    }
}
