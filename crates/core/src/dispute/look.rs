//! What a chain says of an optimistic verifier, of what is asserted there, and of somebody's challenges. Plain data that crosses from whoever
//! reads the chain to whoever runs the model; logs are decoded here, in one place.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolEvent, SolValue};
use serde::{Deserialize, Serialize};

use super::abi::{self, Part, Place, Run};

/// Whose turn it is, as the contract numbers it.
pub mod turn {
    /// Nobody's any more.
    pub const CLOSED: u8 = 0;
    /// The asserter's, to reveal a part.
    pub const REVEAL: u8 = 1;
    /// The challenger's.
    pub const CHALLENGER: u8 = 2;
    /// The asserter's, to show a step.
    pub const DEFEND: u8 = 3;
}

/// Where an assertion stands, as the contract numbers it.
pub mod status {
    /// There is none.
    pub const NONE: u8 = 0;
    /// It can be challenged within its window, and refuted while a challenge is open.
    pub const ASSERTED: u8 = 1;
    /// It was refuted.
    pub const REFUTED: u8 = 2;
}

/// A log of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Log {
    /// Whose.
    pub address: Address,
    /// Its kind and indexed values.
    pub topics: Vec<B256>,
    /// Its other values.
    pub data: Bytes,
    /// Its block.
    pub block_number: U256,
}

/// What a verifier's contract fixes, and what it knows of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Terms {
    /// The verifier.
    pub verifier: Address,
    /// Who decides whether a step holds.
    pub referee: Address,
    /// Wei of an assertion.
    pub bond: U256,
    /// Wei of a challenge, besides the fee of the first answer.
    pub challenge_bond: U256,
    /// Wei of an answer.
    pub question_fee: U256,
    /// Seconds in which an assertion can be challenged.
    pub window: U256,
    /// Seconds for a move.
    pub clock: U256,
    /// keccak256 of the model's program; zero if the model is not known there.
    pub program_hash: B256,
    /// Whether the code of the verifier and of all contracts that it rests on is that of the project's.
    pub known_code: bool,
}

impl Terms {
    /// Wei that a challenge puts at stake.
    pub fn stake(&self) -> U256 {
        self.challenge_bond.saturating_add(self.question_fee)
    }
}

/// An assertion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asserted {
    /// Its number.
    pub number: B256,
    /// The block of its event.
    pub block: U256,
    /// Whose it is.
    pub asserter: Address,
    /// keccak256 of the request.
    pub request_hash: B256,
    /// The run, as the ABI encodes it.
    pub run: Bytes,
}

/// Where an assertion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Standing {
    /// One of [`status`]; another if it is final.
    pub status: u8,
    /// The first second in which a challenge is too late.
    pub deadline: u64,
    /// Challenges that are open.
    pub open: u32,
}

/// A challenge with what happened in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Challenged {
    /// Its number.
    pub id: U256,
    /// One of [`turn`].
    pub turn: u8,
    /// The first second in which the move is late.
    pub deadline: u64,
    /// Its events, in order.
    pub events: Vec<Log>,
}

/// An assertion as somebody sees it who may challenge it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Look {
    /// Where it stands.
    pub standing: Standing,
    /// The account's challenges of it that are not closed, oldest first.
    pub challenges: Vec<Challenged>,
    /// Wei that the account can withdraw.
    pub credit: U256,
}

/// What happened in a challenge.
#[derive(Clone, Debug)]
pub enum Event {
    /// A part was challenged.
    Challenged(Place),
    /// Its tensors were revealed.
    Revealed(Part, Bytes),
    /// A step was asked for.
    Asked([u8; 13]),
    /// It was shown.
    Defended(Bytes),
}

impl Event {
    /// The kinds of these events.
    pub const KINDS: [B256; 4] = [
        abi::Challenged::SIGNATURE_HASH,
        abi::Revealed::SIGNATURE_HASH,
        abi::Asked::SIGNATURE_HASH,
        abi::Defended::SIGNATURE_HASH,
    ];

    /// The event of a log; none if it is no such event.
    pub fn of(log: &Log) -> Option<Self> {
        let (topics, data) = (log.topics.iter().copied(), &log.data);
        let kind = Self::KINDS.iter().position(|kind| log.topics.first() == Some(kind))?;
        Some(match kind {
            0 => Self::Challenged(abi::Challenged::decode_raw_log(topics, data).ok()?.place),
            1 => {
                let event = abi::Revealed::decode_raw_log(topics, data).ok()?;
                Self::Revealed(event.part, event.siblings)
            }
            2 => Self::Asked(abi::Asked::decode_raw_log(topics, data).ok()?.step.0),
            _ => Self::Defended(abi::Defended::decode_raw_log(topics, data).ok()?.witness),
        })
    }
}

impl Asserted {
    /// The assertion of a log; none if it is no such event.
    pub fn of(log: &Log) -> Option<Self> {
        let event = abi::Asserted::decode_raw_log(log.topics.iter().copied(), &log.data).ok()?;
        Some(Self {
            number: event.assertion,
            block: log.block_number,
            asserter: event.asserter,
            request_hash: event.requestHash,
            run: event.run.abi_encode().into(),
        })
    }

    /// The run; none if the bytes are no run, or the number is not that of the run.
    pub fn run(&self) -> Option<Run> {
        let run = Run::abi_decode(&self.run).ok()?;
        let claimed = super::claimed(self.asserter, &run);
        (alloy_primitives::keccak256(claimed.abi_encode()) == self.number).then_some(run)
    }
}
