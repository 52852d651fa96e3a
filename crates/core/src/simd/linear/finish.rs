//! The end of a row: scale, round once, saturate, add the bias.

use super::Accumulators;
use crate::ops::fixed::{rss, sat32};
use crate::simd::pack::{Packed, ROWS};

/// What one record's rows are scaled with.
#[derive(Clone, Copy)]
pub struct Scales<'a> {
    /// R of each row.
    pub r: &'a [i32],
    /// re of each row.
    pub re: &'a [i32],
    /// Bias of each row; empty where there is none.
    pub bias: &'a [i32],
}

impl<'a> Scales<'a> {
    /// Those of record `index` of `w`.
    pub fn of(w: &'a Packed, index: usize) -> Self {
        let at = (index - w.first) * ROWS;
        let bias = if w.bias.is_empty() { &[][..] } else { &w.bias[at..at + ROWS] };
        Self { r: &w.r[at..at + ROWS], re: &w.re[at..at + ROWS], bias }
    }
}

/// `y_o = sat32(rss(acc_o·R_o, e + re_o − Fo) + b_o)` for up to 16 rows.
#[inline(always)]
pub fn finish(acc: &Accumulators, scales: Scales<'_>, shift: i32, y: &mut [i32]) {
    let mut out = [0i32; ROWS];
    let re: &[i32; ROWS] = scales.re.try_into().expect("scales of a record");
    let r: &[i32; ROWS] = scales.r.try_into().expect("scales of a record");
    let common = re.iter().fold(true, |ok, &re| ok & (shift.wrapping_add(re) >= 1) & (shift.wrapping_add(re) <= 62));
    if common {
        for i in 0..ROWS {
            let v = acc.0[i].wrapping_mul(i64::from(r[i]));
            let t = v >> (shift.wrapping_add(re[i]).wrapping_sub(1) & 63);
            let v = (t >> 1).wrapping_add(t & 1);
            out[i] = v.clamp(-i64::from(i32::MAX), i64::from(i32::MAX)) as i32;
        }
    } else {
        for i in 0..ROWS {
            out[i] = rss(acc.0[i] * i64::from(r[i]), shift + re[i]);
        }
    }
    if scales.bias.is_empty() {
        y.copy_from_slice(&out[..y.len()]);
    } else {
        for ((y, &v), &b) in y.iter_mut().zip(&out).zip(scales.bias) {
            *y = sat32(i64::from(v) + i64::from(b));
        }
    }
}
