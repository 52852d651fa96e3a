//! What a token's snapshots shared out, and what of it is a holder's.

use alloy_primitives::{Address, U256};
use serde::Serialize;

use super::super::abi::revshare::RevShareToken;
use super::asker::{Asker, Stop, inconsistent};
use crate::revshare;

/// Most snapshots at once: each needs some queries for every asset.
const MOST_SNAPSHOTS: u64 = 24;
/// Most assets: ETH and the contract's own bound of revenue tokens.
const MOST_ASSETS: usize = 9;

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryView {
    /// The token.
    pub token: Address,
    /// Zero is ETH; then every revenue token.
    pub assets: Vec<Address>,
    /// From the oldest that was asked for to the newest.
    pub snapshots: Vec<SnapshotView>,
}

/// One snapshot.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotView {
    /// Counted from 1.
    pub id: u64,
    /// Whose balances count.
    pub block: u64,
    /// In the order of the view's assets.
    pub shares: Vec<ShareView>,
}

/// What a snapshot shared out of one asset.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareView {
    /// For all holders.
    pub holders: U256,
    /// For the account. What it is paid can be one smallest unit more, of what earlier divisions left over.
    pub account: U256,
    /// Whether the account was paid.
    pub claimed: bool,
}

pub(super) fn read(asker: &mut Asker<'_>, token: Address, account: Address) -> Result<HistoryView, Stop> {
    let (last, listed) =
        (asker.call(token, RevShareToken::lastSnapshotIdCall {}), asker.call(token, RevShareToken::revenueTokensCall {}));
    let (last, listed) = (last?, listed?);
    let last = u64::try_from(last).map_err(|_| inconsistent("there are more snapshots than blocks"))?;
    let assets: Vec<Address> = std::iter::once(Address::ZERO).chain(listed).collect();
    if assets.len() > MOST_ASSETS {
        return Err(inconsistent("the token's terms are none that it can have"));
    }
    let first = last.saturating_sub(MOST_SNAPSHOTS - 1).max(1);
    let asked: Vec<_> = (first..=last)
        .map(|id| {
            let number = U256::from(id);
            let block = asker.call(token, RevShareToken::snapshotBlockCall { snapshotId: number });
            let of = |asker: &mut Asker<'_>, &asset: &Address| {
                let per_share = asker.call(token, RevShareToken::perShareCall { snapshotId: number, asset });
                (per_share, asker.call(token, RevShareToken::isClaimedCall { account, snapshotId: number, asset }))
            };
            (id, block, assets.iter().map(|asset| of(asker, asset)).collect::<Vec<_>>())
        })
        .collect();
    let mut rows = Vec::new();
    for (id, block, shares) in asked {
        let block_number = block?;
        let block = u64::try_from(block_number).map_err(|_| inconsistent("a snapshot is of a block that there cannot be"))?;
        let balance = asker.call(token, RevShareToken::getPastBalanceCall { account, blockNumber: block_number });
        let supply = asker.call(token, RevShareToken::getPastTotalSupplyCall { blockNumber: block_number });
        rows.push((id, block, balance, supply, shares));
    }
    let mut snapshots: Vec<SnapshotView> = Vec::new();
    for (id, block, balance, supply, shares) in rows {
        let (balance, supply) = (balance?, supply?);
        if snapshots.last().is_some_and(|before| before.block >= block) {
            return Err(inconsistent("the snapshots are not one after the other"));
        }
        let supply = u128::try_from(supply).map_err(|_| inconsistent("there are more tokens than there can be"))?;
        let balance = u128::try_from(balance).ok().filter(|&balance| balance <= supply);
        let balance = balance.ok_or_else(|| inconsistent("an account had more tokens than there were"))?;
        let mut views = Vec::new();
        for (per_share, claimed) in shares {
            let per_share = per_share?;
            let part = |of| {
                let settled = revshare::share(per_share, of, 0);
                settled
                    .map(|settled| U256::from(settled.amount))
                    .map_err(|_| inconsistent("a snapshot shared out more than there can be"))
            };
            views.push(ShareView { holders: part(supply)?, account: part(balance)?, claimed: claimed? });
        }
        snapshots.push(SnapshotView { id, block, shares: views });
    }
    Ok(HistoryView { token, assets, snapshots })
}
