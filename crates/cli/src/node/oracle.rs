//! The oracle, read through a node of the chain.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolEvent, SolValue};
use openimo_core::dispute::abi;
use serde_json::json;

use crate::chain::node::{Node, malformed};
use crate::chain::verifier::read;
use crate::failure::Failure;

/// The oracle.
pub struct Oracle {
    /// Where it is.
    pub address: Address,
    /// Its verifier.
    pub verifier: Address,
    /// Blocks that a commitment has to wait, and after which it is too old.
    ages: (u64, u64),
    /// Which model a number stands for.
    listings: BTreeMap<U256, B256>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its number.
    pub id: U256,
    /// The request.
    pub request: abi::OracleRequest,
    /// The canonical request of the model.
    pub input: Bytes,
    /// What the receiver is called with besides.
    pub callback_data: Bytes,
}

/// Where a request stands.
pub struct Standing {
    /// Whether it can be answered, or finalised.
    pub is_open: bool,
    /// Wei for the answer.
    pub reward: U256,
    /// Answers.
    pub answers: u8,
}

impl Oracle {
    /// The oracle at an address.
    ///
    /// # Errors
    /// If it is none.
    pub fn open(node: &Node, address: Address) -> Result<Self, Failure> {
        let none = |error| Failure::from(error).next("name an oracle with --oracle");
        let verifier = read(node, address, &abi::verifierCall {}).map_err(none)?;
        let least = read(node, address, &abi::minCommitAgeCall {}).map_err(none)?;
        let most = read(node, address, &abi::maxCommitAgeCall {}).map_err(none)?;
        Ok(Self { address, verifier, ages: (least.to(), most.to()), listings: BTreeMap::new() })
    }

    /// What was asked of a model in some blocks.
    ///
    /// # Errors
    /// If the node cannot be asked, or its logs do not fit each other.
    pub fn requests(&mut self, node: &Node, model_id: B256, from: u64, to: u64) -> Result<Vec<Asked>, Failure> {
        let unreadable = |_| malformed("a request that cannot be read");
        let mut asked = Vec::new();
        let topics = json!([[abi::AICallbackRequest::SIGNATURE_HASH, abi::Requested::SIGNATURE_HASH]]);
        let mut before: Option<abi::AICallbackRequest> = None;
        for log in node.logs(self.address, &topics, from, to)? {
            let topics = log.topics.iter().copied();
            if log.topics.first() == Some(&abi::AICallbackRequest::SIGNATURE_HASH) {
                before = Some(abi::AICallbackRequest::decode_raw_log(topics, &log.data).map_err(unreadable)?);
                continue;
            }
            let event = abi::Requested::decode_raw_log(topics, &log.data).map_err(unreadable)?;
            let Some(first) = before.take().filter(|first| first.requestId == event.requestId) else {
                return Err(malformed("a request without its bytes").into());
            };
            let fits = keccak256(&first.input) == event.request.inputHash
                && keccak256(&first.callbackData) == event.request.callbackHash;
            if !fits {
                return Err(malformed("a request with other bytes than its digests have").into());
            }
            if self.model(node, event.request.modelId)? == model_id {
                let (id, request) = (event.requestId, event.request);
                asked.push(Asked { id, request, input: first.input, callback_data: first.callbackData });
            }
        }
        Ok(asked)
    }

    /// Where a request stands.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn standing(&self, node: &Node, asked: &Asked) -> Result<Standing, Failure> {
        let kept = read(node, self.address, &abi::keptCall { requestId: asked.id })?;
        let is_open = kept.status == 1 && kept.digest == keccak256(asked.request.abi_encode());
        Ok(Standing { is_open, reward: U256::from(kept.reward), answers: kept.answers })
    }

    /// The place of an assertion among the answers of a request.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn place(&self, node: &Node, asked: &Asked, answers: u8, assertion: B256) -> Result<Option<U256>, Failure> {
        for index in (0..answers).map(U256::from) {
            if read(node, self.address, &abi::answerOfCall { requestId: asked.id, index })? == assertion {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// Whether an account has given one of the answers of a request.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn has_answered(&self, node: &Node, asked: &Asked, answers: u8, account: Address) -> Result<bool, Failure> {
        for index in (0..answers).map(U256::from) {
            let assertion = read(node, self.address, &abi::answerOfCall { requestId: asked.id, index })?;
            if read(node, self.verifier, &abi::stakeOfCall { assertion })?.asserter == account {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How a commitment stands: none, too young, or ready.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn is_committed(&self, node: &Node, minter: Address, commitment: B256) -> Result<Option<bool>, Failure> {
        let at: u64 = read(node, self.address, &abi::committedAtCall { minter, commitment })?.saturating_to();
        // A call made now is in the next block at the earliest.
        let next = node.newest()?.number + 1;
        let (least, most) = self.ages;
        if at == 0 || next > at + most {
            return Ok(None);
        }
        Ok(Some(next >= at + least))
    }

    /// What an account can withdraw.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn credit(&self, node: &Node, account: Address) -> Result<U256, Failure> {
        Ok(read(node, self.address, &abi::balanceOfCall { account })?)
    }

    fn model(&mut self, node: &Node, number: U256) -> Result<B256, Failure> {
        if let Some(model_id) = self.listings.get(&number) {
            return Ok(*model_id);
        }
        let model_id = read(node, self.address, &abi::listingOfCall { modelId: number })?.modelId;
        self.listings.insert(number, model_id);
        Ok(model_id)
    }
}

/// An answerer's commitment to an assertion, as the oracle computes it. Computed here: whoever is asked for it would know the answer.
pub fn commitment(chain_id: u64, oracle: Address, answerer: Address, request: U256, assertion: B256, salt: B256) -> B256 {
    let domain = keccak256("openimo/commitment/1");
    keccak256((domain, U256::from(chain_id), oracle, answerer, B256::from(request), assertion, salt).abi_encode())
}
