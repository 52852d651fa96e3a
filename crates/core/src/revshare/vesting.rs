//! The schedule of a vesting wallet: what has become available at a moment, as OpenZeppelin's `VestingWalletCliff` computes it.

use ruint::aliases::U256;

/// When something becomes available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Where it starts, in seconds of the clock.
    pub start: u64,
    /// Seconds after the start in which nothing is available.
    pub cliff: u64,
    /// Seconds after the start until everything is.
    pub duration: u64,
}

impl Schedule {
    /// What is available at `now` of `total`, everything that was ever paid in, rounded down. What was taken counts as available.
    pub fn vested(&self, total: u128, now: u64) -> u128 {
        let Some(elapsed) = now.checked_sub(self.start) else { return 0 };
        match () {
            () if elapsed < self.cliff => 0,
            () if elapsed >= self.duration => total,
            () => (U256::from(total) * U256::from(elapsed) / U256::from(self.duration)).to::<u128>(),
        }
    }

    /// What can be taken at `now` from a wallet that holds `balance` and paid out `released` before.
    ///
    /// # Panics
    /// If the sum of both has more than 128 bits.
    pub fn releasable(&self, balance: u128, released: u128, now: u64) -> u128 {
        let total = balance.checked_add(released).expect("a sum of payments has 128 bits");
        // A wallet pays no more than is available, so the difference is not negative for a state that it can be in.
        self.vested(total, now).saturating_sub(released)
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    const SCHEDULE: Schedule = Schedule { start: 1_000, cliff: 100, duration: 400 };

    #[test]
    fn nothing_before_start_and_cliff() {
        for now in [0, 999, 1_000, 1_099] {
            assert_eq!(SCHEDULE.vested(4_000, now), 0, "{now}");
        }
        assert_eq!(SCHEDULE.vested(4_000, 1_100), 1_000);
    }

    #[test]
    fn linear_and_rounded_down_until_all() {
        assert_eq!(SCHEDULE.vested(3, 1_399), 2);
        assert_eq!(SCHEDULE.vested(3, 1_400), 3);
        assert_eq!(SCHEDULE.vested(u128::MAX, 1_200), u128::MAX / 2);
        assert_eq!(SCHEDULE.vested(u128::MAX, u64::MAX), u128::MAX);
    }

    #[test]
    fn a_duration_of_nothing_is_at_once() {
        let at_once = Schedule { start: 1_000, cliff: 0, duration: 0 };
        assert_eq!(at_once.vested(7, 999), 0);
        assert_eq!(at_once.vested(7, 1_000), 7);
    }

    #[test]
    fn what_was_taken_does_not_come_back() {
        let taken = SCHEDULE.releasable(4_000, 0, 1_100);
        assert_eq!(SCHEDULE.releasable(4_000 - taken, taken, 1_100), 0);
        assert_eq!(SCHEDULE.releasable(4_000 - taken, taken, 1_200), 1_000);
    }
}
