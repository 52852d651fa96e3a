//! A revenue token, as a holder sees it.

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use super::super::abi::revshare::RevShareToken;
use super::super::book::{Entry, Kind};
use super::asker::{Asker, Stop, inconsistent};
use super::erc20;

/// Most snapshots whose claims are listed at once.
const MOST_SNAPSHOTS: u64 = 100;
/// Most revenue tokens: the contract's own bound.
const MOST_REVENUE_TOKENS: usize = 8;

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    /// The token.
    pub token: Address,
    /// As the contract writes it.
    pub symbol: String,
    /// Places after the point.
    pub decimals: u8,
    /// The model whose revenue is shared.
    pub model_id: B256,
    /// All of it.
    pub total_supply: U256,
    /// The account's.
    pub balance: U256,
    /// Per cent of revenue that snapshots share out.
    pub percent_claimable: U256,
    /// The newest snapshot.
    pub last_snapshot_id: u64,
    /// The first block of the next one.
    pub next_snapshot_block: U256,
    /// The first snapshot of `assets[].claimable`.
    pub first_snapshot_id: u64,
    /// ETH, and every revenue token.
    pub assets: Vec<AssetView>,
    /// The contracts, for the book.
    pub entries: Vec<Entry>,
}

/// One asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetView {
    /// Zero is ETH.
    pub asset: Address,
    /// Revenue that no snapshot has seen.
    pub pending: U256,
    /// What is owed to accounts.
    pub owed: U256,
    /// What burns are paid from.
    pub pool: U256,
    /// What is kept for the account because the asset refused a payment.
    pub unpaid: U256,
    /// What the account can claim, snapshot by snapshot.
    pub claimable: Vec<U256>,
    /// Their sum: exactly what a claim of them all pays.
    pub claimable_sum: U256,
}

pub(super) fn read(asker: &mut Asker<'_>, token: Address, account: Address, from: u64) -> Result<TokenView, Stop> {
    let units = erc20::units(asker, token);
    let model_id = asker.call(token, RevShareToken::modelIdCall {});
    let supply = asker.call(token, RevShareToken::totalSupplyCall {});
    let balance = asker.call(token, RevShareToken::balanceOfCall { account });
    let percent = asker.call(token, RevShareToken::percentClaimableCall {});
    let last = asker.call(token, RevShareToken::lastSnapshotIdCall {});
    let next = asker.call(token, RevShareToken::nextSnapshotBlockCall {});
    let listed = asker.call(token, RevShareToken::revenueTokensCall {});
    let ((symbol, decimals), supply, balance, percent, listed) = (units?, supply?, balance?, percent?, listed?);
    if balance > supply {
        return Err(inconsistent("an account has more tokens than there are"));
    }
    if percent > U256::from(100) || listed.len() > MOST_REVENUE_TOKENS {
        return Err(inconsistent("the token's terms are none that it can have"));
    }
    let last = u64::try_from(last?).map_err(|_| inconsistent("there are more snapshots than blocks"))?;
    let first = if from == 0 { last.saturating_sub(MOST_SNAPSHOTS - 1).max(1) } else { from };
    let end = last.min(first.saturating_add(MOST_SNAPSHOTS - 1));
    let count = (end + 1).saturating_sub(first) as usize;

    let mut entries = vec![entry(token, Kind::Token, symbol.clone(), decimals)];
    let named: Vec<_> = listed.iter().map(|&asset| (asset, erc20::units(asker, asset))).collect();
    let assets: Vec<Address> = std::iter::once(Address::ZERO).chain(listed.iter().copied()).collect();
    let claims = asker.call(
        token,
        RevShareToken::previewClaimCall { account, firstId: U256::from(first), lastId: U256::from(end), assets: assets.clone() },
    );
    let facts: Vec<_> = assets
        .iter()
        .map(|&asset| {
            let pending = asker.call(token, RevShareToken::pendingRevenueCall { asset });
            let ledger = asker.call(token, RevShareToken::ledgerCall { asset });
            let unpaid = asker.call(token, RevShareToken::unpaidCall { account, asset });
            (pending, ledger, unpaid)
        })
        .collect();
    for (asset, units) in named {
        let (symbol, decimals) = units?;
        entries.push(entry(asset, Kind::Erc20, symbol, decimals));
    }
    let claims = claims?;
    if claims.len() != assets.len() || (count > 0 && claims.iter().any(|claims| claims.len() != count)) {
        return Err(inconsistent("the claims are not those of the snapshots that were asked for"));
    }
    let mut views = Vec::new();
    for ((asset, claimable), (pending, ledger, unpaid)) in assets.into_iter().zip(claims).zip(facts) {
        let (ledger, unpaid) = (ledger?, unpaid?);
        let sum = claimable.iter().try_fold(U256::ZERO, |sum, claim| sum.checked_add(*claim));
        let (owed, pool) = (U256::from(ledger.owed), U256::from(ledger.pool));
        let claimable_sum = sum.filter(|sum| sum.checked_add(unpaid).is_some_and(|all| all <= owed));
        let claimable_sum = claimable_sum.ok_or_else(|| inconsistent("an account can claim more than is owed to all"))?;
        views.push(AssetView { asset, pending: pending?, owed, pool, unpaid, claimable, claimable_sum });
    }
    Ok(TokenView {
        token,
        symbol,
        decimals,
        model_id: model_id?,
        total_supply: supply,
        balance,
        percent_claimable: percent,
        last_snapshot_id: last,
        next_snapshot_block: next?,
        first_snapshot_id: first,
        assets: views,
        entries,
    })
}

fn entry(address: Address, kind: Kind, symbol: String, decimals: u8) -> Entry {
    Entry { address, kind, symbol, decimals, currency: Address::ZERO }
}
