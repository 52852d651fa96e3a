//! pixel, twin of [`crate::ops::pixel`] in 32 bits.

/// The byte of one value.
pub fn pixel(x: i32) -> u8 {
    let x = x.clamp(-(1 << 16), 1 << 16) + (1 << 16);
    ((x * 255 + (1 << 16)) >> 17) as u8
}
