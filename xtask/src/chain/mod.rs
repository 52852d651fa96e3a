//! A local chain: anvil, whose accounts sign without being asked. Here is what the demo and the bench share on it.

mod calls;
mod forge;
mod liar;
mod oracle;
mod person;
mod script;
mod sent;

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alloy_primitives::Address;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

pub use liar::{Liar, Lie};
pub use oracle::{Asked, Oracle, Terms};
pub use person::{Person, Running};
pub use sent::Sent;

use crate::contracts;

/// The recovery phrase of anvil's accounts, which everybody knows: nothing of value belongs on them.
pub const PHRASE: &str = "test test test test test test test test test test test junk";
/// The chain's number.
pub const CHAIN_ID: u64 = 31337;
/// The chain's own currency, in its smallest unit.
pub const ETHER: u128 = 1_000_000_000_000_000_000;

/// Longest that the chain may take to answer, or to include a transaction.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running chain; it ends with the value.
pub struct Chain {
    child: Child,
    /// Its JSON-RPC address.
    pub url: String,
    /// Its accounts.
    pub accounts: Vec<Address>,
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Chain {
    /// Start anvil on a port; 0 takes any free one. A block is made for each transaction.
    ///
    /// # Errors
    /// If anvil is missing, the port is taken, or it does not answer.
    pub fn start(port: u16) -> Result<Self> {
        let anvil = contracts::anvil()?;
        let bound = TcpListener::bind(("127.0.0.1", port)).with_context(|| format!("cannot use port {port} for the chain"))?;
        let port = bound.local_addr()?.port();
        drop(bound);
        let port_text = port.to_string();
        let args = ["--silent", "--port", &port_text, "--hardfork", "prague", "--mnemonic", PHRASE];
        println!("$ {} {}", anvil.display(), args.map(|word| if word == PHRASE { "\"test … junk\"" } else { word }).join(" "));
        let child = Command::new(&anvil).args(args).stdin(Stdio::null()).spawn().context("cannot start anvil")?;
        let mut chain = Self { child, url: format!("http://127.0.0.1:{port}"), accounts: Vec::new() };
        let until = Instant::now() + PATIENCE;
        let accounts = loop {
            match chain.ask("eth_accounts", json!([])) {
                Ok(accounts) => break accounts,
                Err(error) if Instant::now() > until => return Err(error.context("anvil does not answer")),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
            if let Some(status) = chain.child.try_wait()? {
                bail!("anvil ended: {status}");
            }
        };
        chain.accounts = serde_json::from_value(accounts).context("anvil's accounts")?;
        ensure!(chain.accounts.len() >= 6, "anvil has too few accounts");
        Ok(chain)
    }

    /// Make a block every so many seconds, and no longer for each transaction.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn every(&self, seconds: u64) -> Result<()> {
        self.ask("evm_setIntervalMining", json!([seconds])).map(drop)
    }

    /// Ask the chain.
    ///
    /// # Errors
    /// If it does not answer or refuses.
    pub fn ask(&self, method: &str, params: Value) -> Result<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let mut answer = ureq::post(&self.url).header("Content-Type", "application/json").send(body)?;
        let mut answer: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        ensure!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        Ok(answer["result"].take())
    }

    /// Seconds since 1970, on the chain.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn now(&self) -> Result<u64> {
        let block = self.ask("eth_getBlockByNumber", json!(["latest", false]))?;
        let text = block["timestamp"].as_str().and_then(|text| text.strip_prefix("0x")).context("a block without a time")?;
        Ok(u64::from_str_radix(text, 16)?)
    }

    /// Let time pass.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn pass(&self, seconds: u64) -> Result<()> {
        self.ask("evm_increaseTime", json!([seconds]))?;
        self.ask("evm_mine", json!([]))?;
        Ok(())
    }

    /// Let blocks pass.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn mine(&self, blocks: u64) -> Result<()> {
        self.ask("anvil_mine", json!([format!("{blocks:#x}")])).map(drop)
    }
}
