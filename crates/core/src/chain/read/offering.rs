//! An offering, as an account sees it.

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use super::super::abi::erc20::Erc20;
use super::super::abi::offering::{IModelOffering, ModelOffering};
use super::super::book::{Entry, Kind};
use super::asker::{Asker, Stop, inconsistent};
use super::erc20;

/// The terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's Terms, documented there")]
pub struct Terms {
    pub model_id: B256,
    pub currency: Address,
    pub for_sale: U256,
    pub target: U256,
    pub cap: U256,
    pub account_cap: U256,
    pub start: u64,
    pub end: u64,
    pub shares: [Share; 3],
}

/// The share of team, treasury or liquidity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the contract's Share, documented there")]
pub struct Share {
    pub wallet: Address,
    pub beneficiary: Address,
    pub tokens: U256,
    pub proceeds_bps: u16,
    pub cliff: u64,
    pub duration: u64,
}

/// Where an offering stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Deposits have not begun.
    Pending,
    /// Deposits are taken.
    Open,
    /// It ended with the target or more.
    Succeeded,
    /// It ended with less.
    Failed,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferingView {
    /// The offering.
    pub offering: Address,
    /// The token that is sold.
    pub token: Address,
    /// What is fixed.
    pub terms: Terms,
    /// Where it stands.
    pub phase: Phase,
    /// Whether the outcome is booked.
    pub finalized: bool,
    /// All deposits.
    pub raised: U256,
    /// The account's.
    pub deposited: U256,
    /// Tokens for it, as things are.
    pub allocation: U256,
    /// Currency back, as things are.
    pub refund: U256,
    /// Whether the account was paid.
    pub settled: bool,
    /// What the account could pay with.
    pub balance: U256,
    /// What else it may deposit.
    pub room: U256,
    /// The contracts, for the book.
    pub entries: Vec<Entry>,
}

/// The terms with the token.
pub(super) fn terms(asker: &mut Asker<'_>, offering: Address) -> Result<(Address, Terms), Stop> {
    let answer = asker.call(offering, ModelOffering::termsCall {})?;
    let (t, wallets) = (answer.fixedTerms, answer.wallets);
    let share = |share: &IModelOffering::Share, wallet: Address| Share {
        wallet,
        beneficiary: share.beneficiary,
        tokens: U256::from(share.tokens),
        proceeds_bps: share.proceedsBps,
        cliff: share.cliff,
        duration: share.duration,
    };
    let terms = Terms {
        model_id: t.modelId,
        currency: t.currency,
        for_sale: U256::from(t.forSale),
        target: U256::from(t.target),
        cap: U256::from(t.cap),
        account_cap: U256::from(t.accountCap),
        start: t.start,
        end: t.end,
        shares: [share(&t.team, wallets[0]), share(&t.treasury, wallets[1]), share(&t.liquidity, wallets[2])],
    };
    Ok((answer.token, terms))
}

pub(super) fn read(asker: &mut Asker<'_>, offering: Address, account: Address) -> Result<OfferingView, Stop> {
    let terms = terms(asker, offering);
    let state = asker.call(offering, ModelOffering::stateCall { account });
    let ((token, terms), state) = (terms?, state?);
    let currency = terms.currency;
    let units = erc20::units(asker, token);
    let (money, balance) = if currency == Address::ZERO {
        (Ok((String::new(), 18)), asker.balance(account))
    } else {
        (erc20::units(asker, currency), asker.call(currency, Erc20::balanceOfCall { account }))
    };
    let ((symbol, decimals), (money, places)) = (units?, money?);

    if state.deposited > state.raised || state.refund > state.deposited || state.allocation > terms.for_sale {
        return Err(inconsistent("the account's part of the offering is larger than the offering"));
    }
    if state.deposited > terms.account_cap {
        return Err(inconsistent("the account deposited more than an account can"));
    }
    let phase = match state.phase {
        0 => Phase::Pending,
        1 => Phase::Open,
        2 => Phase::Succeeded,
        3 => Phase::Failed,
        other => return Err(inconsistent(format!("an offering has no phase {other}"))),
    };
    if (phase == Phase::Succeeded && state.raised < terms.target) || (phase == Phase::Failed && state.raised >= terms.target) {
        return Err(inconsistent("the phase is not that of what was raised"));
    }
    let mut entries = vec![
        Entry { address: offering, kind: Kind::Offering, symbol: String::new(), decimals: 0, currency },
        Entry { address: token, kind: Kind::Token, symbol, decimals, currency: Address::ZERO },
    ];
    if currency != Address::ZERO {
        entries.push(Entry { address: currency, kind: Kind::Erc20, symbol: money, decimals: places, currency: Address::ZERO });
    }
    let vesting = |share: &Share| Entry {
        address: share.wallet,
        kind: Kind::Vesting,
        symbol: String::new(),
        decimals: 0,
        currency: Address::ZERO,
    };
    entries.extend(terms.shares.iter().map(vesting));
    Ok(OfferingView {
        offering,
        token,
        phase,
        finalized: state.finalized,
        raised: state.raised,
        deposited: state.deposited,
        allocation: state.allocation,
        refund: state.refund,
        settled: state.settled,
        balance: balance?,
        room: terms.account_cap - state.deposited,
        terms,
        entries,
    })
}
