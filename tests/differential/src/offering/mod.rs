//! `ModelOffering` with its token and vesting wallets: what is done to them, the model of them, and the comparison.

pub mod compare;
pub mod model;
pub mod operation;

use alloy_primitives::Address;
use openimo_core::revshare::offering::Terms;

use crate::revshare::REFUSER;

/// ETH as an asset.
pub const ETH: Address = Address::ZERO;
/// Who buys; the last is a contract that refuses ETH.
pub const BUYERS: [Address; 4] = [Address::repeat_byte(0xc1), Address::repeat_byte(0xc2), Address::repeat_byte(0xc3), REFUSER];
/// Who owns the vesting wallets of team, treasury and liquidity.
pub const BENEFICIARIES: [Address; 3] = [Address::repeat_byte(0xb1), Address::repeat_byte(0xb2), Address::repeat_byte(0xb3)];
/// What every buyer has of the ERC-20.
pub const POCKET: u128 = 1 << 120;

/// What was created.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Amounts and times.
    pub terms: Terms,
    /// ETH or the ERC-20.
    pub currency: Address,
    /// The revenue token.
    pub token: Address,
    /// The offering.
    pub offering: Address,
    /// The vesting wallets.
    pub wallets: [Address; 3],
    /// The ERC-20.
    pub money: Address,
}

/// One rule that is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// None.
    None,
    /// An allocation is rounded up.
    AllocationRoundsUp,
    /// What goes back above the cap is rounded up.
    RestRoundsUp,
    /// The treasury's money is rounded as the others'.
    TreasuryRounded,
    /// The parts do not shrink with the sale.
    PartsWhole,
    /// Deposits are taken in the last second, too.
    OpenAtEnd,
    /// A cliff is not waited for.
    CliffIgnored,
    /// What is unsold is not burnt.
    UnsoldKept,
}

impl Mutation {
    /// All that must be found out.
    pub const ALL: [Self; 7] = [
        Self::AllocationRoundsUp,
        Self::RestRoundsUp,
        Self::TreasuryRounded,
        Self::PartsWhole,
        Self::OpenAtEnd,
        Self::CliffIgnored,
        Self::UnsoldKept,
    ];
}
