//! Gas of the calls that people pay for, as the contracts' gas tests log it, and of the referee's steps and whole disputes, as the tests in an EVM do.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use super::figure;
use crate::contracts;
use crate::setup::model;
use crate::sh::cmd;

/// What forge says of a contract's tests.
#[derive(Deserialize)]
struct Suite {
    test_results: BTreeMap<String, Test>,
}

#[derive(Deserialize)]
struct Test {
    status: String,
    decoded_logs: Vec<String>,
}

/// Run the gas tests and print what they log.
///
/// # Errors
/// If forge fails, or no test logs anything.
pub fn run() -> Result<()> {
    let text = contracts::forge()?.args(["test", "--match-test", "test_Gas", "--json", "-vv"]).output()?;
    // forge may say what it compiles first.
    let start = text.find('{').context("forge printed no JSON")?;
    let suites: BTreeMap<String, Suite> = serde_json::from_str(&text[start..]).context("forge's report")?;
    let mut figures = Vec::new();
    for (path, suite) in &suites {
        // `test/offering/ModelOffering.gas.t.sol:ModelOfferingGasTest`
        let contract = path.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or(path);
        for (name, test) in &suite.test_results {
            ensure!(test.status == "Success", "{name} of {contract} failed");
            let lines = test.decoded_logs.iter().filter_map(|line| logged(line));
            figures.extend(lines.map(|(what, gas)| (format!("gas {contract} {what}"), gas)));
        }
    }
    ensure!(!figures.is_empty(), "the gas tests logged nothing");
    for (what, gas) in figures {
        figure(&what, gas, "gas", json!("the whole transaction"));
    }
    referee()
}

/// The dearest of random steps of each kind, in transactions that ask nothing else.
fn referee() -> Result<()> {
    let model = model::imo(&model::gguf(None)?)?;
    contracts::forge()?.args(["build", "--skip", "test"]).run()?;
    let tests = ["--test", "referee_gas", "--test", "dispute_gas"];
    let test = cmd("cargo").args(["test", "--workspace"]).args(tests).args(["--", "--nocapture", "--test-threads", "1"]);
    let text = test.env("OPENIMO_MODEL", model).output()?;
    let steps: Vec<_> = text.lines().filter_map(step).collect();
    ensure!(!steps.is_empty(), "the steps of the referee logged nothing");
    for (what, gas, witness) in steps {
        figure(&format!("gas {what}"), gas, "gas", json!({ "transaction": "whole", "witness": witness }));
    }
    Ok(())
}

/// `referee SmolLM2 Down: 314380 gas, witness of 6721 bytes`, perhaps after the name of the test.
fn step(line: &str) -> Option<(String, f64, u64)> {
    let start = ["referee ", "dispute "].iter().find_map(|word| line.find(word))?;
    let (what, rest) = line[start..].rsplit_once(": ")?;
    let (gas, witness) = rest.split_once(" gas, witness of ")?;
    Some((what.to_owned(), gas.parse().ok()?, witness.strip_suffix(" bytes")?.parse().ok()?))
}

/// `gas claim: 69089` or `gas, mint: 241474`.
fn logged(line: &str) -> Option<(String, f64)> {
    let (what, gas) = line.strip_prefix("gas")?.rsplit_once(' ')?;
    let what = what.trim_start_matches(',').trim().trim_end_matches(':');
    Some((what.to_owned(), gas.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{logged, step};

    #[test]
    fn lines_of_the_referees_steps() {
        let line = "test the_longest_rows_hold ... referee K = 28672, 4 bits Down: 2962825 gas, witness of 76317 bytes";
        assert_eq!(step(line), Some(("referee K = 28672, 4 bits Down".into(), 2_962_825.0, 76_317)));
        let line = "dispute SmolLM2 reveal: 99158 gas, witness of 0 bytes";
        assert_eq!(step(line), Some(("dispute SmolLM2 reveal".into(), 99_158.0, 0)));
        assert_eq!(step("SmolLM2: 0 sequences, 549 operations"), None);
        assert_eq!(step("referee SmolLM2 Down: much gas, witness of 1 bytes"), None);
    }

    #[test]
    fn lines_of_the_gas_tests() {
        assert_eq!(logged("gas claim: 69089"), Some(("claim".into(), 69089.0)));
        assert_eq!(logged("gas, mint of a KiB 241474"), Some(("mint of a KiB".into(), 241_474.0)));
        assert_eq!(logged("other: 1"), None);
        assert_eq!(logged("gas claim: many"), None);
    }
}
