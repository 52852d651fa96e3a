//! linear on packed records without vector instructions: for processors that have none, and shapes that no kernel takes.

use super::Accumulators;
use crate::simd::pack::{Packed, ROWS};

/// Add `W·X` of one record to `acc[t]` for each row of `x[acc.len(), cols]`.
pub fn tile(w: &Packed, record: usize, x: &[i16], acc: &mut [Accumulators]) {
    let cols = w.spec.cols as usize;
    let mut row = vec![0i32; cols];
    let rows = (w.spec.rows as usize - record * ROWS).min(ROWS);
    for r in 0..rows {
        w.unpack_row(record * ROWS + r, &mut row);
        for (x, acc) in x.chunks_exact(cols).zip(acc.iter_mut()) {
            acc.0[r] += row.iter().zip(x).map(|(&w, &x)| i64::from(w) * i64::from(x)).sum::<i64>();
        }
    }
}
