//! rope, twin of [`crate::ops::rope`].
//!
//! Cosines and sines depend on positions alone, so [`RopeTables`] keeps those of a batch for all heads and layers.

use super::bfpq::shift_of;
use super::isa::{Isa, per_level};
use super::level::Level;
use crate::model::config::RopePairing;
use crate::ops::rope::{cosq, sinq};

/// Largest head size of CIS-1.
const MAX_HEAD: usize = 256;

/// Cosines and sines of one position, `dh/2` of each, Q15.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RopeTable {
    /// Cosines.
    pub cos: Vec<i32>,
    /// Sines.
    pub sin: Vec<i32>,
}

/// The table of position `pos` for phase increments `inc`.
pub fn rope_table(pos: u32, inc: &[u32]) -> RopeTable {
    let phases = || inc.iter().map(|&inc| pos.wrapping_mul(inc));
    RopeTable { cos: phases().map(cosq).collect(), sin: phases().map(sinq).collect() }
}

/// The tables of the positions of a batch, made again only when the batch moves.
#[derive(Clone, Debug, Default)]
pub struct RopeTables {
    pos0: u32,
    inc: Vec<u32>,
    rows: Vec<RopeTable>,
}

impl RopeTables {
    /// The tables of positions `pos0..pos0 + rows`.
    pub fn rows(&mut self, pos0: u32, rows: usize, inc: &[u32]) -> &[RopeTable] {
        if self.pos0 != pos0 || self.inc != inc {
            self.rows.clear();
            (self.pos0, self.inc) = (pos0, inc.to_vec());
        }
        for t in self.rows.len()..rows {
            self.rows.push(rope_table(pos0.wrapping_add(t as u32), inc));
        }
        &self.rows[..rows]
    }
}

/// Rotate one head and quantise it into `out`; returns the exponent.
///
/// # Panics
/// If the lengths differ or a head is larger than 256.
pub fn rope(level: Level, v: &[i32], table: &RopeTable, pairing: RopePairing, f: i32, out: &mut [i16]) -> i32 {
    assert!(v.len() == 2 * table.cos.len() && v.len() == 2 * table.sin.len(), "rope: head size and table differ");
    assert!(v.len() == out.len() && v.len() <= MAX_HEAD, "rope: head size out of its domain");
    per_level!(level, rotate(v: &[i32], table: &RopeTable, pairing: RopePairing, f: i32, out: &mut [i16]) -> i32)
}

#[inline(always)]
fn rotate<I: Isa>(v: &[i32], table: &RopeTable, pairing: RopePairing, f: i32, out: &mut [i16]) -> i32 {
    let mut y = [0i64; MAX_HEAD];
    let y = &mut y[..v.len()];
    let mut any = 0;
    let mut turn = |a: i32, b: i32, c: i32, s: i32| {
        let product = |x: i32, y: i32| i64::from(x).wrapping_mul(i64::from(y));
        let (ya, yb) = (product(a, c).wrapping_sub(product(b, s)), product(a, s).wrapping_add(product(b, c)));
        any |= ya.unsigned_abs() | yb.unsigned_abs();
        (ya, yb)
    };
    let turns = table.cos.iter().zip(&table.sin);
    match pairing {
        RopePairing::Adjacent => {
            for ((y, v), (&c, &s)) in y.chunks_exact_mut(2).zip(v.chunks_exact(2)).zip(turns) {
                (y[0], y[1]) = turn(v[0], v[1], c, s);
            }
        }
        RopePairing::Half => {
            let ((va, vb), (ya, yb)) = (v.split_at(v.len() / 2), y.split_at_mut(v.len() / 2));
            for (((ya, yb), (&a, &b)), (&c, &s)) in ya.iter_mut().zip(yb).zip(va.iter().zip(vb)).zip(turns) {
                (*ya, *yb) = turn(a, b, c, s);
            }
        }
    }
    let shift = shift_of(any);
    I::shift(y, shift, out);
    f + 15 - shift
}
