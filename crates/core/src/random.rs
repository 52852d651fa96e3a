//! A small deterministic generator (SplitMix64): test models, and the cases that a device must pass, are the same everywhere. Nothing that
//! is committed or sampled uses it.

/// A stream of pseudo-random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x6f70_656e_696d_6f00)
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `n`.
    ///
    /// # Panics
    /// If `n` is 0.
    pub const fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "nothing is below 0");
        self.bits() % n
    }

    /// A number from `low` to `high`, both included.
    ///
    /// # Panics
    /// If `high < low`.
    pub const fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// One of `choices`.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// True once in `n` times.
    ///
    /// # Panics
    /// If `n` is 0.
    pub const fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}
