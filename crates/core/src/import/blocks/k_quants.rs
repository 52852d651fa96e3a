//! Q4_K, Q5_K, Q6_K: super-blocks of 256 with one f16 scale (two with offsets) and small integer scales for each sub-block.
//!
//! The effective scales are products of an f16 and an integer of at most 8 bits, so they are exact: `d = d_super·sc`,
//! `m = −dmin·mn` before centring.

use super::{BlockError, BlockRow, scale};
use crate::import::float::NonFinite;

/// q, d and m of one super-block.
pub struct Super<'a> {
    q: &'a mut [i8; 256],
    d: &'a mut [i64],
    m: &'a mut [i64],
}

/// Decode a row by one of the functions below.
pub fn row<const BYTES: usize>(
    raw: &[u8],
    row: &mut BlockRow,
    decode: impl Fn(&[u8; BYTES], Super<'_>) -> Result<(), NonFinite>,
) -> Result<(), BlockError> {
    let sub_blocks = 256 / (row.q.len() / row.d.len().max(1)).max(1);
    let outputs = row.q.as_chunks_mut().0.iter_mut().zip(row.d.chunks_mut(sub_blocks)).zip(row.m.chunks_mut(sub_blocks));
    for (b, (raw, ((q, d), m))) in raw.as_chunks().0.iter().zip(outputs).enumerate() {
        decode(raw, Super { q, d, m }).map_err(|NonFinite| BlockError::Scale { column: 256 * b })?;
    }
    Ok(())
}

pub fn q4_k(raw: &[u8; 144], out: Super<'_>) -> Result<(), NonFinite> {
    packed_nibbles(&raw[16..], out.q, 8);
    scales_and_offsets(raw, 8, out.d, out.m)
}

pub fn q5_k(raw: &[u8; 176], out: Super<'_>) -> Result<(), NonFinite> {
    packed_nibbles(&raw[48..], out.q, 16);
    for (k, q) in out.q.iter_mut().enumerate() {
        *q += ((raw[16 + k % 32] >> (k / 32) & 1) << 4) as i8;
    }
    scales_and_offsets(raw, 16, out.d, out.m)
}

pub fn q6_k(raw: &[u8; 210], out: Super<'_>) -> Result<(), NonFinite> {
    let d = scale(raw, 208)?;
    for (d_b, &sc) in out.d.iter_mut().zip(&raw[192..208]) {
        *d_b = d * i64::from(sc as i8);
    }
    // Each half of 128 has 64 bytes of low nibbles (columns 0..64 in their low halves, 64..128 in their high halves) and 32 bytes
    // of high bits: two bits for each of columns l, l + 32, l + 64, l + 96.
    for (k, q) in out.q.iter_mut().enumerate() {
        let (half, k) = (k / 128, k % 128);
        let low = raw[64 * half + k % 64] >> (4 * (k / 64)) & 15;
        let high = raw[128 + 32 * half + k % 32] >> (2 * (k / 32)) & 3;
        *q = (high << 4 | low) as i8 - 32;
    }
    Ok(())
}

/// 32 bytes for 64 columns: the first 32 in the low nibbles, the others in the high ones.
fn packed_nibbles(bytes: &[u8], q: &mut [i8; 256], centre: i8) {
    for (bytes, q) in bytes.as_chunks::<32>().0.iter().zip(q.as_chunks_mut::<64>().0) {
        let (low, high) = q.split_at_mut(32);
        for ((&byte, low), high) in bytes.iter().zip(low).zip(high) {
            *low = (byte & 15) as i8 - centre;
            *high = (byte >> 4) as i8 - centre;
        }
    }
}

/// Eight 6-bit scales and eight 6-bit offsets in the 12 bytes after the two f16: four of each in the low six bits of 8 bytes, the
/// others' low nibbles in the last 4 bytes and their high bits on top of the first 8.
fn scales_and_offsets(raw: &[u8], centre: i64, d: &mut [i64], m: &mut [i64]) -> Result<(), NonFinite> {
    let (d_super, dmin) = (scale(raw, 0)?, scale(raw, 2)?);
    let packed = &raw[4..16];
    for j in 0..8 {
        let (sc, mn) = if j < 4 {
            (packed[j] & 63, packed[j + 4] & 63)
        } else {
            (packed[j + 4] & 15 | packed[j - 4] >> 6 << 4, packed[j + 4] >> 4 | packed[j] >> 6 << 4)
        };
        d[j] = d_super * i64::from(sc);
        m[j] = centre * d[j] - dmin * i64::from(mn);
    }
    Ok(())
}
