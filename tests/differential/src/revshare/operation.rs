//! Random operations on a token.

use alloy_primitives::{Address, U256};
use openimo_core::random::Random;

use super::{ACCOUNTS, ETH, ODD, Setting};

/// One operation; a transaction, or something that happens around it.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Time passes.
    Mine { blocks: u64 },
    /// ETH or money comes in.
    Revenue { asset: Address, amount: u128 },
    /// The odd token says that it has so much, and whether it says that it pays.
    Odd { held: U256, pays: bool },
    /// `transfer`.
    Transfer { from: Address, to: Address, amount: u128 },
    /// `snapshot`.
    Snapshot,
    /// `claim`.
    Claim { account: Address, id: u64 },
    /// `claimTo`.
    ClaimTo { account: Address, ids: Vec<u64>, assets: Vec<Address>, to: Address },
    /// `claimFor`.
    ClaimFor { account: Address, ids: Vec<u64>, assets: Vec<Address> },
    /// `burn`.
    Burn { account: Address, amount: u128 },
    /// `burnTo`.
    BurnTo { account: Address, amount: u128, assets: Vec<Address>, to: Address },
    /// `collect`.
    Collect { account: Address, assets: Vec<Address>, to: Address },
    /// `collectRemainder`.
    CollectRemainder { account: Address, assets: Vec<Address>, to: Address },
}

impl Operation {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Mine { .. } => "mine",
            Self::Revenue { .. } => "revenue",
            Self::Odd { .. } => "odd token",
            Self::Transfer { .. } => "transfer",
            Self::Snapshot => "snapshot",
            Self::Claim { .. } => "claim",
            Self::ClaimTo { .. } => "claimTo",
            Self::ClaimFor { .. } => "claimFor",
            Self::Burn { .. } => "burn",
            Self::BurnTo { .. } => "burnTo",
            Self::Collect { .. } => "collect",
            Self::CollectRemainder { .. } => "collectRemainder",
        }
    }

    /// Any.
    pub fn random(r: &mut Random, setting: &Setting, snapshots: u64) -> Self {
        match r.below(24) {
            0..=3 => Self::Mine { blocks: r.pick(&[1, 1, 1, 2, 5]) },
            4..=6 => Self::Revenue { asset: r.pick(&[ETH, ETH, setting.money]), amount: amount(r, 1 << 100) },
            7 => Self::Odd { held: odd_balance(r), pays: r.one_in(2) },
            8..=10 => Self::Transfer { from: r.pick(&ACCOUNTS), to: recipient(r, setting), amount: amount(r, setting.supply) },
            11..=14 => Self::Snapshot,
            15 => Self::Claim { account: r.pick(&ACCOUNTS), id: id(r, snapshots) },
            16 | 17 => Self::ClaimTo {
                account: r.pick(&ACCOUNTS),
                ids: ids(r, snapshots),
                assets: assets(r, setting),
                to: recipient(r, setting),
            },
            18 => Self::ClaimFor {
                account: if r.one_in(6) { setting.token } else { r.pick(&ACCOUNTS) },
                ids: ids(r, snapshots),
                assets: assets(r, setting),
            },
            19 => Self::Burn { account: r.pick(&ACCOUNTS), amount: amount(r, setting.supply) },
            20 | 21 => Self::BurnTo {
                account: r.pick(&ACCOUNTS),
                amount: amount(r, setting.supply),
                assets: assets(r, setting),
                to: recipient(r, setting),
            },
            22 => Self::Collect { account: r.pick(&ACCOUNTS), assets: assets(r, setting), to: recipient(r, setting) },
            _ => Self::CollectRemainder { account: r.pick(&ACCOUNTS), assets: assets(r, setting), to: recipient(r, setting) },
        }
    }
}

/// Edges, small numbers and any below `most`.
pub fn amount(r: &mut Random, most: u128) -> u128 {
    let any = u128::from(r.bits()) << 64 | u128::from(r.bits());
    match r.below(8) {
        0 => 0,
        1 => 1,
        2 => most,
        3 => most / 2,
        4 => any % 10,
        5 => any % most.saturating_add(1).max(1) / 7,
        _ => any % most.saturating_add(1).max(1),
    }
}

fn odd_balance(r: &mut Random) -> U256 {
    match r.below(6) {
        0 => U256::ZERO,
        1 => U256::MAX,
        2 => U256::from(u128::MAX),
        _ => U256::from(amount(r, 1 << 90)),
    }
}

/// Mostly somebody who can be paid.
fn recipient(r: &mut Random, setting: &Setting) -> Address {
    match r.below(12) {
        0 => Address::ZERO,
        1 => setting.token,
        _ => r.pick(&ACCOUNTS),
    }
}

fn id(r: &mut Random, snapshots: u64) -> u64 {
    if r.one_in(8) { r.pick(&[0, u64::MAX, 128, snapshots + 1]) } else { 1 + r.below(snapshots.max(1)) }
}

fn ids(r: &mut Random, snapshots: u64) -> Vec<u64> {
    if r.one_in(3) { (1..=snapshots).collect() } else { (0..r.below(4)).map(|_| id(r, snapshots)).collect() }
}

fn assets(r: &mut Random, setting: &Setting) -> Vec<Address> {
    let all = [ETH, setting.money, ODD];
    match r.below(4) {
        0 => all.to_vec(),
        1 => (0..r.below(4)).map(|_| r.pick(&all)).collect(),
        2 => vec![r.pick(&all), Address::repeat_byte(0x99), r.pick(&all)],
        _ => vec![r.pick(&all)],
    }
}
