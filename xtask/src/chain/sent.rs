//! What was sent on the chain: the transactions of its blocks, with what they cost.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use anyhow::{Context, Result};
use openimo_core::dispute::abi;
use serde::Deserialize;
use serde_json::json;

use super::Chain;

/// A transaction that was included.
pub struct Sent {
    /// Who sent it.
    pub from: Address,
    /// What was called.
    pub input: Bytes,
    /// Gas that it used.
    pub gas: u64,
    /// Wei that its sender paid for the gas.
    pub fee: U256,
}

#[derive(Deserialize)]
struct Transaction {
    from: Address,
    to: Option<Address>,
    input: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    gas_used: U256,
    effective_gas_price: U256,
}

impl Sent {
    /// The move of a dispute, or the call of an oracle, that it is.
    pub fn name(&self) -> &'static str {
        let selector = self.input.get(..4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
        match selector {
            Some(abi::commitCall::SELECTOR) => "commit",
            Some(abi::answerCall::SELECTOR) => "answer",
            Some(abi::finalizeCall::SELECTOR) => "finalize",
            Some(abi::assertRunCall::SELECTOR) => "assert",
            Some(abi::challengeCall::SELECTOR) => "challenge",
            Some(abi::relocateCall::SELECTOR) => "relocate",
            Some(abi::revealCall::SELECTOR) => "reveal",
            Some(abi::askCall::SELECTOR) => "ask",
            Some(abi::defendCall::SELECTOR) => "defend",
            Some(abi::proveCall::SELECTOR) => "prove",
            Some(abi::timeoutCall::SELECTOR) => "timeout",
            Some(abi::withdrawCall::SELECTOR) => "withdraw",
            _ => "another call",
        }
    }

    /// Whether it is a move of a dispute after the assertion.
    pub fn is_move(&self) -> bool {
        matches!(self.name(), "challenge" | "relocate" | "reveal" | "ask" | "defend" | "prove" | "timeout")
    }

    /// Bytes of what it opens before the referee, if it does.
    pub fn witness(&self) -> Option<usize> {
        let defended = abi::defendCall::abi_decode(&self.input).map(|call| call.witness.len());
        defended.or_else(|_| abi::proveCall::abi_decode(&self.input).map(|call| call.witness.len())).ok()
    }
}

impl Chain {
    /// The number of the newest block.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn newest(&self) -> Result<u64> {
        let number: U256 = serde_json::from_value(self.ask("eth_blockNumber", json!([]))?)?;
        Ok(number.to())
    }

    /// What was sent after a block to one of these addresses, or by one of them, in order.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn sent(&self, after: u64, about: &[Address]) -> Result<Vec<Sent>> {
        let mut sent = Vec::new();
        for number in after + 1..=self.newest()? {
            let number = U256::from(number);
            let block = self.ask("eth_getBlockByNumber", json!([number, true]))?;
            let transactions = block["transactions"].as_array().context("a block without transactions")?;
            for found in transactions {
                let Transaction { from, to, input } = Transaction::deserialize(found)?;
                if !about.contains(&from) && !to.is_some_and(|to| about.contains(&to)) {
                    continue;
                }
                let receipt = self.ask("eth_getTransactionReceipt", json!([found["hash"]]))?;
                let Receipt { gas_used, effective_gas_price } = serde_json::from_value(receipt)?;
                sent.push(Sent { from, input, gas: gas_used.to(), fee: gas_used * effective_gas_price });
            }
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(input: Vec<u8>) -> Sent {
        Sent { from: Address::ZERO, input: input.into(), gas: 0, fee: U256::ZERO }
    }

    #[test]
    fn calls_have_names() {
        let id = U256::from(1);
        let timeout = sent(abi::timeoutCall { id }.abi_encode());
        assert_eq!((timeout.name(), timeout.is_move(), timeout.witness()), ("timeout", true, None));
        let withdraw = sent(abi::withdrawCall { to: Address::ZERO }.abi_encode());
        assert_eq!((withdraw.name(), withdraw.is_move()), ("withdraw", false));
        for payment in [Vec::new(), vec![1, 2, 3], vec![0; 36]] {
            assert_eq!(sent(payment).name(), "another call");
        }
    }

    #[test]
    fn what_is_opened_is_counted() {
        let part = abi::Part {
            modelId: [0; 32].into(),
            positions: 2,
            prompt: 1,
            position: 0,
            layer: 0,
            sampler: abi::Sampler { beta: 0, topK: 0, topP: 0, seed: [0; 32].into() },
            ids: [0; 32].into(),
            before: [0; 32].into(),
            tensors: Vec::new(),
        };
        let (id, program, witness) = (U256::from(1), Bytes::new(), Bytes::from(vec![7; 45]));
        let prove = abi::proveCall { id, program: program.clone(), part: part.clone(), witness: witness.clone() };
        assert_eq!(sent(prove.abi_encode()).witness(), Some(45));
        assert_eq!(sent(abi::defendCall { id, program, part, witness }.abi_encode()).witness(), Some(45));
    }
}
