//! residual, twin of [`crate::ops::residual`].

use super::isa::{Isa, per_level};
use super::level::Level;
use crate::ops::fixed::I32_MAX;

/// Add `y` to `x`, saturating symmetrically.
///
/// # Panics
/// If the lengths differ.
pub fn residual(level: Level, x: &mut [i32], y: &[i32]) {
    assert_eq!(x.len(), y.len(), "residual: lengths differ");
    per_level!(level, add(x: &mut [i32], y: &[i32]));
}

#[inline(always)]
fn add<I: Isa>(x: &mut [i32], y: &[i32]) {
    for (x, &y) in x.iter_mut().zip(y) {
        *x = x.saturating_add(y).max(-I32_MAX as i32);
    }
}
