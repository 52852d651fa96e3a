//! Functions of the contracts' scripts, run on the chain.

use alloy_primitives::Address;
use anyhow::{Context, Result};
use serde_json::Value;

use super::Chain;
use crate::contracts;

/// What a function of a script returned.
pub struct Returned(Value);

impl Chain {
    /// Run a function of a script, by an account.
    ///
    /// # Errors
    /// If forge is missing, or the script fails.
    pub fn script(&self, by: Address, name: &str, signature: &str, variables: &[(&str, &str)]) -> Result<Returned> {
        let target = format!("script/{name}.s.sol:{name}");
        let args = ["script", &target, "--sig", signature, "--json", "--broadcast", "--unlocked", "--rpc-url", &self.url];
        let forge = contracts::forge()?.args(args).arg("--sender").arg(by.to_string());
        let text = variables.iter().fold(forge, |forge, (name, value)| forge.env(name, value)).text()?;
        let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let returned = lines.find_map(|mut line| line.get_mut("returns").map(Value::take));
        Ok(Returned(returned.with_context(|| format!("{name} {signature} returned nothing: {text}"))?))
    }
}

impl Returned {
    /// An address that was returned.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn address(&self, name: &str) -> Result<Address> {
        let value = self.0[name]["value"].as_str();
        let value = value.with_context(|| format!("the script has no {name}: {}", self.0))?;
        value.parse().with_context(|| format!("{value} is no address"))
    }
}
