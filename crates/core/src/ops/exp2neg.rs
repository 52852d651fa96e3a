//! exp2neg: a negative power of two, shared by softmax, SiLU and the sampler.
//!
//! * **Meaning**: `n = min(floor(y/2^16), 31); f = y mod 2^16; i = f >> 8; u = f & 255;
//!   E' = floor((E[i]·(256−u) + E[i+1]·u + 128)/256); result = rsh(E', n + 23 − Q)`.
//! * **Shapes**: scalar Q16 → scalar QQ.
//! * **Domain**: `y >= 0`, `0 <= Q <= 23`.
//! * **Bounds**: `E[i]·256 + 128 < 2^32`; the result is in `0..=2^Q`.
//! * **Rounding and ties**: half up in the interpolation and in the shift; relative error of E' 1.1·10^−6.
//! * **Witness**: `n, i, u, E'`.
//! * **Identities**: split: `y = n·2^16 + i·2^8 + u` (below the cap); look-up; interpolation; shift.
//! * **Step**: two table entries.

use super::fixed::rsh;
use super::tables::exp2_table;

/// `2^(−y/2^16)` with `q` fraction bits.
pub fn exp2neg(y: u32, q: i32) -> u32 {
    let n = (y >> 16).min(31) as i32;
    let (i, u) = ((y >> 8 & 255) as usize, y & 255);
    let table = exp2_table();
    let e = (table[i] * (256 - u) + table[i + 1] * u + 128) >> 8;
    rsh(i64::from(e), n + 23 - q) as u32
}
