//! What became of a transaction that was sent: included, waiting, forgotten, or another one in its place.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256};
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::revert;
use serde::Deserialize;
use serde_json::{Value, json};

use super::node::{CallRequest, Node, malformed, number, reverted, small};

/// Most blocks that are searched for what took a nonce.
const MAX_SEARCH: u64 = 1000;
/// Looks in a row at which the node does not know a transaction before it counts as forgotten.
const MAX_MISSING: u32 = 30;
/// The shortest and the longest wait between two looks.
const LOOKS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(2)];

/// A transaction that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// What it should be.
    pub call: CallRequest,
    /// Its nonce.
    pub nonce: u64,
    /// A block before which it cannot be.
    pub block: u64,
    /// Its hash.
    pub hash: B256,
}

/// Where a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// In a block, by this hash: its own, or that of the same call with another fee.
    Included(B256, u64),
    /// Known to the node, which waits to include it.
    Waiting,
    /// The node does not know it, and its nonce is free.
    Unknown,
}

/// How long is waited.
pub struct Patience<'a> {
    /// Until a transaction must be included.
    pub timeout: Duration,
    /// Blocks that must contain or follow it.
    pub confirmations: u64,
    /// Set when the user has had enough.
    pub stop: &'a AtomicBool,
}

/// A receipt.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Whether it had its effect.
    pub ok: bool,
    /// Its block.
    pub block: u64,
    /// Wei that were paid for gas.
    pub fee: U256,
    /// Its events.
    pub logs: Vec<Log>,
}

/// An event.
#[derive(Clone, Debug, Deserialize)]
pub struct Log {
    /// Which contract tells.
    pub address: Address,
    /// Its indexed values.
    pub topics: Vec<B256>,
    /// Its other values.
    pub data: Bytes,
}

/// The receipt of a transaction, once it is included.
///
/// # Errors
/// If the node cannot be asked, or its answer is none or another transaction's.
pub fn receipt(node: &Node, hash: B256) -> Result<Option<Receipt>, ChainError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        transaction_hash: B256,
        status: Value,
        block_number: Value,
        gas_used: Value,
        effective_gas_price: Value,
        logs: Vec<Log>,
    }
    let answer = node.ask("eth_getTransactionReceipt", json!([hash]))?;
    if answer.is_null() {
        return Ok(None);
    }
    let answer: Answer = serde_json::from_value(answer).map_err(|_| malformed("a receipt with missing parts"))?;
    if answer.transaction_hash != hash {
        return Err(malformed("the receipt of another transaction"));
    }
    let ok = match answer.status.as_str() {
        Some("0x1") => true,
        Some("0x0") => false,
        _ => return Err(malformed("a receipt without a status")),
    };
    let fee = number(&answer.gas_used)?.saturating_mul(number(&answer.effective_gas_price)?);
    Ok(Some(Receipt { ok, block: small(&answer.block_number)?, fee, logs: answer.logs }))
}

/// Look for a transaction once.
///
/// # Errors
/// `transaction.replaced` if another one is proved to be in its place, and as [`receipt`].
pub fn look(node: &Node, sent: &Sent) -> Result<Whereabouts, ChainError> {
    if let Some(receipt) = receipt(node, sent.hash)? {
        return Ok(Whereabouts::Included(sent.hash, receipt.block));
    }
    if node.nonce(sent.call.from, false)? > sent.nonce {
        // It may have been included between the two looks.
        if let Some(receipt) = receipt(node, sent.hash)? {
            return Ok(Whereabouts::Included(sent.hash, receipt.block));
        }
        let (hash, block) = replacement(node, sent)?;
        return Ok(Whereabouts::Included(hash, block));
    }
    match transaction(node, sent.hash)? {
        Some(found) if found.is(&sent.call) => Ok(Whereabouts::Waiting),
        Some(_) => Err(malformed("another transaction than the one that was asked for")),
        None => Ok(Whereabouts::Unknown),
    }
}

/// Wait until a transaction, or the same call sent with another fee, is included and has its effect. `again` sends it once more where the
/// node has forgotten it.
///
/// # Errors
/// `transaction.reverted` with the contract's reason, `transaction.replaced`, `.dropped`, `.timeout`, and as [`receipt`].
pub fn included(
    node: &Node,
    sent: &Sent,
    patience: &Patience<'_>,
    again: &mut dyn FnMut() -> Result<(), ChainError>,
) -> Result<(B256, Receipt), ChainError> {
    let until = Instant::now() + patience.timeout;
    let [mut pause, longest] = LOOKS;
    let mut missing = 0;
    loop {
        match look(node, sent)? {
            Whereabouts::Included(hash, _) => {
                let found = receipt(node, hash)?.ok_or_else(|| malformed("a receipt that was there is gone"))?;
                let newest = node.newest()?.number;
                if newest.saturating_sub(found.block) + 1 >= patience.confirmations {
                    return if found.ok { Ok((hash, found)) } else { Err(why_reverted(node, sent, found.block)) };
                }
            }
            Whereabouts::Waiting => missing = 0,
            Whereabouts::Unknown => {
                missing += 1;
                if missing % 5 == 0 {
                    again()?;
                }
                if missing >= MAX_MISSING {
                    let message = format!("the node does not know the transaction {} any longer", sent.hash);
                    return Err(ChainError::new(Code::TransactionDropped, message));
                }
            }
        }
        sleep(pause, patience.stop).map_err(|()| stopped(sent.hash))?;
        pause = longest.min(pause * 3 / 2);
        if Instant::now() > until {
            let message = format!("the transaction {} was not included in the time given; it may be still", sent.hash);
            return Err(ChainError::new(Code::TransactionTimeout, message));
        }
    }
}

/// Wait, unless the user has had enough.
///
/// # Errors
/// If the user has.
pub fn sleep(time: Duration, stop: &AtomicBool) -> Result<(), ()> {
    let until = Instant::now() + time;
    loop {
        if stop.load(Ordering::Acquire) {
            return Err(());
        }
        match until.checked_duration_since(Instant::now()) {
            None => return Ok(()),
            Some(rest) => std::thread::sleep(rest.min(Duration::from_millis(50))),
        }
    }
}

fn stopped(hash: B256) -> ChainError {
    let message = format!("stopped waiting; the transaction {hash} was sent and may be included still");
    ChainError::new(Code::TransactionTimeout, message)
}

struct Transaction {
    hash: B256,
    nonce: u64,
    call: CallRequest,
}

impl Transaction {
    fn is(&self, call: &CallRequest) -> bool {
        let ours = (call.from, call.to, call.value, &call.data);
        (self.call.from, self.call.to, self.call.value, &self.call.data) == ours
    }
}

fn transaction(node: &Node, hash: B256) -> Result<Option<Transaction>, ChainError> {
    let answer = node.ask("eth_getTransactionByHash", json!([hash]))?;
    if answer.is_null() { Ok(None) } else { read(&answer).map(Some) }
}

/// A transaction; one that creates a contract, as one to the zero address.
fn read(answer: &Value) -> Result<Transaction, ChainError> {
    #[derive(Deserialize)]
    struct Answer {
        hash: B256,
        nonce: Value,
        from: Address,
        to: Option<Address>,
        value: Value,
        input: Bytes,
    }
    let found = Answer::deserialize(answer).map_err(|_| malformed("a transaction with missing parts"))?;
    let call =
        CallRequest { from: found.from, to: found.to.unwrap_or_default(), value: number(&found.value)?, data: found.input };
    Ok(Transaction { hash: found.hash, nonce: small(&found.nonce)?, call })
}

/// The included transaction that has the nonce, with its block; an error unless it does the same.
fn replacement(node: &Node, sent: &Sent) -> Result<(B256, u64), ChainError> {
    let newest = node.newest()?.number;
    for height in sent.block..=newest.min(sent.block.saturating_add(MAX_SEARCH)) {
        let block = node.ask("eth_getBlockByNumber", json!([format!("{height:#x}"), true]))?;
        let listed = block.get("transactions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for listed in listed {
            // Chains have kinds of transactions of their own, which are read no further.
            let sender = listed.get("from").and_then(|from| Address::deserialize(from).ok());
            if sender != Some(sent.call.from) {
                continue;
            }
            let found = read(listed)?;
            if found.nonce == sent.nonce {
                if found.is(&sent.call) {
                    return Ok((found.hash, height));
                }
                let message = format!("another transaction, {}, took the place of {}", found.hash, sent.hash);
                return Err(ChainError::new(Code::TransactionReplaced, message));
            }
        }
    }
    // Nobody has shown that it was not included. Until somebody does, nothing is sent in its place.
    let message = format!("the nonce of {} is used, but the node does not show by what", sent.hash);
    Err(ChainError::new(Code::RpcInconsistent, message).with(json!({ "hash": sent.hash })))
}

fn why_reverted(node: &Node, sent: &Sent, block: u64) -> ChainError {
    let before = format!("{:#x}", block.saturating_sub(1));
    let CallRequest { from, to, value, data } = &sent.call;
    let answer = node.ask("eth_call", json!([{ "from": from, "to": to, "value": value, "data": data }, before]));
    let reason = match answer {
        Err(error) if error.code == Code::RpcReverted => reason(&error),
        _ => "it would not have failed a block earlier".into(),
    };
    let message = format!("the contract refused the transaction {}: {reason}; only its fee is gone", sent.hash);
    ChainError::new(Code::TransactionReverted, message).with(json!({ "reason": reason }))
}

/// Why a contract refuses, in words.
pub fn reason(error: &ChainError) -> String {
    revert::reason(&alloy_primitives::hex::decode(reverted(error)).unwrap_or_default())
}
