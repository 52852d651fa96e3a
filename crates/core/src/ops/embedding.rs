//! embedding: the row of a vocabulary entry as the first residual vector.
//!
//! * **Meaning**: `x_i = rss(W[t,i]·R_t, re_t − Fres)`.
//! * **Shapes**: one row of the embedding matrix → `x[d]` i32 with Fres fraction bits.
//! * **Domain**: `t < vocabulary`; the matrix may be shared with the head.
//! * **Bounds**: `|W| <= 2^24`, `R < 2^16`: `|W·R| < 2^40`.
//! * **Rounding and ties**: half up, once; symmetric saturation.
//! * **Witness**: the remainder of the rounding.
//! * **Identities**: round: `W·R + 2^(s−1) = x·2^s + ρ, 0 <= ρ < 2^s`.
//! * **Step**: one element.

use super::fixed::rss;
use crate::model::matrix::Row;

/// Fill `x` from the row of one vocabulary entry.
///
/// # Panics
/// If `x` is not as long as the row.
pub fn embedding(row: &Row, fres: i32, x: &mut [i32]) {
    assert_eq!(x.len(), row.q.len(), "embedding: row and vector lengths differ");
    for (k, x) in x.iter_mut().enumerate() {
        *x = rss(i64::from(row.weight(k)) * i64::from(row.r), i32::from(row.re) - fres);
    }
}
