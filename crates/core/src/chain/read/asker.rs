//! Queries, and answers that are checked before anything is made of them.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::error::{ChainError, Code};
use super::super::revert;
use crate::dispute::look::Log;

/// Longest answer to a query, characters: a contract's code, or a prompt, and some more.
pub const MAX_ANSWER: usize = 2 + 2 * (64 << 10);

/// A question for a node, about one block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Query {
    /// `eth_call`.
    Call {
        /// The contract.
        to: Address,
        /// Calldata.
        data: Bytes,
    },
    /// `eth_getCode`.
    Code {
        /// Of whom.
        address: Address,
    },
    /// `eth_getBalance`.
    Balance {
        /// Of whom.
        address: Address,
    },
    /// `eth_getStorageAt`.
    Storage {
        /// Of whom.
        address: Address,
        /// Which word.
        slot: B256,
    },
    /// `eth_getLogs`, up to the block. Where a node finds the answer too long, fewer blocks are asked for at a time: else whoever fills
    /// blocks could hide what lies in them.
    Logs {
        /// Whose.
        address: Address,
        /// For each topic those that are wanted; all where none is named.
        topics: Vec<Vec<B256>>,
        /// The first block.
        from_block: u64,
    },
}

/// What a node said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The result.
    Result(String),
    /// The contract refused, with this data.
    Reverted(String),
    /// The logs.
    Logs(Vec<Log>),
}

/// Why a view has no result.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    /// Answers are missing.
    Pending,
    /// It cannot be read.
    Failed(ChainError),
}

impl From<ChainError> for Stop {
    fn from(error: ChainError) -> Self {
        Self::Failed(error)
    }
}

/// Gives a view its answers in the order in which it asks.
pub(super) struct Asker<'a> {
    answers: &'a [Answer],
    next: usize,
    asked: Vec<Query>,
}

impl<'a> Asker<'a> {
    pub fn new(answers: &'a [Answer]) -> Self {
        Self { answers, next: 0, asked: Vec::new() }
    }

    pub fn asked(&self) -> &[Query] {
        &self.asked
    }

    pub fn into_asked(self) -> Vec<Query> {
        self.asked
    }

    /// Logs of a contract, in order.
    pub fn logs(&mut self, address: Address, topics: Vec<Vec<B256>>, from_block: u64) -> Result<&'a [Log], Stop> {
        let asked = |log: &Log| {
            let wanted = |(index, some): (usize, &Vec<B256>)| {
                some.is_empty() || log.topics.get(index).is_some_and(|topic| some.contains(topic))
            };
            log.address == address && log.block_number >= U256::from(from_block) && topics.iter().enumerate().all(wanted)
        };
        match self.ask(|| Query::Logs { address, topics: topics.clone(), from_block })? {
            Answer::Logs(logs) if !logs.is_sorted_by_key(|log| log.block_number) => {
                Err(malformed("has logs out of order").into())
            }
            Answer::Logs(logs) if logs.iter().all(asked) => Ok(logs),
            Answer::Logs(_) => Err(malformed("has logs that were not asked for").into()),
            _ => Err(malformed("is no list of logs").into()),
        }
    }

    fn ask(&mut self, query: impl FnOnce() -> Query) -> Result<&'a Answer, Stop> {
        self.next += 1;
        self.answers.get(self.next - 1).ok_or_else(|| {
            self.asked.push(query());
            Stop::Pending
        })
    }

    /// What a contract answers.
    pub fn call<C: SolCall>(&mut self, to: Address, call: C) -> Result<C::Return, Stop> {
        match self.ask(|| Query::Call { to, data: call.abi_encode().into() })? {
            Answer::Result(text) => decode::<C>(to, text),
            Answer::Reverted(data) => {
                let reason = revert::reason(&hex(data, MAX_ANSWER)?);
                let message = format!("{} refuses {}: {reason}", to.to_checksum(None), C::SIGNATURE);
                Err(Stop::Failed(ChainError::new(Code::RpcReverted, message)))
            }
            Answer::Logs(_) => Err(malformed("is a list of logs").into()),
        }
    }

    /// The same of a contract that may not know the call: then nothing.
    pub fn try_call<C: SolCall>(&mut self, to: Address, call: C) -> Result<Option<C::Return>, Stop> {
        match self.ask(|| Query::Call { to, data: call.abi_encode().into() })? {
            Answer::Result(text) => {
                hex(text, MAX_ANSWER)?;
                Ok(decode::<C>(to, text).ok())
            }
            Answer::Reverted(_) => Ok(None),
            Answer::Logs(_) => Err(malformed("is a list of logs").into()),
        }
    }

    /// The code at an address.
    pub fn code(&mut self, address: Address) -> Result<Bytes, Stop> {
        let answer = result(self.ask(|| Query::Code { address })?)?;
        Ok(hex(answer, MAX_ANSWER)?.into())
    }

    /// The balance in wei.
    pub fn balance(&mut self, address: Address) -> Result<U256, Stop> {
        quantity(result(self.ask(|| Query::Balance { address })?)?)
    }

    /// A word of storage.
    pub fn storage(&mut self, address: Address, slot: B256) -> Result<U256, Stop> {
        let text = result(self.ask(|| Query::Storage { address, slot })?)?;
        // Nodes differ in whether they write leading zeros.
        let digits = text.strip_prefix("0x").unwrap_or("x");
        U256::from_str_radix(if digits.is_empty() { "0" } else { digits }, 16)
            .ok()
            .filter(|_| digits.len() <= 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .ok_or_else(|| malformed("is no word").into())
    }
}

fn result(answer: &Answer) -> Result<&str, Stop> {
    match answer {
        Answer::Result(text) => Ok(text),
        _ => Err(malformed("is that of a contract, which was not called, or a list").into()),
    }
}

fn decode<C: SolCall>(to: Address, text: &str) -> Result<C::Return, Stop> {
    let bytes = hex(text, MAX_ANSWER)?;
    if bytes.is_empty() {
        let message = format!("there is no contract at {} that knows {}", to.to_checksum(None), C::SIGNATURE);
        return Err(ChainError::new(Code::RpcNoContract, message).into());
    }
    C::abi_decode_returns_validate(&bytes).map_err(|error| {
        let details = json!({ "contract": to, "call": C::SIGNATURE, "error": error.to_string() });
        malformed(&format!("to {} does not decode", C::SIGNATURE)).with(details).into()
    })
}

/// Bytes from `0x` and an even number of digits.
fn hex(text: &str, most: usize) -> Result<Vec<u8>, ChainError> {
    if text.len() > most {
        let details = json!({ "characters": text.len(), "most": most });
        return Err(ChainError::new(Code::RpcTooLong, "the node's answer is longer than any right one").with(details));
    }
    let digits = text.strip_prefix("0x").ok_or_else(|| malformed("does not start with 0x"))?;
    alloy_primitives::hex::decode(digits).map_err(|_| malformed("is no hex"))
}

/// A number: `0x` and 1 to 64 digits.
fn quantity(text: &str) -> Result<U256, Stop> {
    let digits = text.strip_prefix("0x").filter(|digits| (1..=64).contains(&digits.len()));
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digits.and_then(|digits| U256::from_str_radix(digits, 16).ok()).ok_or_else(|| malformed("is no number").into())
}

fn malformed(what: &str) -> ChainError {
    ChainError::new(Code::RpcMalformed, format!("the node's answer {what}"))
}

/// The node contradicts itself.
pub(super) fn inconsistent(what: impl Into<String>) -> Stop {
    ChainError::new(Code::RpcInconsistent, what).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::abi::offering::ModelOffering::termsCall;
    use super::super::super::abi::revshare::RevShareToken::previewClaimCall;
    use super::*;

    fn of(text: &str) -> Result<U256, Stop> {
        Asker::new(&[Answer::Result(text.into())]).balance(Address::ZERO)
    }

    #[test]
    fn numbers_are_read_strictly() {
        assert_eq!(of("0x10"), Ok(U256::from(16)));
        let over = format!("0x{}", "1".repeat(65));
        for text in ["", "0x", "10", "0x+1", "0x1_0", "0X10", "0xg", &over, "null"] {
            assert!(matches!(of(text), Err(Stop::Failed(error)) if error.code == Code::RpcMalformed), "{text:?}");
        }
    }

    #[test]
    fn too_long_is_not_decoded() {
        let answers = [Answer::Result(format!("0x{}", "0".repeat(MAX_ANSWER)))];
        let read = Asker::new(&answers).code(Address::ZERO);
        assert!(matches!(read, Err(Stop::Failed(error)) if error.code == Code::RpcTooLong));
    }

    #[test]
    fn no_contract_and_a_refusal_are_told_apart() {
        let call = || termsCall {};
        let read = |answer| Asker::new(&[answer]).call(Address::ZERO, call()).map(|_| ());
        assert!(matches!(read(Answer::Result("0x".into())), Err(Stop::Failed(e)) if e.code == Code::RpcNoContract));
        assert!(matches!(read(Answer::Reverted("0x".into())), Err(Stop::Failed(e)) if e.code == Code::RpcReverted));
        assert!(matches!(read(Answer::Result("0x00".into())), Err(Stop::Failed(e)) if e.code == Code::RpcMalformed));
        assert_eq!(Asker::new(&[]).call(Address::ZERO, call()).map(|_| ()), Err(Stop::Pending));
    }

    #[test]
    fn only_logs_that_were_asked_for_count() {
        let (kind, other, account) = (B256::repeat_byte(1), B256::repeat_byte(2), B256::repeat_byte(3));
        let log = |block: u64| Log {
            address: Address::repeat_byte(7),
            topics: vec![kind, other, account],
            data: Bytes::new(),
            block_number: U256::from(block),
        };
        let of = |logs: Vec<Log>| {
            let answers = [Answer::Logs(logs)];
            let topics = vec![vec![kind], Vec::new(), vec![account]];
            Asker::new(&answers).logs(Address::repeat_byte(7), topics, 5).map(<[Log]>::len)
        };
        assert_eq!(of(vec![log(5), log(5), log(9)]), Ok(3));
        assert_eq!(of(Vec::new()), Ok(0));
        let strange = [
            vec![log(4)],
            vec![log(9), log(5)],
            vec![Log { address: Address::ZERO, ..log(5) }],
            vec![Log { topics: vec![other, other, account], ..log(5) }],
            vec![Log { topics: vec![kind, other], ..log(5) }],
            vec![Log { topics: vec![kind, other, other], ..log(5) }],
        ];
        for logs in strange {
            assert!(matches!(of(logs.clone()), Err(Stop::Failed(e)) if e.code == Code::RpcMalformed), "{logs:?}");
        }
        let answers = [Answer::Result("0x".into())];
        assert!(Asker::new(&answers).logs(Address::ZERO, Vec::new(), 0).is_err());
        assert!(Asker::new(&[Answer::Logs(Vec::new())]).code(Address::ZERO).is_err());
    }

    proptest! {
        #[test]
        fn no_answer_panics(bytes in proptest::collection::vec(any::<u8>(), 0..2000), zeros in 0usize..2000) {
            // Random bytes, and words that look like offsets and lengths.
            let words: Vec<u8> = bytes.iter().flat_map(|&b| [vec![0; 31], vec![b & 0xe0]].concat()).take(zeros * 32).collect();
            for bytes in [bytes, words] {
                let answers = [Answer::Result(alloy_primitives::hex::encode_prefixed(&bytes))];
                let _ = Asker::new(&answers).call(Address::ZERO, termsCall {}).map(|_| ());
                let preview = previewClaimCall { account: Address::ZERO, firstId: U256::ZERO, lastId: U256::ZERO, assets: vec![] };
                let _ = Asker::new(&answers).call(Address::ZERO, preview).map(|_| ());
                let _ = revert::reason(&bytes);
            }
        }
    }
}
