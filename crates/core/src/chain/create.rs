//! What is fixed when a model is offered: the arguments of `ModelOfferingFactory.create`.

use alloy_primitives::aliases::U48;
use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use super::abi::factory::ModelOfferingFactory::createCall;
use super::abi::factory::{IModelOffering, IModelOfferingFactory};
use super::error::{ChainError, Code};

/// A token's terms and its offering's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Creation {
    /// The token's.
    pub token: TokenTerms,
    /// The offering's.
    pub terms: OfferingTerms,
}

/// What the revenue token is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenTerms {
    /// Its name.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// Per cent of the revenue that holders claim; the rest is for those who burn.
    pub percent_claimable: u8,
    /// Least number of blocks between snapshots.
    pub snapshot_interval: u64,
    /// The ERC-20s that it takes as revenue besides ETH.
    pub revenue_tokens: Vec<Address>,
}

/// What the offering is; the fields of the contract's `Terms`, documented there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields of the contract's Terms, documented there")]
pub struct OfferingTerms {
    pub model_id: B256,
    pub currency: Address,
    pub for_sale: U256,
    pub target: U256,
    pub cap: U256,
    pub account_cap: U256,
    pub start: u64,
    pub end: u64,
    pub team: PartTerms,
    pub treasury: PartTerms,
    pub liquidity: PartTerms,
}

/// What team, treasury or liquidity get; the fields of the contract's `Share`. Liquidity is paid at once: both times are 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields of the contract's Share, documented there")]
pub struct PartTerms {
    pub beneficiary: Address,
    pub tokens: U256,
    pub proceeds_bps: u16,
    pub cliff: u64,
    pub duration: u64,
}

impl Creation {
    /// The call.
    ///
    /// # Errors
    /// If an amount is larger than the contract can keep.
    pub fn call(&self) -> Result<createCall, ChainError> {
        let (token, terms) = (&self.token, &self.terms);
        Ok(createCall {
            t: IModelOfferingFactory::TokenTerms {
                name: token.name.clone(),
                symbol: token.symbol.clone(),
                percentClaimable: U256::from(token.percent_claimable),
                snapshotInterval: U48::try_from(token.snapshot_interval).map_err(|_| too_large("the snapshot interval"))?,
                revenueTokens: token.revenue_tokens.clone(),
            },
            terms: IModelOffering::Terms {
                modelId: terms.model_id,
                currency: terms.currency,
                forSale: amount(terms.for_sale, "the tokens for sale")?,
                target: amount(terms.target, "the target")?,
                cap: amount(terms.cap, "the cap")?,
                accountCap: amount(terms.account_cap, "the account cap")?,
                start: terms.start,
                end: terms.end,
                team: terms.team.share()?,
                treasury: terms.treasury.share()?,
                liquidity: terms.liquidity.share()?,
            },
        })
    }
}

impl PartTerms {
    fn share(&self) -> Result<IModelOffering::Share, ChainError> {
        Ok(IModelOffering::Share {
            beneficiary: self.beneficiary,
            tokens: amount(self.tokens, "the tokens of a part")?,
            proceedsBps: self.proceeds_bps,
            cliff: self.cliff,
            duration: self.duration,
        })
    }
}

fn amount(value: U256, what: &str) -> Result<u128, ChainError> {
    u128::try_from(value).map_err(|_| too_large(what))
}

fn too_large(what: &str) -> ChainError {
    ChainError::new(Code::PlanInvalid, format!("{what} is larger than the contract can keep"))
}
