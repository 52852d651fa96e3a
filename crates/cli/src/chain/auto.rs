//! Sends calls that nobody is asked about, one after the other: what a watcher does. Each is tried on the newest block first; one that is not
//! included in time is sent again with the same nonce at a higher price, so at most one of them counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, TxKind, U256};
use openimo_core::chain::error::{ChainError, Code};
use serde_json::json;

use super::node::{CallRequest, Node};
use super::pending::{Patience, Receipt, Sent, Whereabouts, included, look};
use super::quote::{Price, with_room};
use crate::failure::Failure;
use crate::report::{Note, Report};
use crate::signer::Signer;

/// How often the price of a transaction is raised.
const RAISES: u32 = 8;

/// Who sends, and how much it may cost.
pub struct Sender {
    signer: Box<dyn Signer>,
    /// Wei that are left for network fees.
    budget: U256,
    /// How long a transaction waits before its price is raised.
    patience: Duration,
    /// A nonce that something else of this account waits with, and since when that is known.
    blocked: Option<(u64, Instant)>,
    stop: Arc<AtomicBool>,
    report: Report,
}

impl Sender {
    /// Somebody who may spend `budget` on fees, and raises what waits longer than `patience`.
    pub fn new(signer: Box<dyn Signer>, budget: U256, patience: Duration, stop: Arc<AtomicBool>, report: Report) -> Self {
        report.metrics().budget(budget);
        Self { signer, budget, patience, blocked: None, stop, report }
    }

    /// The account.
    pub fn account(&self) -> Address {
        self.signer.address()
    }

    /// Something happened.
    pub fn tell(&self, note: &Note) {
        self.report.tell(note);
    }

    /// Send a call and wait until it had its effect.
    ///
    /// # Errors
    /// If the contract refuses it, the budget is spent, an earlier transaction of the account still waits, or the node cannot be asked.
    pub fn send(&mut self, node: &Node, to: Address, value: U256, data: Vec<u8>) -> Result<Receipt, Failure> {
        let call = CallRequest { from: self.account(), to, value, data: data.into() };
        let nonce = node.nonce(call.from, false)?;
        let is_taken = node.nonce(call.from, true)? > nonce;
        if !is_taken {
            self.blocked = None;
        } else if !self.may_take(nonce) {
            return Err(Failure::new("an earlier transaction of this account is still waiting").next("it is looked at again"));
        }
        let gas = with_room(if is_taken { node.estimate_without_waiting(&call)? } else { node.estimate(&call)? });
        let sent = Sent { nonce, block: node.newest()?.number, hash: Default::default(), call };
        let outcome = self.hand_over(node, sent, gas, is_taken);
        match &outcome {
            Ok(receipt) => {
                self.budget = self.budget.saturating_sub(receipt.fee);
                self.report.metrics().paid(receipt.fee, self.budget);
            }
            Err(_) => self.report.metrics().transactions.with_label_values(&["failed"]).inc(),
        }
        outcome
    }

    /// Whether something else has waited so long with this nonce that it may be replaced: sent by a program that was killed, say, when gas
    /// was cheaper. What is sent follows from the chain alone, so what is replaced is sent again where it is still needed.
    fn may_take(&mut self, nonce: u64) -> bool {
        let now = Instant::now();
        match self.blocked {
            Some((blocked, since)) if blocked == nonce => now.saturating_duration_since(since) >= self.patience,
            _ => {
                self.blocked = Some((nonce, now));
                false
            }
        }
    }

    /// Hand a call to the node until it is included, at a price that rises.
    fn hand_over(&self, node: &Node, mut sent: Sent, gas: u64, is_taken: bool) -> Result<Receipt, Failure> {
        let mut price = Price::now(node)?;
        let mut last = None;
        for raises in 0..=RAISES {
            if raises > 0 {
                price = price.raised(Price::now(node)?);
            }
            let fee = price.of(gas);
            if fee > self.budget {
                return Err(Failure::new("what is left for network fees is not enough").next("give more with --max-fee"));
            }
            let signed = self.signer.sign_transaction(&TxEip1559 {
                chain_id: node.chain_id,
                nonce: sent.nonce,
                gas_limit: gas,
                max_fee_per_gas: price.most,
                max_priority_fee_per_gas: price.tip,
                to: TxKind::Call(sent.call.to),
                value: sent.call.value,
                access_list: Default::default(),
                input: sent.call.data.clone(),
            })?;
            sent.hash = signed.hash;
            let mut hand = || match node.ask("eth_sendRawTransaction", json!([signed.raw])) {
                Err(error) if matches!(error.code, Code::RpcRefused | Code::RpcReverted) => match look(node, &sent) {
                    Ok(Whereabouts::Unknown) | Err(_) => Err(error),
                    Ok(_) => Ok(()),
                },
                outcome => outcome.map(drop),
            };
            match hand() {
                // What waits with this nonce pays more still.
                Err(error) if error.code == Code::RpcRefused && (is_taken || raises > 0) => {
                    last = Some(error);
                    continue;
                }
                outcome => outcome?,
            }
            if is_taken || raises > 0 {
                self.tell(&Note::Raised { nonce: sent.nonce, transaction: sent.hash });
            }
            let patience = Patience { timeout: self.patience, confirmations: 1, stop: &self.stop };
            match included(node, &sent, &patience, &mut hand) {
                Ok((_, receipt)) => return Ok(receipt),
                Err(error) if self.stop.load(Ordering::Acquire) => return Err(error.into()),
                // It waits still, or the node does not take it any more at this price.
                Err(error) if matches!(error.code, Code::TransactionTimeout | Code::RpcRefused | Code::TransactionDropped) => {
                    last = Some(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let waited = || ChainError::new(Code::TransactionTimeout, "the transaction was not included");
        Err(last.unwrap_or_else(waited).into())
    }
}
