//! The optimistic verifier, read through a node.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::read::View;
use openimo_core::dispute::abi;
use openimo_core::dispute::look::{Asserted, Event, Look, Terms, status};
use openimo_core::model::file::Manifest;
use openimo_core::trace::step::program::program;
use serde_json::json;

use super::node::{Block, Node, malformed};
use crate::failure::Failure;

/// The verifier.
pub struct Verifier {
    /// The node.
    pub node: Node,
    /// Where it is.
    pub address: Address,
    /// What the referee knows of the model.
    pub program: Bytes,
    /// What its contract fixes.
    pub terms: Terms,
    model_id: B256,
}

impl Verifier {
    /// The verifier at an address; the model must be known to it.
    ///
    /// # Errors
    /// If it is none, or does not know the model.
    pub fn open(node: Node, address: Address, manifest: &Manifest, model_id: B256) -> Result<Self, Failure> {
        let program = Bytes::from(program(manifest));
        let view = View::Terms { verifier: address, model_id };
        let (terms, _) = node
            .view::<Terms>(&view)
            .map_err(|error| Failure::from(error).next("name an optimistic verifier with --verifier"))?;
        if terms.program_hash != keccak256(&program) {
            let message = format!("the verifier does not know model {model_id}");
            return Err(Failure::new(message).next("nothing can be asserted of it there; name another verifier or model"));
        }
        Ok(Self { node, address, program, terms, model_id })
    }

    /// The chain.
    pub const fn chain_id(&self) -> u64 {
        self.node.chain_id
    }

    /// The newest block.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn newest(&self) -> Result<Block, Failure> {
        Ok(self.node.newest()?)
    }

    /// What was asserted of the model in some blocks. What cannot be read is no assertion of this contract.
    ///
    /// # Errors
    /// If the node cannot be asked, or gives no logs.
    pub fn assertions(&self, from: u64, to: u64) -> Result<Vec<Asserted>, Failure> {
        let topics = json!([abi::Asserted::SIGNATURE_HASH, null, self.model_id]);
        let logs = self.node.logs(self.address, &topics, from, to)?;
        let read = |log| Asserted::of(log).ok_or_else(|| malformed("an assertion that cannot be read").into());
        logs.iter().map(read).collect()
    }

    /// An assertion as an account sees it that may challenge it, and the block of that; `from` is a block before the first challenge.
    ///
    /// # Errors
    /// If the node cannot be asked, or what it says cannot be believed.
    pub fn look(&self, assertion: B256, account: Address, from: u64) -> Result<(Look, Block), Failure> {
        let view = View::Dispute { verifier: self.address, assertion, account, from_block: from };
        Ok(self.node.view(&view)?)
    }

    /// The challenges of an assertion since a block, oldest first.
    ///
    /// # Errors
    /// As [`Verifier::assertions`].
    pub fn challenges(&self, assertion: B256, from: u64) -> Result<Vec<U256>, Failure> {
        let topics = json!([abi::Challenged::SIGNATURE_HASH, null, assertion]);
        let mut ids: Vec<U256> = Vec::new();
        for log in self.node.logs(self.address, &topics, from, self.newest()?.number)? {
            let id = log.topics.get(1).map(|id| U256::from_be_bytes(id.0)).ok_or_else(|| malformed("a log without topics"))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// What happened in a challenge, in order.
    ///
    /// # Errors
    /// As [`Verifier::assertions`].
    pub fn events(&self, id: U256, from: u64) -> Result<Vec<Event>, Failure> {
        let topics = json!([Event::KINDS, B256::from(id)]);
        let logs = self.node.logs(self.address, &topics, from, self.newest()?.number)?;
        let read = |log| Event::of(log).ok_or_else(|| malformed("an event of a challenge that cannot be read").into());
        logs.iter().map(read).collect()
    }

    /// Whether an assertion can be refuted at a time: it is in its window, or a challenge of it is open.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn is_open(&self, assertion: B256, now: u64) -> Result<bool, Failure> {
        let stake = read(&self.node, self.address, &abi::stakeOfCall { assertion })?;
        Ok(stake.status == status::ASSERTED && (now < stake.deadline.to::<u64>() || stake.open > 0))
    }

    /// A challenge.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn challenge(&self, id: U256) -> Result<abi::Challenge, Failure> {
        Ok(read(&self.node, self.address, &abi::challengeOfCall { id })?)
    }

    /// What an account can withdraw.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn credit(&self, account: Address) -> Result<U256, Failure> {
        Ok(read(&self.node, self.address, &abi::balanceOfCall { account })?)
    }

    /// Whether a step holds, by the referee that decides.
    ///
    /// # Errors
    /// If the node cannot be asked, or the referee does not take the witness.
    pub fn holds(&self, part: &abi::Part, witness: &[u8]) -> Result<bool, Failure> {
        let call = abi::holdsCall { program: self.program.clone(), part: part.clone(), witness: witness.to_vec().into() };
        Ok(read(&self.node, self.terms.referee, &call)?)
    }
}

/// What a contract answers.
///
/// # Errors
/// If the node cannot be asked, or there is no such contract.
pub fn read<C: SolCall>(node: &Node, to: Address, call: &C) -> Result<C::Return, ChainError> {
    let data = Bytes::from(call.abi_encode());
    let answer = node.ask("eth_call", json!([{ "to": to, "data": data }, "latest"]))?;
    let answer: Bytes = serde_json::from_value(answer).map_err(|_| malformed("an answer that is no bytes"))?;
    C::abi_decode_returns(&answer)
        .map_err(|_| ChainError::new(Code::RpcNoContract, format!("{to} does not answer {} as it should", C::SIGNATURE)))
}
