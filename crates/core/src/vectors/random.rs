//! Seeded values for cases, their sizes spread over the bit lengths.

use crate::ops::fixed::sat32;
use crate::random::Random;

/// An integer of up to `bits` bits with a sign.
pub fn sized(random: &mut Random, bits: u32) -> i64 {
    let length = random.range(0, i64::from(bits)) as u32;
    let magnitude = if length == 0 { 0 } else { (random.bits() >> (64 - length)) as i64 };
    if random.one_in(2) { magnitude } else { -magnitude }
}

/// `n` values of up to `bits` bits that fit i32 symmetrically.
pub fn ints(random: &mut Random, n: usize, bits: u32) -> Vec<i32> {
    (0..n).map(|_| sat32(sized(random, bits))).collect()
}

/// `n` quantised activations.
pub fn activations(random: &mut Random, n: usize) -> Vec<i16> {
    (0..n).map(|_| random.range(-(1 << 14), 1 << 14) as i16).collect()
}
