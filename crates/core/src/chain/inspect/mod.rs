//! `inspectOffering`: every risk of an offering that can be told from the chain, as flags with codes and explanations.
//!
//! A pure function of what was read. A flag is no verdict about people: it says what they could do.

mod flags;
#[cfg(test)]
mod tests;

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

pub use flags::{Flag, Risk, Severity, render_markdown, render_typescript};

use super::code::CodeFacts;
use super::read::Terms;

/// What the chain says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// The offering.
    pub offering: Address,
    /// What it sells.
    pub token: Address,
    /// Its terms.
    pub terms: Terms,
    /// All deposits.
    pub raised: U256,
    /// Whether the outcome is booked.
    pub finalized: bool,
    /// The offering's code.
    pub offering_code: CodeFacts,
    /// The token's code.
    pub token_code: CodeFacts,
    /// All tokens.
    pub token_supply: U256,
    /// The offering's tokens.
    pub token_held: U256,
    /// The model that the token names.
    pub token_model_id: Option<B256>,
    /// Per cent of revenue that snapshots share out.
    pub token_percent: Option<U256>,
    /// Blocks between snapshots.
    pub token_interval: Option<u64>,
    /// The token's owner, if it has one.
    pub token_owner: Option<Address>,
    /// As the contract writes it.
    pub token_name: String,
    /// As the contract writes it.
    pub token_symbol: String,
    /// Places after the point.
    pub token_decimals: u8,
    /// The offering's currency.
    pub currency_held: U256,
    /// The currency's code; none for ETH.
    pub currency_code: Option<CodeFacts>,
    /// The vesting wallets of team, treasury and liquidity.
    pub wallets: Vec<Wallet>,
    /// The record of the model in the registry that was asked.
    pub record: Option<Record>,
}

/// A vesting wallet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wallet {
    /// Its code.
    pub code: CodeFacts,
    /// Who owns it now.
    pub owner: Option<Address>,
    /// When its schedule starts.
    pub start: U256,
    /// Before when nothing is paid.
    pub cliff: U256,
    /// When all is paid.
    pub end: U256,
    /// Whether the terms' beneficiary is a contract.
    pub beneficiary_is_contract: bool,
}

/// A record of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Where its fees go; none if there is no record.
    pub revenue_token: Option<Address>,
    /// Where the file is.
    pub uris: Vec<String>,
}

/// What came of looking for the model's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ModelFile {
    /// A file was found, and its id is the model's.
    Verified,
    /// Something is there; nobody looked into it.
    Answers,
    /// A file was found, and it is another model's.
    Other,
    /// There is no place to look at, or none answers.
    Unreachable,
}

/// What is known besides the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Circumstances {
    /// Seconds since 1970, of the block that was read.
    pub now: u64,
    /// The model's file.
    pub model_file: ModelFile,
    /// Currencies that are known to pay exact amounts, besides ETH.
    #[serde(default)]
    pub currencies: Vec<Address>,
    /// Contracts that are known to lock liquidity.
    #[serde(default)]
    pub lockers: Vec<Address>,
}

/// Every flag that these facts raise, in the order of the table.
pub fn inspect(facts: &Facts, circumstances: &Circumstances) -> Vec<Flag> {
    Risk::ALL.iter().filter_map(|risk| risk.look(facts, circumstances).map(|detail| Flag::new(*risk, detail))).collect()
}
