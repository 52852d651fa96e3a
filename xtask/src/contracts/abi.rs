//! The contracts as the other languages see them: the ABI and the fingerprint of the code, from what forge has built.
//!
//! `crates/core/src/chain/abi/<Contract>.json` and `code.json` are committed, so that Rust and the package build without forge.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use openimo_core::commit::keccak256;
use serde::{Deserialize, Serialize};

use crate::paths;

/// Where the renderings are.
const FOLDER: &str = "crates/core/src/chain/abi";

/// Every contract that is deployed or called.
const CONTRACTS: [&str; 9] = [
    "AIOracle",
    "AigcToken",
    "BondedAssertionVerifier",
    "ModelOffering",
    "ModelOfferingFactory",
    "ModelRegistry",
    "OfferingVesting",
    "OptimisticVerifier",
    "RevShareToken",
];

/// Contracts beside those, of which only the code is known.
const PARTS: [&str; 4] = ["ContentReferee", "ModelPrograms", "Referee", "RunReader"];

/// One function, event, error or constructor.
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
struct Entry {
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inputs: Option<Vec<Parameter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<Vec<Parameter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_mutability: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymous: Option<bool>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
struct Parameter {
    name: String,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    internal_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    indexed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<Parameter>>,
}

/// What forge writes of a contract.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    abi: Vec<Entry>,
    deployed_bytecode: Code,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    object: String,
    #[serde(default)]
    immutable_references: BTreeMap<String, Vec<Reference>>,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Reference {
    start: usize,
    length: usize,
}

/// Code as it is recognised on a chain: its length, where the values of immutables are, and keccak256 with zeros in their place.
#[derive(Serialize)]
struct Fingerprint {
    length: usize,
    immutables: Vec<[usize; 2]>,
    keccak256: String,
}

/// Write the renderings that differ.
///
/// # Errors
/// If forge has not built a contract, or a file cannot be written.
pub fn write() -> Result<()> {
    for (path, text) in renderings()? {
        let path = paths::root().join(path);
        if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
            continue;
        }
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

/// Compare the committed renderings with what forge has built.
///
/// # Errors
/// If one differs.
pub fn check() -> Result<()> {
    for (path, text) in renderings()? {
        let found = std::fs::read_to_string(paths::root().join(&path)).unwrap_or_default();
        ensure!(found == text, "{path} is not what forge builds; run `cargo xtask contracts abi` and `cargo xtask vectors`");
    }
    Ok(())
}

fn renderings() -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let mut codes = BTreeMap::new();
    for name in CONTRACTS.into_iter().chain(PARTS) {
        let path = paths::root().join(format!("contracts/out/{name}.sol/{name}.json"));
        let text = std::fs::read_to_string(&path).with_context(|| format!("{} is not built", path.display()))?;
        let Artifact { abi, deployed_bytecode } = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        if CONTRACTS.contains(&name) {
            files.push((format!("{FOLDER}/{name}.json"), lines(abi)?));
        }
        codes.insert(name, fingerprint(&deployed_bytecode).with_context(|| format!("the code of {name}"))?);
    }
    files.push((format!("{FOLDER}/code.json"), serde_json::to_string(&codes)?.replace("},\"", "},\n\"") + "\n"));
    Ok(files)
}

/// Sorted, an entry a line.
fn lines(mut abi: Vec<Entry>) -> Result<String> {
    abi.sort();
    let lines = abi.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("[\n{}\n]\n", lines.join(",\n")))
}

fn fingerprint(code: &Code) -> Result<Fingerprint> {
    let mut bytes = hex::decode(code.object.trim_start_matches("0x")).context("is linked to a library, or is no hex")?;
    let mut references: Vec<_> = code.immutable_references.values().flatten().collect();
    references.sort();
    for reference in &references {
        bytes[reference.start..reference.start + reference.length].fill(0);
    }
    let immutables = references.iter().map(|reference| [reference.start, reference.length]).collect();
    Ok(Fingerprint { length: bytes.len(), immutables, keccak256: format!("0x{}", hex::encode(keccak256(&bytes).0)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn immutables_do_not_change_a_fingerprint_and_code_does() {
        let of = |object: &str| {
            let references = BTreeMap::from([("7".into(), vec![Reference { start: 1, length: 2 }])]);
            fingerprint(&Code { object: object.into(), immutable_references: references }).unwrap().keccak256
        };
        assert_eq!(of("0x01020304"), of("0x01ffff04"));
        assert_ne!(of("0x01020304"), of("0x01020305"));
    }

    #[test]
    fn entries_are_sorted() {
        let entry = |name: &str| Entry {
            r#type: "function".into(),
            name: Some(name.into()),
            inputs: None,
            outputs: None,
            state_mutability: None,
            anonymous: None,
        };
        let text = lines(vec![entry("b"), entry("a")]).unwrap();
        assert_eq!(text, "[\n{\"type\":\"function\",\"name\":\"a\"},\n{\"type\":\"function\",\"name\":\"b\"}\n]\n");
    }
}
