//! rope: rotary position embedding of one head, and its quantisation.
//!
//! * **Meaning**: `phase = pos·inc_i mod 2^32`; `c, s` = cosine, sine of the phase from the table; `(a, b) → (a·c − b·s, a·s + b·c)`;
//!   the rotated head through `bfpq(y, F + 15)`.
//! * **Shapes**: one head `v[dh]` i32 (F), `inc[dh/2]` u32 in turns → `X[dh]` i16, `e`.
//! * **Domain**: dh even, `pos < 2^17`.
//! * **Bounds**: `|c|, |s| <= 2^15`, `|y| <= 2^47`.
//! * **Rounding and ties**: half up in the table's interpolation, half up in bfpq.
//! * **Witness**: phase, the two table indices; then bfpq's.
//! * **Identities**: phase, interpolation, rotation; then bfpq's. Cosine and sine depend on public positions alone.
//! * **Step**: one element (two inputs, one increment, four table entries).

use super::bfpq::bfpq;
use super::tables::cos_table;
use crate::model::config::RopePairing;

/// Cosine of a 32-bit phase in turns, Q15, by linear interpolation (error at most 1.2 units).
pub fn cosq(phase: u32) -> i32 {
    let table = cos_table();
    let (i, f) = ((phase >> 22) as usize, (phase >> 12 & 1023) as i32);
    (table[i] * (1024 - f) + table[i + 1] * f + 512) >> 10
}

/// Sine of a 32-bit phase in turns, Q15.
pub fn sinq(phase: u32) -> i32 {
    cosq(phase.wrapping_sub(1 << 30))
}

/// The two indices of rotated pair `i` in a head of size `dh`.
pub const fn pair(pairing: RopePairing, i: usize, dh: usize) -> (usize, usize) {
    match pairing {
        RopePairing::Adjacent => (2 * i, 2 * i + 1),
        RopePairing::Half => (i, i + dh / 2),
    }
}

/// Rotate one head and quantise it into `out`; returns the exponent.
///
/// # Panics
/// If the lengths differ.
pub fn rope(v: &[i32], pos: u32, inc: &[u32], pairing: RopePairing, f: i32, out: &mut [i16]) -> i32 {
    bfpq(&rotated(v, pos, inc, pairing), f + 15, out)
}

/// One head, rotated and not yet quantised, with 15 more fraction bits.
///
/// # Panics
/// If the lengths differ.
pub fn rotated(v: &[i32], pos: u32, inc: &[u32], pairing: RopePairing) -> Vec<i64> {
    assert_eq!(v.len(), 2 * inc.len(), "rope: head size and increments differ");
    let mut y = vec![0i64; v.len()];
    for (i, &inc) in inc.iter().enumerate() {
        let phase = pos.wrapping_mul(inc);
        let (c, s) = (i64::from(cosq(phase)), i64::from(sinq(phase)));
        let (ia, ib) = pair(pairing, i, v.len());
        let (a, b) = (i64::from(v[ia]), i64::from(v[ib]));
        y[ia] = a * c - b * s;
        y[ib] = a * s + b * c;
    }
    y
}
