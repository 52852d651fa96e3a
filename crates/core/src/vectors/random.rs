//! Seeded values for cases: splitmix64, and draws that prefer the ends of a range.

/// A generator that gives the same values everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator from a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// An integer in `low..=high`.
    ///
    /// # Panics
    /// If the range is empty.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        assert!(low <= high, "an empty range");
        let span = high.wrapping_sub(low) as u64;
        let offset = if span == u64::MAX { self.bits() } else { self.bits() % (span + 1) };
        low.wrapping_add(offset as i64)
    }

    /// An integer of up to `bits` bits with a sign, its size spread over the bit lengths.
    pub fn sized(&mut self, bits: u32) -> i64 {
        let length = self.range(0, i64::from(bits)) as u32;
        let magnitude = if length == 0 { 0 } else { (self.bits() >> (64 - length)) as i64 };
        if self.bits() & 1 == 0 { magnitude } else { -magnitude }
    }

    /// `n` values of such a size that fit i32 symmetrically.
    pub fn ints(&mut self, n: usize, bits: u32) -> Vec<i32> {
        (0..n).map(|_| crate::ops::fixed::sat32(self.sized(bits))).collect()
    }

    /// `n` quantised activations.
    pub fn activations(&mut self, n: usize) -> Vec<i16> {
        (0..n).map(|_| self.range(-(1 << 14), 1 << 14) as i16).collect()
    }

    /// One of `choices`.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.range(0, choices.len() as i64 - 1) as usize]
    }
}
