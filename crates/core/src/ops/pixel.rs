//! pixel: values of about −1 to 1 as bytes of colour.
//!
//! * **Meaning**: `p = min(255, rsh((clip(x, −2^16, 2^16) + 2^16)·255, 17))`.
//! * **Shapes**: `x[n]` i32 (F = 16) → `p[n]` u8.
//! * **Domain**: any i32.
//! * **Bounds**: the product is at most `2^17·255 < 2^25`.
//! * **Rounding and ties**: half up; values beyond ±1 are cut off.
//! * **Witness**: the comparisons of the clip and the remainder of the rounding.
//! * **Identities**: clip; round: `(x' + 2^16)·255 + 2^16 = p·2^17 + ρ, 0 <= ρ < 2^17`.
//! * **Step**: one element.

use super::fixed::rsh;

/// The byte of one value.
pub fn pixel(x: i32) -> u8 {
    let x = i64::from(x.clamp(-(1 << 16), 1 << 16));
    rsh((x + (1 << 16)) * 255, 17) as u8
}
