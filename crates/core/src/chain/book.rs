//! What a page knows about the contracts that it shows: what they are, and how their amounts are written.

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};

use super::text::{MAX_NAME, inert};
use super::units;

/// What a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A `ModelOffering`.
    Offering,
    /// A `ModelOfferingFactory`.
    Factory,
    /// A `RevShareToken`.
    Token,
    /// An `AigcToken`.
    Collection,
    /// A `BondedAssertionVerifier`.
    Verifier,
    /// An `OptimisticVerifier`.
    Disputes,
    /// An `AIOracle`.
    Oracle,
    /// A `ModelRegistry`.
    Registry,
    /// An `OfferingVesting`.
    Vesting,
    /// Any ERC-20.
    Erc20,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Offering,
        Self::Factory,
        Self::Token,
        Self::Collection,
        Self::Verifier,
        Self::Disputes,
        Self::Oracle,
        Self::Registry,
        Self::Vesting,
        Self::Erc20,
    ];

    /// Its contract.
    pub const fn contract(self) -> &'static str {
        match self {
            Self::Offering => "ModelOffering",
            Self::Factory => "ModelOfferingFactory",
            Self::Token => "RevShareToken",
            Self::Collection => "AigcToken",
            Self::Verifier => "BondedAssertionVerifier",
            Self::Disputes => "OptimisticVerifier",
            Self::Oracle => "AIOracle",
            Self::Registry => "ModelRegistry",
            Self::Vesting => "OfferingVesting",
            Self::Erc20 => "ERC20",
        }
    }

    /// What people call it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offering => "offering",
            Self::Factory => "factory of offerings",
            Self::Token => "revenue token",
            Self::Collection => "collection",
            Self::Verifier => "verifier",
            Self::Disputes => "optimistic verifier",
            Self::Oracle => "oracle",
            Self::Registry => "model registry",
            Self::Vesting => "vesting wallet",
            Self::Erc20 => "token",
        }
    }
}

/// One contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// Where it is.
    pub address: Address,
    /// What it is.
    pub kind: Kind,
    /// Of a token: its symbol, as the chain gives it.
    #[serde(default)]
    pub symbol: String,
    /// Of a token: places after the point.
    #[serde(default)]
    pub decimals: u8,
    /// Of an offering: the ERC-20 that deposits are made in; zero for the chain's own.
    #[serde(default)]
    pub currency: Address,
}

/// The contracts that a page deals with, on one chain, for one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Book {
    /// The chain.
    pub chain_id: u64,
    /// Who acts.
    pub account: Address,
    /// What the chain's own currency is called.
    #[serde(default = "ether")]
    pub native: String,
    /// The contracts.
    pub entries: Vec<Entry>,
}

fn ether() -> String {
    "ETH".into()
}

impl Book {
    /// The contract at an address.
    pub fn entry(&self, address: Address) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.address == address)
    }

    /// An amount of an asset; of the chain's own for the zero address. One whose units are not known is a number of smallest units.
    pub fn amount(&self, asset: Address, amount: U256) -> String {
        if asset == Address::ZERO {
            return format!("{} {}", units::format(amount, 18), inert(&self.native, MAX_NAME));
        }
        match self.entry(asset).filter(|entry| matches!(entry.kind, Kind::Token | Kind::Erc20)) {
            Some(entry) if entry.decimals <= units::MAX_DECIMALS => {
                format!("{} {}", units::format(amount, entry.decimals), inert(&entry.symbol, MAX_NAME))
            }
            _ => format!("{amount} smallest units of {}", asset.to_checksum(None)),
        }
    }

    /// An account or contract.
    pub fn name(&self, address: Address) -> String {
        let text = address.to_checksum(None);
        if address == self.account {
            return format!("you ({text})");
        }
        match self.entry(address) {
            Some(entry) if matches!(entry.kind, Kind::Token | Kind::Erc20) => {
                format!("the {} {} ({text})", entry.kind.word(), inert(&entry.symbol, MAX_NAME))
            }
            Some(entry) => format!("the {} ({text})", entry.kind.word()),
            None => text,
        }
    }

    /// An asset: the chain's own, or a token.
    pub fn asset(&self, address: Address) -> String {
        if address == Address::ZERO { inert(&self.native, MAX_NAME) } else { self.name(address) }
    }
}
