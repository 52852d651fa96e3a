//! silu: the activation between two convolutions.
//!
//! * **Meaning**: `y = rsh(x·σ(x), 24)` with σ in Q24 as in swiglu.
//! * **Shapes**: `x[n]` i32 (F) → `y[n]` i32 (F).
//! * **Domain**: `|x| <= 2^31 − 1`.
//! * **Bounds**: `|y| <= |x|`, so nothing saturates.
//! * **Rounding and ties**: half up; floor in σ. Largest error 0.57 units of 2^−16.
//! * **Witness**: swiglu's `y, τ, σ⁺`, and the remainder of the rounding.
//! * **Identities**: swiglu's exponent, look-up and division; round: `x·σ + 2^23 = y·2^24 + ρ, 0 <= ρ < 2^24`.
//! * **Step**: one element.

use super::swiglu::silu16;

/// Replace each value by its SiLU.
pub fn silu(x: &mut [i32]) {
    for x in x {
        *x = silu16(*x) as i32;
    }
}
