//! Gas of the calls that people pay for, as the contracts' gas tests log it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use super::figure;
use crate::contracts;

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
    Ok(())
}

/// `gas claim: 69089` or `gas, mint: 241474`.
fn logged(line: &str) -> Option<(String, f64)> {
    let (what, gas) = line.strip_prefix("gas")?.rsplit_once(' ')?;
    let what = what.trim_start_matches(',').trim().trim_end_matches(':');
    Some((what.to_owned(), gas.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::logged;

    #[test]
    fn lines_of_the_gas_tests() {
        assert_eq!(logged("gas claim: 69089"), Some(("claim".into(), 69089.0)));
        assert_eq!(logged("gas, mint of a KiB 241474"), Some(("mint of a KiB".into(), 241_474.0)));
        assert_eq!(logged("other: 1"), None);
        assert_eq!(logged("gas claim: many"), None);
    }
}
