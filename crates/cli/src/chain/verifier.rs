//! The optimistic verifier, read through a node.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::dispute::abi;
use openimo_core::model::file::Manifest;
use openimo_core::trace::step::program::program;
use serde::Deserialize;
use serde_json::{Value, json};

use super::node::{Block, Node, malformed, small};
use crate::failure::Failure;

/// Blocks that are asked for at once.
const BLOCKS: u64 = 1_000;

/// The verifier.
pub struct Verifier {
    /// The node.
    pub node: Node,
    /// Where it is.
    pub address: Address,
    /// What the referee knows of the model.
    pub program: Bytes,
    referee: Address,
    model_id: B256,
    bond: U256,
    fee: U256,
}

/// An assertion.
pub struct Asserted {
    /// Its number.
    pub number: B256,
    /// The block of its event.
    pub block: u64,
    /// Whose it is.
    pub asserter: Address,
    /// What is asserted.
    pub run: abi::Run,
}

/// Where an assertion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It can be challenged.
    Asserted,
    /// It can be refuted by a challenge that is open, or at once while one is.
    Challenged,
    /// It was refuted.
    Refuted,
    /// It is final, or beyond every challenge.
    Other,
    /// There is none, or none any more.
    Gone,
}

/// What happened in a challenge.
pub enum Event {
    /// A part was challenged.
    Challenged(abi::Place),
    /// Its tensors were revealed.
    Revealed(abi::Part, Bytes),
    /// A step was asked for.
    Asked([u8; 13]),
    /// It was shown.
    Defended(Bytes),
}

/// A log.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// Its kind and indexed values.
    pub topics: Vec<B256>,
    /// Its other values.
    pub data: Bytes,
    block_number: Value,
}

impl Verifier {
    /// The verifier at an address; the model must be known to it.
    ///
    /// # Errors
    /// If it is none, or does not know the model.
    pub fn open(node: Node, address: Address, manifest: &Manifest, model_id: B256) -> Result<Self, Failure> {
        let program = Bytes::from(program(manifest));
        let none = |error: ChainError| Failure::from(error).next("name an optimistic verifier with --verifier");
        let programs = read(&node, address, &abi::programsCall {}).map_err(none)?;
        let referee = read(&node, address, &abi::refereeCall {}).map_err(none)?;
        let bond = read(&node, address, &abi::challengeBondCall {}).map_err(none)?;
        let fee = read(&node, address, &abi::questionFeeCall {}).map_err(none)?;
        if read(&node, programs, &abi::programHashOfCall { modelId: model_id })? != keccak256(&program) {
            let message = format!("the verifier does not know model {model_id}");
            return Err(Failure::new(message).next("nothing can be asserted of it there; name another verifier or model"));
        }
        Ok(Self { node, address, program, referee, model_id, bond, fee })
    }

    /// Wei that a challenge puts at stake.
    pub fn stake(&self) -> U256 {
        self.bond.saturating_add(self.fee)
    }

    /// Wei of a question.
    pub const fn fee(&self) -> U256 {
        self.fee
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
        let mut found = Vec::new();
        for log in self.logs(&topics, from, to)? {
            let event = abi::Asserted::decode_raw_log(log.topics.iter().copied(), &log.data);
            let event = event.map_err(|_| malformed("an assertion that cannot be read"))?;
            let block = small(&log.block_number)?;
            found.push(Asserted { number: event.assertion, block, asserter: event.asserter, run: event.run });
        }
        Ok(found)
    }

    /// The challenges of an assertion since a block, of one account or of all, oldest first.
    ///
    /// # Errors
    /// As [`Verifier::assertions`].
    pub fn challenges(&self, assertion: B256, by: Option<Address>, from: u64) -> Result<Vec<U256>, Failure> {
        let topics = json!([abi::Challenged::SIGNATURE_HASH, null, assertion, by.map(|by| by.into_word())]);
        let mut ids: Vec<U256> = Vec::new();
        for log in self.logs(&topics, from, self.newest()?.number)? {
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
        let kinds = [
            abi::Challenged::SIGNATURE_HASH,
            abi::Revealed::SIGNATURE_HASH,
            abi::Asked::SIGNATURE_HASH,
            abi::Defended::SIGNATURE_HASH,
        ];
        let topics = json!([kinds, B256::from(id)]);
        let unreadable = |_| malformed("an event of a challenge that cannot be read");
        let mut events = Vec::new();
        for log in self.logs(&topics, from, self.newest()?.number)? {
            let (topics, data) = (log.topics.iter().copied(), &log.data);
            events.push(match log.topics.first() {
                Some(kind) if *kind == kinds[0] => {
                    Event::Challenged(abi::Challenged::decode_raw_log(topics, data).map_err(unreadable)?.place)
                }
                Some(kind) if *kind == kinds[1] => {
                    let event = abi::Revealed::decode_raw_log(topics, data).map_err(unreadable)?;
                    Event::Revealed(event.part, event.siblings)
                }
                Some(kind) if *kind == kinds[2] => {
                    Event::Asked(abi::Asked::decode_raw_log(topics, data).map_err(unreadable)?.step.0)
                }
                _ => Event::Defended(abi::Defended::decode_raw_log(topics, data).map_err(unreadable)?.witness),
            });
        }
        Ok(events)
    }

    /// Where an assertion stands at a time.
    ///
    /// # Errors
    /// If the node cannot be asked.
    pub fn status(&self, assertion: B256, now: u64) -> Result<Status, Failure> {
        let stake = read(&self.node, self.address, &abi::stakeOfCall { assertion })?;
        Ok(match stake.status {
            1 if now < stake.deadline.to::<u64>() => Status::Asserted,
            1 if stake.open > 0 => Status::Challenged,
            2 => Status::Refuted,
            0 => Status::Gone,
            _ => Status::Other,
        })
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
        Ok(read(&self.node, self.referee, &call)?)
    }

    fn logs(&self, topics: &Value, from: u64, to: u64) -> Result<Vec<Log>, ChainError> {
        logs(&self.node, self.address, topics, from, to)
    }
}

/// Logs of a contract in some blocks. Where a node finds the answer too long, fewer blocks are asked for: else whoever fills blocks could hide
/// what lies in them.
///
/// # Errors
/// If the node cannot be asked, or gives no logs.
pub fn logs(node: &Node, address: Address, topics: &Value, from: u64, to: u64) -> Result<Vec<Log>, ChainError> {
    let (mut found, mut start, mut blocks) = (Vec::new(), from, BLOCKS);
    while start <= to {
        let end = to.min(start + blocks - 1);
        let (first, last) = (format!("{start:#x}"), format!("{end:#x}"));
        let filter = json!([{ "address": address, "topics": topics, "fromBlock": first, "toBlock": last }]);
        match node.ask_long("eth_getLogs", filter) {
            Ok(answer) => {
                let some: Vec<Log> = serde_json::from_value(answer).map_err(|_| malformed("logs with missing parts"))?;
                found.extend(some);
                start = end + 1;
            }
            Err(error) if end > start && matches!(error.code, Code::RpcTooLong | Code::RpcRefused | Code::RpcTimeout) => {
                blocks = (end - start).div_ceil(2);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
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
