//! The rules of money of the contracts, as pure functions: one stage a file, over exact integers.
//!
//! [`offering`] and [`vesting`] are how a token is sold; the rest is `RevShareToken`, the rules of
//! `contracts/src/revshare/RevShareMath.sol` and of its callers where they touch amounts. `contracts/README.md` states them as formulas and
//! shows that no dust is lost. Amounts and supplies are `u128`, as on chain; shares have 256 bits.

mod burn;
mod claim;
mod ledger;
pub mod offering;
mod snapshot;
pub mod vesting;

pub use burn::redeem;
pub use claim::{GROUP, Settlement, share};
pub use ledger::Ledger;
pub use ruint::aliases::U256;
pub use snapshot::{Allotment, allot};

/// What the amounts of a ledger can no longer hold or pay: the inputs are not those of one contract's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevShareError {
    /// More per cent than a hundred.
    #[error("{0} per cent is more than 100")]
    Percent(u8),
    /// A snapshot without a token to share with.
    #[error("the supply is zero")]
    NoSupply,
    /// A balance, or tokens to burn, beyond the supply.
    #[error("{amount} tokens are more than the supply of {supply}")]
    BeyondSupply {
        /// The tokens.
        amount: u128,
        /// All there are.
        supply: u128,
    },
    /// A sum of more than 128 bits, or a payment of more than is there.
    #[error("the ledger does not hold that amount")]
    Ledger,
}
