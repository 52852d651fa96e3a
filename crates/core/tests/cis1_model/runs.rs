//! What the greedy runs of `vectors/cis1.json` are.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A run of the vectors.
pub struct Run {
    /// Ids of the prompt.
    pub prompt: Vec<u32>,
    /// Ids of the answer.
    pub ids: Vec<u32>,
    /// SHA-256 of the logits before each of them, as little-endian 32-bit integers.
    pub logits: Vec<String>,
}

/// The runs, shortest prompt first.
pub fn runs() -> Vec<Run> {
    let vectors: Value = serde_json::from_str(include_str!("../../../../vectors/cis1.json")).expect("JSON");
    let numbers = |v: &Value| v.as_array().expect("a list").iter().map(|v| v.as_u64().expect("an id") as u32).collect();
    let texts = |v: &Value| v.as_array().expect("a list").iter().map(|v| v.as_str().expect("hex").to_owned()).collect();
    let runs = vectors["greedy"].as_array().expect("runs").iter();
    let mut runs: Vec<Run> = runs
        .map(|r| Run { prompt: numbers(&r["ids"]), ids: numbers(&r["tokens"]), logits: texts(&r["logits_sha256_i32le"]) })
        .collect();
    runs.sort_by_key(|run| run.prompt.len());
    runs
}

/// As the vectors have it.
pub fn digest(logits: &[i32]) -> String {
    let mut hash = Sha256::new();
    logits.iter().for_each(|l| hash.update(l.to_le_bytes()));
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}
