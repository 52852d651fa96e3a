//! linear: a block-quantised matrix times a block-floating-point vector.
//!
//! * **Meaning**: `acc_o = Σ_k W[o,k]·X_k` over Z with `W[o,k] = D_b·q[o,k] + M_b`; `y_o = rss(acc_o·R_o, e + re_o − Fo)`, with a
//!   bias `y_o = sat32(y_o + b_o)`.
//! * **Shapes**: `X[K]` i16 with exponent `e`; a matrix of `rows × K`; `y[rows]` i32 with Fo fraction bits.
//! * **Domain**: `|X_k| <= 2^14`; in each of the `nslab` equal column slabs `Σ|W[o,k]| <= 2^24 − 1` (checked when a model is loaded);
//!   `R_o = 0` or `2^15 <= R_o < 2^16`.
//! * **Bounds**: with digits `X = 256h + l`, `|h| <= 64`, `|l| <= 128`: `|Σ W·h| <= 2^30`, `|Σ W·l| < 2^31` per slab, so both sums are
//!   exact in wrapping 32-bit arithmetic; `|acc| <= 2^42`, `|acc·R| < 2^58`.
//! * **Rounding and ties**: half up, once, after the whole row; then symmetric saturation, again after the bias.
//! * **Witness**: `acc_o`, the remainder of the rounding, the saturation bit.
//! * **Identities**: dot: `acc = W·X`; round: `acc·R + 2^(s−1) = y·2^s + ρ, 0 <= ρ < 2^s`; sat: `|y| <= 2^31 − 1`.
//! * **Step**: one output element; rows of more than 2048 columns by chunk sums.

use super::fixed::{rss, sat32};
use crate::model::matrix::Row;

/// Exact dot product of one matrix row with `x`.
///
/// # Panics
/// If `x` is not as long as the row.
pub fn dot(row: &Row, x: &[i16]) -> i64 {
    assert_eq!(x.len(), row.q.len(), "linear: row and vector lengths differ");
    let mut acc = 0i64;
    for (k, &x) in x.iter().enumerate() {
        acc += i64::from(row.weight(k)) * i64::from(x);
    }
    acc
}

/// One output element: the row's accumulator scaled, rounded once, saturated, and the bias added.
pub fn finish(acc: i64, row: &Row, e: i32, fo: i32) -> i32 {
    let y = rss(acc * i64::from(row.r), e + i32::from(row.re) - fo);
    match row.bias {
        Some(b) => sat32(i64::from(y) + i64::from(b)),
        None => y,
    }
}
