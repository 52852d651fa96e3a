//! A token of a collection: what the chain says about the content, for a verifier who then runs the model again.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::sol;
use serde::Serialize;

use super::super::abi::aigc::AigcToken;
use super::super::error::{ChainError, Code};
use super::super::text::inert;
use super::asker::{Asker, Stop, inconsistent};
use super::facts;

sol! {
    /// The judge of content, as far as it is asked.
    interface Judge {
        struct Claim { bytes32 modelId; bytes32 requestHash; bytes32 contentHash; address minter; }
        function proofType() external view returns (string);
        function accepts(Claim claim, bytes proof) external view returns (bool);
        function isFinal(Claim claim, bytes proof) external view returns (bool);
        function IS_STAND_IN() external view returns (bool);
    }
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContentView {
    /// The collection.
    pub collection: Address,
    /// The token.
    pub token_id: U256,
    /// Whether the collection's code is that of the project's contract.
    pub known_code: bool,
    /// Its owner.
    pub owner: Address,
    /// Who claimed the prompt.
    pub minter: Address,
    /// The model of the collection.
    pub model_id: B256,
    /// The canonical request, byte for byte; keccak256 of it is the token's id.
    pub prompt: String,
    /// keccak256 of the prompt.
    pub request_hash: B256,
    /// keccak256 of the content; none where there is no content yet.
    pub content_hash: Option<B256>,
    /// The block whose `AigcContent` event has the content; 0 where there is none.
    pub content_block: U256,
    /// The judge.
    pub verifier: Address,
    /// "validity" or "fraud".
    pub proof_type: String,
    /// Whether the judge has the content as final, asked without a proof; none where it does not answer.
    pub finality: Option<bool>,
    /// Whether the judge says that it is a stand-in, not for production.
    pub stand_in: bool,
    /// Where fees go.
    pub revenue_token: Address,
    /// Whether that token names the same model.
    pub revenue_token_bound: bool,
}

pub(super) fn read(asker: &mut Asker<'_>, collection: Address, token_id: U256) -> Result<ContentView, Stop> {
    let code = facts::code_of(asker, "AigcToken", collection);
    let owner = asker.call(collection, AigcToken::ownerOfCall { tokenId: token_id });
    let model_id = asker.call(collection, AigcToken::modelIdCall {});
    let prompt = asker.call(collection, AigcToken::promptCall { id: token_id });
    let minter = asker.call(collection, AigcToken::minterOfCall { id: token_id });
    let content = asker.call(collection, AigcToken::contentOfCall { id: token_id });
    let verifier = asker.call(collection, AigcToken::verifierCall {});
    let revenue_token = asker.call(collection, AigcToken::revenueTokenCall {});
    let (model_id, prompt, minter, content) = (model_id?, prompt?, minter?, content?);
    let (verifier, revenue_token) = (verifier?, revenue_token?);
    let request_hash = keccak256(prompt.as_bytes());
    if U256::from_be_bytes(request_hash.0) != token_id {
        return Err(inconsistent("the token's id is not the hash of its prompt"));
    }
    if content.contentHash.is_zero() != content.blockNumber.is_zero() {
        return Err(inconsistent("there is content without a block, or a block without content"));
    }
    let claim = Judge::Claim { modelId: model_id, requestHash: request_hash, contentHash: content.contentHash, minter };
    let proof_type = asker.try_call(verifier, Judge::proofTypeCall {});
    let finality = asker.try_call(verifier, Judge::isFinalCall { claim, proof: Default::default() });
    let stand_in = asker.try_call(verifier, Judge::IS_STAND_INCall {});
    let bound = asker.try_call(revenue_token, AigcToken::modelIdCall {});
    let content_hash = (!content.contentHash.is_zero()).then_some(content.contentHash);
    Ok(ContentView {
        collection,
        token_id,
        known_code: code?.known,
        owner: owner?,
        minter,
        model_id,
        prompt,
        request_hash,
        content_hash,
        content_block: content.blockNumber,
        verifier,
        proof_type: inert(&proof_type?.unwrap_or_default(), 32),
        finality: if content_hash.is_some() { finality? } else { None },
        stand_in: stand_in?.unwrap_or(false),
        revenue_token,
        revenue_token_bound: bound? == Some(model_id),
    })
}

/// The content in the `AigcContent` event that the collection points to.
///
/// # Errors
/// If the log is not such an event, or its bytes have another hash than the chain keeps.
pub fn content_of_log(expected: B256, data: &str) -> Result<Vec<u8>, ChainError> {
    let malformed = |message: &str| ChainError::new(Code::RpcMalformed, message);
    if data.len() > 2 + 2 * (256 << 10) {
        return Err(ChainError::new(Code::RpcTooLong, "the event is longer than any transaction"));
    }
    let bytes = alloy_primitives::hex::decode(data).map_err(|_| malformed("the event's data is no hex"))?;
    let (content,) = <(alloy_sol_types::sol_data::Bytes,) as alloy_sol_types::SolType>::abi_decode_params(&bytes)
        .map_err(|_| malformed("the event's data is no content"))?;
    if keccak256(&content) != expected {
        return Err(ChainError::new(Code::RpcInconsistent, "the content in the event has another hash than the chain keeps"));
    }
    Ok(content.to_vec())
}
