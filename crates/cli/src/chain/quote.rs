//! What a plan costs at most: gas, by asking the node or, for what cannot be tried before its forerunner is included, by a generous bound;
//! and the price of gas, which then stays for the whole run.

use alloy_primitives::U256;
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::plan::{Plan, Request};
use openimo_core::chain::{advice, units};
use serde_json::json;

use super::journal::StepState;
use super::node::{CallRequest, Node, number};
use super::pending::reason;
use crate::failure::Failure;

/// Where a node does not say what a block's builder wants: a gwei.
const USUAL_TIP: u128 = 1_000_000_000;

/// Wei for a unit of gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// At most.
    pub most: u128,
    /// To the block's builder, at most.
    pub tip: u128,
}

/// The most gas that each step takes; none for a signature and for what is done.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The price.
    pub price: Price,
    /// The gas of each step.
    pub gas: Vec<Option<u64>>,
}

impl Price {
    /// Today's, with room for the base fee to double.
    ///
    /// # Errors
    /// If the node cannot be asked, or the chain has no EIP-1559.
    pub fn now(node: &Node) -> Result<Self, ChainError> {
        let base = node.newest()?.base_fee;
        let base = base.ok_or_else(|| ChainError::new(Code::RpcMalformed, "the chain has no base fee (EIP-1559)"))?;
        let tip = match node.ask("eth_maxPriorityFeePerGas", json!([])) {
            Ok(tip) => number(&tip)?.saturating_to(),
            Err(error) if error.code == Code::RpcRefused => USUAL_TIP,
            Err(error) => return Err(error),
        };
        Ok(Self { most: base.saturating_mul(2).saturating_add(tip), tip })
    }

    /// A quarter more, or today's if that is more. What nodes want at least for a replacement is a tenth more of both.
    pub fn raised(self, now: Self) -> Self {
        let more = |before: u128, now: u128| (before.saturating_mul(5) / 4 + 1).max(now);
        Self { most: more(self.most, now.most), tip: more(self.tip, now.tip) }
    }

    /// Wei for so much gas, at most.
    pub fn of(&self, gas: u64) -> U256 {
        U256::from(self.most).saturating_mul(U256::from(gas))
    }
}

impl Quote {
    /// What the rest of a plan costs.
    ///
    /// # Errors
    /// If the contract refuses the next step, or the node cannot be asked.
    pub fn of(node: &Node, plan: &Plan, states: &[StepState]) -> Result<Self, Failure> {
        let mut gas = Vec::new();
        let mut is_next = true;
        for (step, state) in plan.steps.iter().zip(states) {
            let Request::Transaction { to, value, data } = &step.request else {
                gas.push(None);
                // What waits for a signature cannot be tried yet.
                is_next &= !matches!(state, StepState::Open);
                continue;
            };
            if let StepState::Done { .. } = state {
                gas.push(None);
                continue;
            }
            let call = CallRequest { from: plan.account, to: *to, value: *value, data: data.clone() };
            let waits = step.signed_by.is_some() || step.wait_blocks > 0;
            let found = match node.estimate(&call) {
                Ok(found) => with_room(found),
                Err(error) if error.code == Code::RpcReverted && is_next && !waits => return Err(refused(&error)),
                Err(error) if error.code == Code::RpcReverted => bound(&step.id, data.len()),
                Err(error) => return Err(explained(node, error, plan)),
            };
            gas.push(Some(found));
            is_next = false;
        }
        Ok(Self { price: Price::now(node)?, gas })
    }

    /// Wei for all gas, at most.
    pub fn fees(&self) -> U256 {
        self.gas.iter().flatten().fold(U256::ZERO, |sum, gas| sum.saturating_add(self.price.of(*gas)))
    }
}

/// An estimate, and a quarter more: the state may be another one when the transaction is included.
pub fn with_room(gas: u64) -> u64 {
    gas.saturating_add(gas / 4)
}

/// More gas than a step takes that cannot be tried yet.
fn bound(id: &str, data: usize) -> u64 {
    // Prompts are stored, at 200 gas a byte and 32 for the calldata; content goes through memory and an event.
    let bytes = data as u64;
    match id {
        "mint" | "assert" => 500_000 + 300 * bytes,
        _ => 400_000 + 40 * bytes,
    }
}

/// The contract would refuse, so nothing is sent.
pub fn refused(error: &ChainError) -> Failure {
    let reason = reason(error);
    let failure = Failure::new(format!("the contract would refuse this: {reason}. It was not sent"));
    match advice::advice(&reason) {
        Some(next) => failure.next(next),
        None => failure,
    }
}

/// Nodes refuse to estimate what an account cannot pay.
fn explained(node: &Node, error: ChainError, plan: &Plan) -> Failure {
    let needed = plan.steps.iter().filter_map(|step| match &step.request {
        Request::Transaction { value, .. } => Some(*value),
        Request::Signature { .. } => None,
    });
    let needed = needed.fold(U256::ZERO, U256::saturating_add);
    match node.balance(plan.account) {
        Ok(balance) if balance < needed => {
            let [has, needs] = [balance, needed].map(|amount| units::format(amount, 18));
            Failure::new(format!("the account has {has} {0}, and {needs} {0} would be sent. It was not sent", plan.book.native))
        }
        _ => error.into(),
    }
}
