//! A collection, as somebody sees it who wants to mint a content in it.

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use super::super::abi::aigc::AigcToken;
use super::super::abi::bonded::BondedAssertionVerifier;
use super::super::book::{Entry, Kind};
use super::super::code;
use super::asker::{Asker, Stop, inconsistent};
use super::content::Judge;

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionView {
    /// The collection.
    pub collection: Address,
    /// Whether its code is the audited contract's.
    pub known: bool,
    /// Its model.
    pub model_id: B256,
    /// The judge of content.
    pub verifier: Address,
    /// Where fees go.
    pub revenue_token: Address,
    /// Wei for a mint.
    pub mint_fee: U256,
    /// Least number of blocks between commit and mint.
    pub min_commit_age: u64,
    /// Blocks after which a commitment has expired.
    pub max_commit_age: u64,
    /// The owner of the request's token, where it was minted.
    pub owner: Option<Address>,
    /// Whether the judge takes the content, asked without a proof.
    pub accepted: bool,
    /// Of a judge that is the audited `BondedAssertionVerifier`: what it asks for and what it has.
    pub assertion: Option<Assertion>,
    /// The contracts, for the book.
    pub entries: Vec<Entry>,
}

/// What a bonded verifier has about the request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    /// Wei of a bond.
    pub bond: U256,
    /// Whether another content, or one that is disputed, stands there: then nothing can be asserted.
    pub taken: bool,
    /// Whether disputes are decided by a named account.
    pub stand_in: bool,
}

pub(super) fn read(
    asker: &mut Asker<'_>,
    collection: Address,
    request_hash: B256,
    content_hash: B256,
    minter: Address,
) -> Result<CollectionView, Stop> {
    let code = asker.code(collection);
    let model_id = asker.call(collection, AigcToken::modelIdCall {});
    let verifier = asker.call(collection, AigcToken::verifierCall {});
    let revenue_token = asker.call(collection, AigcToken::revenueTokenCall {});
    let mint_fee = asker.call(collection, AigcToken::mintFeeCall {});
    let least = asker.call(collection, AigcToken::minCommitAgeCall {});
    let most = asker.call(collection, AigcToken::maxCommitAgeCall {});
    let owner = asker.try_call(collection, AigcToken::ownerOfCall { tokenId: request_hash.into() });
    let (code, model_id, verifier) = (code?, model_id?, verifier?);
    let (least, most) = (least?.to::<u64>(), most?.to::<u64>());
    if least == 0 || least >= most {
        return Err(inconsistent("the ages of commitments are none that a collection can have"));
    }

    let judge = asker.code(verifier);
    let claim = Judge::Claim { modelId: model_id, requestHash: request_hash, contentHash: content_hash, minter };
    let accepted = asker.try_call(verifier, Judge::acceptsCall { claim, proof: Default::default() });
    let is_bonded = code::facts("BondedAssertionVerifier", &judge?).known;
    let assertion = if is_bonded { Some(assertion(asker, verifier, model_id, request_hash, content_hash)?) } else { None };

    let entry = |address, kind| Entry { address, kind, symbol: String::new(), decimals: 0, currency: Address::ZERO };
    let mut entries = vec![entry(collection, Kind::Collection)];
    entries.extend(is_bonded.then(|| entry(verifier, Kind::Verifier)));
    Ok(CollectionView {
        collection,
        known: code::facts("AigcToken", &code).known,
        model_id,
        verifier,
        revenue_token: revenue_token?,
        mint_fee: mint_fee?,
        min_commit_age: least,
        max_commit_age: most,
        owner: owner?,
        accepted: accepted?.unwrap_or(false),
        assertion,
        entries,
    })
}

fn assertion(
    asker: &mut Asker<'_>,
    verifier: Address,
    model_id: B256,
    request_hash: B256,
    content_hash: B256,
) -> Result<Assertion, Stop> {
    let bond = asker.call(verifier, BondedAssertionVerifier::bondCall {});
    let stand_in = asker.call(verifier, BondedAssertionVerifier::IS_STAND_INCall {});
    let of = BondedAssertionVerifier::assertionOfCall { modelId: model_id, requestHash: request_hash };
    let found = asker.call(verifier, of)?;
    let (none, challenged) = (found.status == 0, found.status == 2);
    Ok(Assertion { bond: bond?, taken: !none && (challenged || found.contentHash != content_hash), stand_in: stand_in? })
}
