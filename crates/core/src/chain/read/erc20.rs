//! An ERC-20, as somebody sees it who pays with it.

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;
use serde::{Deserialize, Serialize};

use super::super::abi::erc20::Erc20;
use super::super::permit::PermitDomain;
use super::super::units::MAX_DECIMALS;
use super::asker::{Asker, Stop, inconsistent};

sol! {
    /// EIP-5267.
    function eip712Domain() external view returns (bytes1 fields, string name, string version, uint256 chainId,
        address verifyingContract, bytes32 salt, uint256[] extensions);
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erc20View {
    /// The token.
    pub token: Address,
    /// As the contract writes it.
    pub symbol: String,
    /// Places after the point.
    pub decimals: u8,
    /// What the owner has.
    pub balance: U256,
    /// What the spender may take.
    pub allowance: U256,
    /// What permits are signed with, where the token has them and its own hash says the same.
    pub permit: Option<PermitDomain>,
}

/// Symbol and decimals, which are optional in the standard.
pub(super) fn units(asker: &mut Asker<'_>, token: Address) -> Result<(String, u8), Stop> {
    let (symbol, decimals) = (asker.try_call(token, Erc20::symbolCall {}), asker.try_call(token, Erc20::decimalsCall {}));
    let decimals = decimals?.unwrap_or(0);
    if decimals > MAX_DECIMALS {
        return Err(inconsistent(format!("a token with {decimals} decimals has no amounts that anybody can write")));
    }
    Ok((symbol?.unwrap_or_default(), decimals))
}

pub(super) fn read(
    asker: &mut Asker<'_>,
    token: Address,
    owner: Address,
    spender: Address,
    chain_id: u64,
) -> Result<Erc20View, Stop> {
    let units = units(asker, token);
    let balance = asker.call(token, Erc20::balanceOfCall { account: owner });
    let allowance = asker.call(token, Erc20::allowanceCall { owner, spender });
    let supply = asker.call(token, Erc20::totalSupplyCall {});
    let nonce = asker.try_call(token, Erc20::noncesCall { owner });
    let separator = asker.try_call(token, Erc20::DOMAIN_SEPARATORCall {});
    let domain = asker.try_call(token, eip712DomainCall {});
    let name = asker.try_call(token, Erc20::nameCall {});
    let ((symbol, decimals), balance) = (units?, balance?);
    if balance > supply? {
        return Err(inconsistent("an account has more tokens than there are"));
    }
    let (domain, name) = (domain?, name?.unwrap_or_default());
    // Tokens from before EIP-5267 use their name and, most of them, version 1; which it is, their hash tells.
    let guesses = [domain.map(|d| (d.name, d.version)), Some((name.clone(), "1".into())), Some((name, "2".into()))];
    let permit = match (nonce?, separator?) {
        (Some(nonce), Some(separator)) => guesses
            .into_iter()
            .flatten()
            .map(|(name, version)| PermitDomain { name, version, separator, nonce })
            .find(|domain| domain.holds(chain_id, token)),
        _ => None,
    };
    Ok(Erc20View { token, symbol, decimals, balance, allowance: allowance?, permit })
}
