//! A local chain with the contracts as forge has built them, people on it with keys of their own, and a node in between that misbehaves.
#![allow(dead_code, reason = "every suite uses a part of it")]

pub mod contracts;
pub mod disputes;
pub mod person;
pub mod proxy;
pub mod served;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use serde_json::{Value, json};

/// One of the chain's own currency.
pub const ETHER: u64 = 1_000_000_000_000_000_000;
pub const DAY: u64 = 86_400;

/// So many of the chain's own currency, or of a token with 18 decimals.
pub fn ether(amount: u64) -> U256 {
    U256::from(amount) * U256::from(ETHER)
}

/// A running anvil; it ends with the value.
pub struct Chain {
    child: Child,
    pub url: String,
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Chain {
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(anvil());
        command.args(["--port", &port.to_string(), "--silent", "--hardfork", "prague"]).stdin(Stdio::null());
        let child = command.spawn().unwrap_or_else(|e| panic!("anvil cannot be started ({e}): name it in ANVIL"));
        let chain = Self { child, url: format!("http://127.0.0.1:{port}") };
        let until = Instant::now() + Duration::from_secs(60);
        while chain.try_ask("eth_chainId", json!([])).is_err() {
            assert!(Instant::now() < until, "anvil does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        chain
    }

    pub fn try_ask(&self, method: &str, params: Value) -> Result<Value, String> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let response = ureq::post(&self.url).header("Content-Type", "application/json").send(body);
        let text = response.map_err(|e| e.to_string())?.body_mut().read_to_string().map_err(|e| e.to_string())?;
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        if answer.get("error").is_some() { Err(answer["error"].to_string()) } else { Ok(answer["result"].take()) }
    }

    pub fn ask(&self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn number(&self, method: &str, params: Value) -> U256 {
        serde_json::from_value(self.ask(method, params)).unwrap()
    }

    /// An account that anvil itself signs for.
    pub fn unlocked(&self, index: usize) -> Address {
        serde_json::from_value(self.ask("eth_accounts", json!([]))[index].clone()).unwrap()
    }

    /// Send as one of anvil's own accounts; the receipt.
    pub fn transact(&self, to: Option<Address>, value: U256, data: &[u8]) -> Value {
        let data = alloy_primitives::hex::encode_prefixed(data);
        let mut transaction = json!({ "from": self.unlocked(9), "value": value, "data": data, "gas": "0x1800000" });
        if let Some(to) = to {
            transaction["to"] = json!(to);
        }
        let hash = self.ask("eth_sendTransaction", json!([transaction]));
        let until = Instant::now() + Duration::from_secs(30);
        let receipt = loop {
            // The hash is answered before the block is made.
            let receipt = self.ask("eth_getTransactionReceipt", json!([hash]));
            if !receipt.is_null() || Instant::now() > until {
                break receipt;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        receipt
    }

    /// A call of a contract as one of anvil's own accounts.
    pub fn write(&self, to: Address, call: &impl SolCall) {
        self.transact(Some(to), U256::ZERO, &call.abi_encode());
    }

    pub fn read<C: SolCall>(&self, to: Address, call: C) -> C::Return {
        let data = alloy_primitives::hex::encode_prefixed(call.abi_encode());
        let answer: Bytes = serde_json::from_value(self.ask("eth_call", json!([{ "to": to, "data": data }, "latest"]))).unwrap();
        C::abi_decode_returns(&answer).unwrap()
    }

    pub fn balance(&self, account: Address) -> U256 {
        self.number("eth_getBalance", json!([account, "latest"]))
    }

    /// How many transactions of an account are on the chain.
    pub fn sent(&self, account: Address) -> u64 {
        self.number("eth_getTransactionCount", json!([account, "latest"])).to()
    }

    /// How many transactions wait to be included.
    pub fn waiting(&self) -> U256 {
        serde_json::from_value(self.ask("txpool_status", json!([]))["pending"].clone()).unwrap()
    }

    pub fn now(&self) -> u64 {
        let block = self.ask("eth_getBlockByNumber", json!(["latest", false]));
        serde_json::from_value::<U256>(block["timestamp"].clone()).unwrap().to()
    }

    pub fn mine(&self, blocks: u64) {
        self.ask("anvil_mine", json!([U256::from(blocks)]));
    }

    pub fn pass_time(&self, seconds: u64) {
        self.ask("evm_increaseTime", json!([seconds]));
        self.mine(1);
    }

    /// The last blocks are others now, and empty.
    pub fn reorganise(&self, depth: u64) {
        self.ask("anvil_reorg", json!([depth, []]));
    }

    /// The next block is so dear, wei for a unit of gas.
    pub fn base_fee(&self, wei: u64) {
        self.ask("anvil_setNextBlockBaseFeePerGas", json!([U256::from(wei)]));
    }

    pub fn automine(&self, on: bool) {
        self.ask("evm_setAutomine", json!([on]));
    }
}

/// The checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn anvil() -> PathBuf {
    let named = std::env::var_os("ANVIL").map(PathBuf::from);
    let packaged = root().join("contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
    named.or_else(|| Some(packaged).filter(|path| path.exists())).unwrap_or_else(|| "anvil".into())
}
