//! Calls of contracts in the types of their ABI, by the chain's own accounts.

use std::time::{Duration, Instant};

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{Chain, PATIENCE};

/// Gas of a transaction: more than any call here uses.
const GAS: u64 = 12_000_000;

impl Chain {
    /// Ask a contract.
    ///
    /// # Errors
    /// As [`Chain::ask`], and if the answer is of another type.
    pub fn read<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return> {
        let call = json!({ "to": to, "data": Bytes::from(call.abi_encode()) });
        let answer: Bytes = serde_json::from_value(self.ask("eth_call", json!([call, "latest"]))?)?;
        Ok(C::abi_decode_returns(&answer)?)
    }

    /// Call a contract in a transaction, and wait for its block; the receipt.
    ///
    /// # Errors
    /// As [`Chain::ask`], and if it is refused.
    pub fn write(&self, from: Address, to: Address, value: U256, call: &impl SolCall) -> Result<Value> {
        self.send(from, to, value, call.abi_encode().into())
    }

    /// Whether a call would be refused now.
    pub fn refuses(&self, from: Address, to: Address, call: &impl SolCall) -> bool {
        let call = json!({ "from": from, "to": to, "data": Bytes::from(call.abi_encode()) });
        self.ask("eth_call", json!([call, "latest"])).is_err()
    }

    /// Send wei from an account to an address, and wait for the block.
    ///
    /// # Errors
    /// As [`Chain::ask`], and if it is refused.
    pub fn pay(&self, from: Address, to: Address, wei: U256) -> Result<()> {
        self.send(from, to, wei, Bytes::new()).map(drop)
    }

    /// What an account has, in wei.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn balance(&self, account: Address) -> Result<U256> {
        Ok(serde_json::from_value(self.ask("eth_getBalance", json!([account, "latest"]))?)?)
    }

    fn send(&self, from: Address, to: Address, value: U256, data: Bytes) -> Result<Value> {
        let transaction = json!({ "from": from, "to": to, "value": value, "data": data, "gas": U256::from(GAS) });
        let hash = self.ask("eth_sendTransaction", json!([transaction]))?;
        let until = Instant::now() + PATIENCE;
        loop {
            let receipt = self.ask("eth_getTransactionReceipt", json!([hash]))?;
            if !receipt.is_null() {
                ensure!(receipt["status"] == "0x1", "a transaction to {to} failed: {receipt}");
                return Ok(receipt);
            }
            ensure!(Instant::now() < until, "a transaction to {to} was not included");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
