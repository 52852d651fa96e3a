//! `RevShareToken`: what is done to it, the model of it, and the comparison.

pub mod compare;
pub mod model;
pub mod operation;

use alloy_primitives::{Address, U256};

/// ETH as an asset.
pub const ETH: Address = Address::ZERO;
/// The accounts; the last is a contract that refuses ETH.
pub const ACCOUNTS: [Address; 5] =
    [Address::repeat_byte(0xa1), Address::repeat_byte(0xa2), Address::repeat_byte(0xa3), Address::repeat_byte(0xa4), REFUSER];
/// A contract that refuses ETH.
pub const REFUSER: Address = Address::repeat_byte(0xee);
/// Has more ETH and money than it will pay.
pub const PAYER: Address = Address::repeat_byte(0xbb);
/// A token that answers whatever is in its storage: its balance of everybody in word 0, whether it claims to have paid in word 1.
pub const ODD: Address = Address::repeat_byte(0x0d);
/// The code of [`ODD`].
pub const ODD_CODE: [u8; 40] = [
    0x60, 0, 0x35, 0x60, 0xe0, 0x1c, 0x63, 0x70, 0xa0, 0x82, 0x31, 0x14, 0x60, 0x1c, 0x57, // balanceOf goes to 0x1c
    0x60, 1, 0x54, 0x60, 0, 0x52, 0x60, 0x20, 0x60, 0, 0xf3, 0, 0, // anything else answers word 1
    0x5b, 0x60, 0, 0x54, 0x60, 0, 0x52, 0x60, 0x20, 0x60, 0, 0xf3, // word 0
];
/// The code of [`REFUSER`]: revert.
pub const REFUSER_CODE: [u8; 5] = [0x60, 0, 0x60, 0, 0xfd];

/// One rule that is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// None.
    None,
    /// A share is rounded up.
    ClaimRoundsUp,
    /// What a share leaves over is lost.
    RemainderLost,
    /// What a snapshot leaves over is lost.
    CarryLost,
    /// Balances count as they are in the block of the snapshot.
    BalancesOfThisBlock,
    /// A burn is paid by the supply that is left.
    BurnOfWhatIsLeft,
    /// A burn is paid from revenue that no snapshot has seen, too.
    BurnOfUnseenRevenue,
    /// What a token refused is forgotten.
    UnpaidLost,
}

impl Mutation {
    /// All that must be found out.
    pub const ALL: [Self; 7] = [
        Self::ClaimRoundsUp,
        Self::RemainderLost,
        Self::CarryLost,
        Self::BalancesOfThisBlock,
        Self::BurnOfWhatIsLeft,
        Self::BurnOfUnseenRevenue,
        Self::UnpaidLost,
    ];
}

/// The terms of a token, and what of them is not the same in every sequence.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// All tokens, which the first account has.
    pub supply: u128,
    /// Per cent of the revenue that holders claim.
    pub percent: u8,
    /// Blocks between snapshots.
    pub interval: u64,
    /// The token.
    pub token: Address,
    /// A well-behaved ERC-20, of which [`PAYER`] has all.
    pub money: Address,
}

/// 2^200: ETH that does not run out.
pub const RICH: U256 = U256::from_limbs([0, 0, 0, 1 << 8]);
