//! Reads a chain through a node that is not trusted: all of a view at one block, whose hash is asked for again at the end. What the answers
//! mean, and whether they contradict each other, the core decides.

use alloy_primitives::{Address, B256, Bytes, U256};
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::read::{Answer, Next, Query, View, read};
use openimo_core::dispute::look::Log;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::rpc::Rpc;

/// More rounds than any view has.
const MAX_ROUNDS: usize = 16;
/// Questions that are asked at the same time.
const AT_ONCE: usize = 8;
/// Blocks whose logs are asked for at once.
const BLOCKS: u64 = 1_000;

/// A node of a chain.
pub struct Node {
    rpc: Rpc,
    /// The chain.
    pub chain_id: u64,
}

/// A block's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Wei for a unit of gas; none on a chain without EIP-1559.
    pub base_fee: Option<u128>,
}

/// What is asked of a node about a transaction that is not sent yet.
#[derive(Clone, Debug)]
pub struct CallRequest {
    /// Who sends.
    pub from: Address,
    /// The contract.
    pub to: Address,
    /// Wei.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
}

impl CallRequest {
    fn json(&self) -> Value {
        json!({ "from": self.from, "to": self.to, "value": self.value, "data": self.data })
    }
}

impl Node {
    /// The node behind an address, which must be on the `expected` chain where one is.
    ///
    /// # Errors
    /// If it cannot be asked, or is on another chain.
    pub fn open(rpc: Rpc, expected: Option<u64>) -> Result<Self, ChainError> {
        let chain_id = small(&rpc.ask("eth_chainId", json!([]))?)?;
        match expected.filter(|&expected| expected != chain_id) {
            None => Ok(Self { rpc, chain_id }),
            Some(expected) => {
                let message = format!("{} is on chain {chain_id}, not on chain {expected}", rpc.shown());
                Err(ChainError::new(Code::RpcOtherChain, message))
            }
        }
    }

    /// The node's name.
    pub fn shown(&self) -> &str {
        self.rpc.shown()
    }

    /// Any request.
    ///
    /// # Errors
    /// As [`Rpc::ask`].
    pub fn ask(&self, method: &str, params: Value) -> Result<Value, ChainError> {
        self.rpc.ask(method, params)
    }

    /// Any request whose answer can be long.
    ///
    /// # Errors
    /// As [`Rpc::ask`].
    pub fn ask_long(&self, method: &str, params: Value) -> Result<Value, ChainError> {
        self.rpc.ask_long(method, params)
    }

    /// The newest block.
    ///
    /// # Errors
    /// As [`Rpc::ask`], and if it is no block.
    pub fn newest(&self) -> Result<Block, ChainError> {
        self.block("latest")
    }

    /// A view of the core, and the block at which all of it was read. If the chain changes meanwhile, once more from the start.
    ///
    /// # Errors
    /// If the node cannot be asked, or what it says cannot be believed.
    pub fn view<T: DeserializeOwned>(&self, view: &View) -> Result<(T, Block), ChainError> {
        match self.view_once(view) {
            Err(error) if error.code == Code::RpcReorganised => self.view_once(view),
            outcome => outcome,
        }
    }

    /// What a contract would answer now.
    ///
    /// # Errors
    /// `rpc.reverted` with its data if it refuses, and as [`Rpc::ask`].
    pub fn call(&self, call: &CallRequest) -> Result<(), ChainError> {
        self.ask("eth_call", json!([call.json(), "latest"])).map(|_| ())
    }

    /// Gas that a transaction needs now.
    ///
    /// # Errors
    /// `rpc.reverted` if the contract refuses, and as [`Rpc::ask`].
    pub fn estimate(&self, call: &CallRequest) -> Result<u64, ChainError> {
        small(&self.ask("eth_estimateGas", json!([call.json()]))?)
    }

    /// The same on the newest block, without what waits, as some nodes add it: for what takes the place of that.
    ///
    /// # Errors
    /// As [`Node::estimate`].
    pub fn estimate_without_waiting(&self, call: &CallRequest) -> Result<u64, ChainError> {
        small(&self.ask("eth_estimateGas", json!([call.json(), "latest"]))?)
    }

    /// The account's next nonce, among included transactions or with those that wait.
    ///
    /// # Errors
    /// As [`Rpc::ask`].
    pub fn nonce(&self, account: Address, with_waiting: bool) -> Result<u64, ChainError> {
        let tag = if with_waiting { "pending" } else { "latest" };
        small(&self.ask("eth_getTransactionCount", json!([account, tag]))?)
    }

    /// The account's wei.
    ///
    /// # Errors
    /// As [`Rpc::ask`].
    pub fn balance(&self, account: Address) -> Result<U256, ChainError> {
        number(&self.ask("eth_getBalance", json!([account, "latest"]))?)
    }

    /// Logs of a contract in some blocks. Where a node finds the answer too long, fewer blocks are asked for: else whoever fills blocks could
    /// hide what lies in them.
    ///
    /// # Errors
    /// If the node cannot be asked, or gives no logs.
    pub fn logs(&self, address: Address, topics: &Value, from: u64, to: u64) -> Result<Vec<Log>, ChainError> {
        /// A log as nodes write it, with more than is looked at.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Written {
            address: Address,
            topics: Vec<B256>,
            data: Bytes,
            block_number: U256,
        }
        let (mut found, mut start, mut blocks) = (Vec::new(), from, BLOCKS);
        while start <= to {
            let end = to.min(start + blocks - 1);
            let (first, last) = (format!("{start:#x}"), format!("{end:#x}"));
            let filter = json!([{ "address": address, "topics": topics, "fromBlock": first, "toBlock": last }]);
            match self.ask_long("eth_getLogs", filter) {
                Ok(answer) => {
                    let some: Vec<Written> = serde_json::from_value(answer).map_err(|_| malformed("logs with missing parts"))?;
                    found.extend(some.into_iter().map(|Written { address, topics, data, block_number }| Log {
                        address,
                        topics,
                        data,
                        block_number,
                    }));
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

    fn view_once<T: DeserializeOwned>(&self, view: &View) -> Result<(T, Block), ChainError> {
        let block = self.newest()?;
        let tag = format!("{:#x}", block.number);
        let mut answers = Vec::new();
        for _ in 0..MAX_ROUNDS {
            match read(view, &answers)? {
                Next::Ask(queries) => {
                    for some in queries.chunks(AT_ONCE) {
                        answers.extend(self.answers(some, &tag)?);
                    }
                }
                Next::Done(value) => {
                    if self.block(&tag)?.hash != block.hash {
                        return Err(ChainError::new(Code::RpcReorganised, "the chain changed while it was read"));
                    }
                    let view = serde_json::from_value(value).expect("a view reads as it was written");
                    return Ok((view, block));
                }
            }
        }
        Err(ChainError::new(Code::RpcTooLong, "the node's answers lead to more questions than any right ones"))
    }

    fn answers(&self, queries: &[Query], tag: &str) -> Result<Vec<Answer>, ChainError> {
        std::thread::scope(|scope| {
            let asked: Vec<_> = queries.iter().map(|query| scope.spawn(move || self.answer(query, tag))).collect();
            asked.into_iter().map(|thread| thread.join().expect("asking does not panic")).collect()
        })
    }

    fn answer(&self, query: &Query, tag: &str) -> Result<Answer, ChainError> {
        let (method, params) = match query {
            Query::Call { to, data } => ("eth_call", json!([{ "to": to, "data": data }, tag])),
            Query::Code { address } => ("eth_getCode", json!([address, tag])),
            Query::Balance { address } => ("eth_getBalance", json!([address, tag])),
            Query::Storage { address, slot } => ("eth_getStorageAt", json!([address, slot, tag])),
            Query::Logs { address, topics, from_block } => {
                let topics: Vec<_> = topics.iter().map(|some| if some.is_empty() { Value::Null } else { json!(some) }).collect();
                let to = small(&json!(tag))?;
                return Ok(Answer::Logs(self.logs(*address, &json!(topics), *from_block, to)?));
            }
        };
        match self.ask(method, params) {
            Ok(Value::String(text)) => Ok(Answer::Result(text)),
            Ok(_) => Err(malformed(&format!("{method} is answered without text"))),
            Err(error) if error.code == Code::RpcReverted => Ok(Answer::Reverted(reverted(&error).to_owned())),
            Err(error) => Err(error),
        }
    }

    fn block(&self, tag: &str) -> Result<Block, ChainError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            number: Value,
            hash: B256,
            timestamp: Value,
            #[serde(default)]
            base_fee_per_gas: Option<Value>,
        }
        let answer = self.ask("eth_getBlockByNumber", json!([tag, false]))?;
        if answer.is_null() {
            return Err(ChainError::new(Code::RpcReorganised, format!("the node has no block {tag}")));
        }
        let head: Head = serde_json::from_value(answer).map_err(|_| malformed("a block without number, hash or time"))?;
        let base_fee = head.base_fee_per_gas.map(|fee| number(&fee).map(|fee| fee.saturating_to())).transpose()?;
        Ok(Block { number: small(&head.number)?, hash: head.hash, timestamp: small(&head.timestamp)?, base_fee })
    }
}

/// What the contract said when it refused.
pub fn reverted(error: &ChainError) -> &str {
    error.details.get("data").and_then(Value::as_str).unwrap_or("0x")
}

/// A quantity below 2^52: what can be counted or lies in time.
///
/// # Errors
/// If it is none.
pub fn small(value: &Value) -> Result<u64, ChainError> {
    let number = number(value)?;
    u64::try_from(number).ok().filter(|number| number >> 52 == 0).ok_or_else(|| malformed("a number is larger than it can be"))
}

/// A quantity.
///
/// # Errors
/// If it is none.
pub fn number(value: &Value) -> Result<U256, ChainError> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).filter(|digits| (1..=64).contains(&digits.len()));
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digits.and_then(|digits| U256::from_str_radix(digits, 16).ok()).ok_or_else(|| malformed("a number was expected"))
}

/// The node's answer is not of the form that was asked for.
pub fn malformed(what: &str) -> ChainError {
    ChainError::new(Code::RpcMalformed, format!("the node's answer cannot be read: {what}"))
}
