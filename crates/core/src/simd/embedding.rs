//! embedding, twin of [`crate::ops::embedding`]: one row a call, so that reading it is all that counts.

use super::pack::Packed;
use crate::ops::fixed::rss;

/// Fill `x` from row `id` of a packed matrix; `fres` fraction bits.
///
/// # Panics
/// If the row is not stored here, or `x` is not as long as it.
pub fn embedding(w: &Packed, id: usize, fres: i32, x: &mut [i32]) {
    let (r, re) = w.unpack_row(id, x);
    for x in x {
        *x = rss(i64::from(*x) * i64::from(r), re - fres);
    }
}
