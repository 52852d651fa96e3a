//! residual: add a block's output to the residual stream.
//!
//! * **Meaning**: `x_i ← sat32(x_i + y_i)`.
//! * **Shapes**: `x[n]`, `y[n]` i32, both with Fres fraction bits.
//! * **Domain**: `|x|, |y| <= 2^31 − 1`.
//! * **Bounds**: the sum fits 33 bits.
//! * **Rounding and ties**: none; symmetric saturation.
//! * **Witness**: the saturation bit.
//! * **Identities**: add: `x' = x + y`, or `x' = ±(2^31 − 1)` where the sum is beyond it.
//! * **Step**: one element.

use super::fixed::sat32;

/// Add `y` to `x`.
///
/// # Panics
/// If the lengths differ.
pub fn residual(x: &mut [i32], y: &[i32]) {
    assert_eq!(x.len(), y.len(), "residual: lengths differ");
    for (x, &y) in x.iter_mut().zip(y) {
        *x = sat32(i64::from(*x) + i64::from(y));
    }
}
