//! Random terms, and random operations on an offering.

use alloy_primitives::Address;
use openimo_core::random::Random;
use openimo_core::revshare::offering::{BPS, MAX_AHEAD, MAX_OPEN, MAX_VESTING, MIN_OPEN, MIN_VESTING, Share, Terms};

use super::{BUYERS, ETH, Setting};
use crate::revshare::operation::amount;

/// One operation; a transaction, or time that passes.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A block and so many seconds later.
    Pass { seconds: u64 },
    /// `deposit`, with what is sent beside what is named.
    Deposit { account: Address, amount: u128, beside: u8 },
    /// `claim`, by a stranger.
    Claim { account: Address },
    /// `claimTo`.
    ClaimTo { account: Address, to: Address },
    /// `refund`, by a stranger.
    Refund { account: Address },
    /// `refundTo`.
    RefundTo { account: Address, to: Address },
    /// `finalize`.
    Finalize,
    /// `release`.
    Release { part: u8 },
    /// `forwardExcess`.
    ForwardExcess { asset: Address },
    /// Money that nobody deposited.
    Stray { asset: Address, amount: u128 },
    /// `release` of a vesting wallet.
    Vest { part: u8, asset: Address },
    /// `snapshot` of the token.
    Snapshot,
}

impl Operation {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pass { .. } => "pass",
            Self::Deposit { .. } => "deposit",
            Self::Claim { .. } => "claim",
            Self::ClaimTo { .. } => "claimTo",
            Self::Refund { .. } => "refund",
            Self::RefundTo { .. } => "refundTo",
            Self::Finalize => "finalize",
            Self::Release { .. } => "release",
            Self::ForwardExcess { .. } => "forwardExcess",
            Self::Stray { .. } => "stray",
            Self::Vest { .. } => "vest",
            Self::Snapshot => "snapshot",
        }
    }

    /// Any; most are those that the time is for.
    pub fn random(r: &mut Random, setting: &Setting, now: u64) -> Self {
        let Terms { start, end, .. } = setting.terms;
        let account = r.pick(&BUYERS);
        let to = if r.one_in(8) { r.pick(&[Address::ZERO, setting.offering]) } else { r.pick(&BUYERS) };
        let asset = r.pick(&[ETH, setting.money, setting.token]);
        let part = r.below(3) as u8;
        let open = now >= start && now < end;
        match r.below(16) {
            0..=2 => Self::Pass { seconds: step(r, now, &[start, end, end + 86_400, end + MIN_VESTING, end + MAX_VESTING]) },
            3..=8 if open => {
                Self::Deposit { account, amount: amount(r, setting.terms.account_cap), beside: u8::from(r.one_in(12)) }
            }
            3 => Self::Deposit { account, amount: amount(r, setting.terms.account_cap), beside: 0 },
            4 => Self::Claim { account: if r.one_in(12) { Address::ZERO } else { account } },
            5 => Self::ClaimTo { account, to },
            6 => Self::Refund { account },
            7 => Self::RefundTo { account, to },
            8 | 9 => Self::Finalize,
            10 | 11 => Self::Release { part },
            12 => Self::ForwardExcess { asset },
            13 | 14 if now > end + 3_600 => Self::Vest { part, asset },
            13 => Self::Stray { asset: r.pick(&[ETH, setting.money]), amount: amount(r, 1 << 80) },
            14 => Self::Vest { part, asset },
            _ => Self::Snapshot,
        }
    }
}

/// To the next of these moments, the second before or after it, or anywhere.
fn step(r: &mut Random, now: u64, moments: &[u64]) -> u64 {
    let next = moments.iter().find(|&&moment| moment > now + 1);
    match (next, r.below(5)) {
        (Some(next), 0) => next - now,
        (Some(next), 1) => next - now - 1,
        (Some(next), 2) => next - now + 1,
        (Some(next), 3) => 1 + r.below(next - now),
        _ => 12,
    }
}

/// Terms that are mostly valid.
pub fn terms(r: &mut Random, now: u64) -> Terms {
    let cap = 1 + amount(r, 1 << 100);
    let for_sale = cap + amount(r, 1 << 100);
    let (team, liquidity) = (r.below(5_001) as u16, r.below(5_001) as u16);
    let start = now + r.pick(&[0, 1, 3_600, MAX_AHEAD]);
    let part = |r: &mut Random, proceeds_bps, liquid: bool| {
        let duration = r.pick(&[MIN_VESTING, MIN_VESTING + 1, 365 * 86_400, MAX_VESTING]);
        let cliff = r.pick(&[0, 1, duration / 2, duration]);
        let (cliff, duration) = if liquid { (0, 0) } else { (cliff, duration) };
        Share { tokens: amount(r, 1 << 100), proceeds_bps, cliff, duration }
    };
    let parts = [part(r, team, false), part(r, BPS - team - liquidity, false), part(r, liquidity, true)];
    let target = 1 + amount(r, cap - 1);
    let mut terms = Terms {
        for_sale,
        target: if r.one_in(2) { target / 8 + 1 } else { target },
        cap,
        account_cap: if r.one_in(3) { cap } else { 1 + amount(r, cap - 1) },
        start,
        end: start + r.pick(&[MIN_OPEN, 7 * 86_400, MAX_OPEN]),
        parts,
    };
    if r.one_in(6) {
        spoil(r, &mut terms, now);
    }
    terms
}

/// Make one of the terms wrong, or nearly.
fn spoil(r: &mut Random, terms: &mut Terms, now: u64) {
    match r.below(12) {
        0 => terms.target = 0,
        1 => terms.target = terms.cap + 1,
        2 => terms.for_sale = terms.cap - 1,
        3 => terms.account_cap = r.pick(&[0, terms.cap + 1]),
        4 => terms.start = r.pick(&[now - 1, now + MAX_AHEAD + 1]),
        5 => terms.end = terms.start + r.pick(&[0, MIN_OPEN - 1, MAX_OPEN + 1]),
        6 => terms.parts[0].proceeds_bps += 1,
        7 => terms.parts[0].duration = r.pick(&[0, MIN_VESTING - 1, MAX_VESTING + 1]),
        8 => terms.parts[1].cliff = terms.parts[1].duration + 1,
        9 => terms.parts[2].duration = 1,
        10 => terms.parts[2].cliff = 1,
        _ => terms.end = terms.start - 1,
    }
}
