//! Float matrices: 8-bit blocks of 32 as Q8_0 has them, by exact integers: `d = f16(max|w| / 127)` (ties to even),
//! `q = floor(w/d + 1/2)` clamped to ±127.

use super::{BlockError, BlockRow, TensorType};
use crate::import::float::{Dyadic, f16_nearest};

/// Quantise one row of F32, F16 or BF16 elements.
pub fn quantise_row(ty: TensorType, raw: &[u8], row: &mut BlockRow) -> Result<(), BlockError> {
    let elements = ty.floats(raw)?;
    for (b, (w, q)) in elements.as_chunks::<32>().0.iter().zip(row.q.as_chunks_mut::<32>().0).enumerate() {
        let d = block_scale(w).ok_or(BlockError::TooLarge { column: 32 * b })?;
        row.d[b] = d as i64;
        for (q, &w) in q.iter_mut().zip(w) {
            *q = quantise(w, d);
        }
    }
    Ok(())
}

/// `f16(max|w| / 127)` in units of 2^−24, rounded to nearest, ties to even; none above the largest f16.
fn block_scale(w: &[Dyadic; 32]) -> Option<u64> {
    // Normal mantissas are aligned, so the largest exponent decides first; subnormal ones all have the same exponent.
    let top = w.iter().filter(|w| w.mantissa != 0).max_by_key(|w| magnitude_order(**w));
    let Some(top) = top else { return Some(0) };
    let (mantissa, exponent) = (top.mantissa.unsigned_abs(), top.exponent + 24);
    if exponent > 26 {
        return None;
    }
    // max|w|·2^24/127, the numerator below 2^24·2^26.
    if exponent >= 0 {
        f16_nearest(mantissa << exponent, 127)
    } else if exponent >= -30 {
        f16_nearest(mantissa, 127 << -exponent)
    } else {
        Some(0)
    }
}

/// Bits of the magnitude's integer part in units of 2^exponent, then the magnitude: a total order on |w| for one float type.
fn magnitude_order(w: Dyadic) -> (i32, u64) {
    let magnitude = w.mantissa.unsigned_abs();
    let bits = (u64::BITS - magnitude.leading_zeros()) as i32;
    (w.exponent + bits, magnitude << (u64::BITS as i32 - bits))
}

/// `floor(w/d + 1/2)` clamped to ±127; `d` in units of 2^−24, 0 gives 0.
fn quantise(w: Dyadic, d: u64) -> i8 {
    if d == 0 || w.mantissa == 0 {
        return 0;
    }
    let exponent = w.exponent + 24;
    // |w| < 2^24·2^exponent: below half the least step 2^0 everything is 0, also where the shift would be out of range.
    if exponent < -25 {
        return 0;
    }
    // w/d = n/den with n below 2^50 and den below 2^40·2^25 = 2^65: compare in 128 bits only where 64 are short.
    let (n, den) = if exponent >= 0 { (w.mantissa << exponent, i128::from(d)) } else { (w.mantissa, i128::from(d) << -exponent) };
    let q = match i64::try_from(2 * den) {
        Ok(twice) => (2 * n + twice / 2).div_euclid(twice),
        Err(_) => (2 * i128::from(n) + den).div_euclid(2 * den) as i64,
    };
    q.clamp(-127, 127) as i8
}
