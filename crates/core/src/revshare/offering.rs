//! An Initial Model Offering: what deposits buy, what is paid back, and who gets the rest.
//!
//! Enters: the terms of `ModelOffering.sol`, the sum of deposits and one account's part of it. Leaves: amounts, in the smallest unit of
//! token or currency, each rounded down, bit for bit those of `OfferingMath.sol`. The formulas are in docs/contracts/offering.md.

use ruint::aliases::U256;

use super::vesting::Schedule;

/// Hundredths of a per cent in a whole.
pub const BPS: u16 = 10_000;
/// The shortest time for deposits, in seconds.
pub const MIN_OPEN: u64 = 3_600;
/// The longest time for deposits, in seconds.
pub const MAX_OPEN: u64 = 90 * DAY;
/// How far ahead an offering can be announced, in seconds.
pub const MAX_AHEAD: u64 = 365 * DAY;
/// The shortest time over which team and treasury are paid, in seconds.
pub const MIN_VESTING: u64 = 30 * DAY;
/// The longest time over which team and treasury are paid, in seconds.
pub const MAX_VESTING: u64 = 3_650 * DAY;

/// Who shares in tokens and proceeds besides the buyers, in the contract's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The makers of the model.
    Team,
    /// The model's upkeep; it has what rounding leaves of the proceeds.
    Treasury,
    /// A market for the token; paid at once.
    Liquidity,
}

/// The share of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Tokens when `cap` or more is raised; fewer in proportion below.
    pub tokens: u128,
    /// Share of the proceeds in hundredths of a per cent.
    pub proceeds_bps: u16,
    /// Seconds after the end in which nothing can be taken.
    pub cliff: u64,
    /// Seconds after the end over which all becomes available, linearly.
    pub duration: u64,
}

/// The amounts and times that are fixed when an offering is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Tokens sold when `cap` or more is raised.
    pub for_sale: u128,
    /// The least amount raised for success.
    pub target: u128,
    /// The most that is kept.
    pub cap: u128,
    /// The most that one account can deposit.
    pub account_cap: u128,
    /// The first second of deposits.
    pub start: u64,
    /// The first second after deposits.
    pub end: u64,
    /// Shares of team, treasury and liquidity.
    pub parts: [Share; 3],
}

/// Where an offering stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before `start`.
    Pending,
    /// From `start` to before `end`.
    Open,
    /// From `end`, with `target` or more raised.
    Succeeded,
    /// From `end`, with less than `target` raised.
    Failed,
}

/// What a part is paid after success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// In the smallest unit of the token.
    pub tokens: u128,
    /// In the smallest unit of the currency.
    pub money: u128,
}

/// How a successful offering divides supply and deposits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What is kept of the deposits.
    pub proceeds: u128,
    /// Tokens for the buyers, together.
    pub sold: u128,
    /// Tokens that nobody bought, and as large a share of each part's.
    pub burnt: u128,
    /// What team, treasury and liquidity are paid. The money sums to `proceeds`.
    pub parts: [Paid; 3],
}

/// Terms that no offering can have; the contract refuses them with an error of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermsError {
    /// `TermsInvalidTarget`.
    #[error("expected 0 < target <= cap, got target {target} and cap {cap}")]
    InvalidTarget {
        /// The target.
        target: u128,
        /// The cap.
        cap: u128,
    },
    /// `TermsPriceTooCoarse`.
    #[error("expected a unit of the token or more for a unit of the currency, got {for_sale} tokens for {cap}")]
    PriceTooCoarse {
        /// Tokens for sale.
        for_sale: u128,
        /// The cap.
        cap: u128,
    },
    /// `TermsInvalidAccountCap`.
    #[error("expected 0 < account cap <= cap, got account cap {account_cap} and cap {cap}")]
    InvalidAccountCap {
        /// The cap of an account.
        account_cap: u128,
        /// The cap.
        cap: u128,
    },
    /// `TermsInvalidStart`.
    #[error("expected a start from {earliest} to {latest}, got {start}")]
    InvalidStart {
        /// The start.
        start: u64,
        /// The earliest possible.
        earliest: u64,
        /// The latest possible.
        latest: u64,
    },
    /// `TermsInvalidEnd`.
    #[error("expected an end from {earliest} to {latest}, got {end}")]
    InvalidEnd {
        /// The end.
        end: u64,
        /// The earliest possible.
        earliest: u64,
        /// The latest possible.
        latest: u64,
    },
    /// `TermsSharesNotWhole`.
    #[error("expected shares of the proceeds that sum to {BPS}, got {sum_bps}")]
    SharesNotWhole {
        /// The sum.
        sum_bps: u32,
    },
    /// `TermsSupplyMismatch`; no sum if it needs more than 128 bits.
    #[error("expected parts of the supply that sum to {supply}, got {sum:?}")]
    SupplyMismatch {
        /// The sum.
        sum: Option<u128>,
        /// The supply.
        supply: u128,
    },
    /// `TermsInvalidVesting`.
    #[error("{part:?}: a cliff of {cliff} s in {duration} s is too short, too long, or longer than the whole")]
    InvalidVesting {
        /// Whose.
        part: Part,
        /// Its cliff.
        cliff: u64,
        /// Its duration.
        duration: u64,
    },
}

impl Terms {
    /// Check the terms of an offering of a token with this supply, created at `now`.
    ///
    /// # Errors
    /// The first rule that is broken, in the contract's order.
    pub fn check(&self, supply: u128, now: u64) -> Result<(), TermsError> {
        let &Self { for_sale, target, cap, account_cap, start, end, .. } = self;
        if target == 0 || target > cap {
            return Err(TermsError::InvalidTarget { target, cap });
        }
        if for_sale < cap {
            return Err(TermsError::PriceTooCoarse { for_sale, cap });
        }
        if account_cap == 0 || account_cap > cap {
            return Err(TermsError::InvalidAccountCap { account_cap, cap });
        }
        let latest = now.saturating_add(MAX_AHEAD);
        if start < now || start > latest {
            return Err(TermsError::InvalidStart { start, earliest: now, latest });
        }
        let (earliest, latest) = (start.saturating_add(MIN_OPEN), start.saturating_add(MAX_OPEN));
        if end < earliest || end > latest {
            return Err(TermsError::InvalidEnd { end, earliest, latest });
        }
        let sum_bps = self.parts.iter().map(|share| u32::from(share.proceeds_bps)).sum();
        if sum_bps != u32::from(BPS) {
            return Err(TermsError::SharesNotWhole { sum_bps });
        }
        let sum = self.parts.iter().try_fold(for_sale, |sum, share| sum.checked_add(share.tokens));
        if sum != Some(supply) {
            return Err(TermsError::SupplyMismatch { sum, supply });
        }
        for (part, Share { cliff, duration, .. }) in PARTS.into_iter().zip(self.parts) {
            let bounds = if part == Part::Liquidity { 0..=0 } else { MIN_VESTING..=MAX_VESTING };
            if !bounds.contains(&duration) || cliff > duration {
                return Err(TermsError::InvalidVesting { part, cliff, duration });
            }
        }
        Ok(())
    }

    /// Where the offering stands at `now`, `raised` having been deposited.
    pub fn phase(&self, now: u64, raised: u128) -> Phase {
        match () {
            () if now < self.start => Phase::Pending,
            () if now < self.end => Phase::Open,
            () if raised >= self.target => Phase::Succeeded,
            () => Phase::Failed,
        }
    }

    /// What an account that deposited `deposited` can still deposit.
    pub fn room(&self, deposited: u128) -> u128 {
        self.account_cap.saturating_sub(deposited)
    }

    /// Tokens for deposits of `deposited` out of `raised`; none if `raised` is below the target.
    ///
    /// # Panics
    /// If `deposited > raised`.
    pub fn allocation(&self, deposited: u128, raised: u128) -> u128 {
        assert!(deposited <= raised, "{deposited} of {raised} deposited");
        if raised < self.target { 0 } else { mul_div_floor(deposited, self.for_sale, raised.max(self.cap)) }
    }

    /// What is paid back of deposits of `deposited` out of `raised`; all if `raised` is below the target.
    ///
    /// # Panics
    /// If `deposited > raised`.
    pub fn refund(&self, deposited: u128, raised: u128) -> u128 {
        assert!(deposited <= raised, "{deposited} of {raised} deposited");
        let all = raised.max(self.cap);
        if raised < self.target { deposited } else { mul_div_floor(deposited, all - self.cap, all) }
    }

    /// How supply and deposits are divided; nothing if `raised` is below the target.
    ///
    /// # Panics
    /// If the supply or the shares break the rules of [`Terms::check`].
    pub fn outcome(&self, raised: u128) -> Option<Outcome> {
        if raised < self.target {
            return None;
        }
        let proceeds = raised.min(self.cap);
        let scaled = |tokens| mul_div_floor(tokens, proceeds, self.cap);
        let sold = scaled(self.for_sale);
        let mut burnt = self.for_sale - sold;
        let mut parts = self.parts.map(|share| {
            let tokens = scaled(share.tokens);
            burnt += share.tokens - tokens;
            Paid { tokens, money: mul_div_floor(proceeds, share.proceeds_bps.into(), BPS.into()) }
        });
        parts[Part::Treasury as usize].money =
            proceeds - parts[Part::Team as usize].money - parts[Part::Liquidity as usize].money;
        Some(Outcome { proceeds, sold, burnt, parts })
    }

    /// When a part can take what it is paid.
    pub fn schedule(&self, part: Part) -> Schedule {
        let Share { cliff, duration, .. } = self.parts[part as usize];
        Schedule { start: self.end, cliff, duration }
    }
}

/// `a b / c`, rounded down.
///
/// # Panics
/// If `c` is 0, or the result has more than 128 bits.
fn mul_div_floor(a: u128, b: u128, c: u128) -> u128 {
    (U256::from(a) * U256::from(b) / U256::from(c)).to::<u128>()
}

const DAY: u64 = 86_400;
const PARTS: [Part; 3] = [Part::Team, Part::Treasury, Part::Liquidity];

#[cfg(test)]
mod tests;
