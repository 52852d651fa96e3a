//! Commitments: keccak256, domain-separated Merkle trees, and the hash newtypes that are never mixed up.

pub mod frontier;
mod hash;
pub mod merkle;

pub use hash::{ContentHash, Hash, ModelId, ParseHashError, PromptHash, RequestHash, Seed, StatementHash, TraceRoot, keccak256};
