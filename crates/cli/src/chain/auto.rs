//! Sends calls that nobody is asked about, one after the other: what a watcher does. Each is tried on the newest block first; one that is not
//! included in time is sent again with the same nonce at a higher price, so at most one of them counts.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, TxKind, U256};
use openimo_core::chain::error::{ChainError, Code};
use serde_json::json;

use super::node::{CallRequest, Node};
use super::pending::{Patience, Receipt, Sent, Whereabouts, included, look};
use super::quote::{Price, with_room};
use crate::failure::Failure;
use crate::signer::Signer;

/// How long a transaction waits before its price is raised.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is.
const RAISES: u32 = 8;

/// Who sends, and how much it may cost.
pub struct Sender {
    signer: Box<dyn Signer>,
    /// Wei that are left for network fees.
    budget: U256,
    stop: Arc<AtomicBool>,
}

impl Sender {
    /// Somebody who may spend `budget` on fees.
    pub fn new(signer: Box<dyn Signer>, budget: U256, stop: Arc<AtomicBool>) -> Self {
        Self { signer, budget, stop }
    }

    /// The account.
    pub fn account(&self) -> Address {
        self.signer.address()
    }

    /// Send a call and wait until it had its effect.
    ///
    /// # Errors
    /// If the contract refuses it, the budget is spent, an earlier transaction of the account still waits, or the node cannot be asked.
    pub fn send(&mut self, node: &Node, to: Address, value: U256, data: Vec<u8>) -> Result<Receipt, Failure> {
        let call = CallRequest { from: self.account(), to, value, data: data.into() };
        let nonce = node.nonce(call.from, false)?;
        if node.nonce(call.from, true)? > nonce {
            return Err(Failure::new("an earlier transaction of this account is still waiting").next("it is looked at again"));
        }
        let gas = with_room(node.estimate(&call)?);
        let mut price = Price::now(node)?;
        let block = node.newest()?.number;
        let mut last = None;
        for _ in 0..=RAISES {
            let fee = price.of(gas);
            if fee > self.budget {
                return Err(Failure::new("what is left for network fees is not enough").next("give more with --max-fee"));
            }
            let signed = self.signer.sign_transaction(&TxEip1559 {
                chain_id: node.chain_id,
                nonce,
                gas_limit: gas,
                max_fee_per_gas: price.most,
                max_priority_fee_per_gas: price.tip,
                to: TxKind::Call(to),
                value,
                access_list: Default::default(),
                input: call.data.clone(),
            })?;
            let sent = Sent { call: call.clone(), nonce, block, hash: signed.hash };
            let mut hand = || match node.ask("eth_sendRawTransaction", json!([signed.raw])) {
                Err(error) if matches!(error.code, Code::RpcRefused | Code::RpcReverted) => match look(node, &sent) {
                    Ok(Whereabouts::Unknown) | Err(_) => Err(error),
                    Ok(_) => Ok(()),
                },
                outcome => outcome.map(drop),
            };
            hand()?;
            let patience = Patience { timeout: PATIENCE, confirmations: 1, stop: &self.stop };
            match included(node, &sent, &patience, &mut hand) {
                Ok((_, receipt)) => {
                    self.budget = self.budget.saturating_sub(receipt.fee);
                    return Ok(receipt);
                }
                Err(error) if error.code == Code::TransactionTimeout && !self.stop.load(std::sync::atomic::Ordering::Acquire) => {
                    // What nodes want at least for a replacement is a tenth more.
                    price = Price { most: price.most.saturating_mul(5) / 4 + 1, tip: price.tip.saturating_mul(5) / 4 + 1 };
                    last = Some(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let waited = || ChainError::new(Code::TransactionTimeout, "the transaction was not included");
        Err(last.unwrap_or_else(waited).into())
    }
}
