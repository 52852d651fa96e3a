//! Digests of the logits of 1,000 small random models: what a native run and a run in a browser must agree on.

use serde::{Deserialize, Serialize};

use crate::backend::ReadBack;
use crate::commit::{Hash, keccak256};
use crate::model::testing::runs::{case, logits};
use crate::ops::ARITHMETIC;
use crate::scalar::Scalar;

/// Models of the file.
const MODELS: u64 = 1000;
/// Models of a digest.
const GROUP: u64 = 100;

/// How the ids of a model are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// All at once.
    Batch,
    /// One after the other.
    Steps,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    arithmetic: String,
    models: u64,
    /// keccak256 over the logits (i32 little endian) of each hundred models.
    logits: Vec<Hash>,
}

/// The stored file, made by the reference.
pub fn file() -> String {
    let file = File { arithmetic: ARITHMETIC.to_owned(), models: MODELS, logits: digests(|| Scalar, Calls::Batch) };
    serde_json::to_string_pretty(&file).expect("plain data") + "\n"
}

/// Run every model on an executor and compare with the stored file.
///
/// # Errors
/// What differs, or that the text is not such a file.
pub fn check<B: ReadBack>(text: &str, backend: impl Fn() -> B, calls: Calls) -> Result<(), String> {
    let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let found = digests(backend, calls);
    if file.arithmetic != ARITHMETIC || file.models != MODELS || file.logits.len() != found.len() {
        return Err("another file of random models than this version's".to_owned());
    }
    match found.iter().zip(&file.logits).position(|(found, stored)| found != stored) {
        Some(group) => Err(format!("the logits of models {} to {} differ", group as u64 * GROUP, (group as u64 + 1) * GROUP - 1)),
        None => Ok(()),
    }
}

fn digests<B: ReadBack>(backend: impl Fn() -> B, calls: Calls) -> Vec<Hash> {
    let group = |first: u64| {
        let mut bytes = Vec::new();
        for seed in first..first + GROUP {
            let (tiny, ids) = case(seed);
            let lengths = match calls {
                Calls::Batch => vec![ids.len()],
                Calls::Steps => vec![1; ids.len()],
            };
            let backend = backend();
            let weights = tiny.weights(&backend);
            let all = logits(backend, &tiny, &weights, &ids, &lengths);
            bytes.extend(all.iter().flat_map(|l| l.to_le_bytes()));
        }
        keccak256(&bytes)
    };
    (0..MODELS).step_by(GROUP as usize).map(group).collect()
}
