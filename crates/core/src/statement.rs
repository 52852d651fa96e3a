//! The statement: what every proof and every verdict is about.

use serde::{Deserialize, Serialize};
use sha3::{Digest, Keccak256};

use crate::commit::{ContentHash, ModelId, RequestHash, StatementHash, TraceRoot};

/// Domain of [`Statement::hash`].
const DOMAIN: &[u8] = b"openimo/statement/1";

/// "This model, asked this, produced this content", and the root over the run's intermediates where they were committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The model.
    pub model_id: ModelId,
    /// What it was asked.
    pub request_hash: RequestHash,
    /// What it produced.
    pub content_hash: ContentHash,
    /// Root over the run's committed intermediates, or none.
    pub trace_root: Option<TraceRoot>,
}

impl Statement {
    /// keccak256 of `"openimo/statement/1" ‖ model id ‖ request hash ‖ content hash ‖ presence ‖ trace root`; presence is one byte,
    /// 1 with a trace root, 0 without, where 32 zero bytes stand in its place.
    pub fn hash(&self) -> StatementHash {
        let presence = [u8::from(self.trace_root.is_some())];
        let trace_root = self.trace_root.map_or([0; 32], |root| root.0);
        let hash = Keccak256::new()
            .chain_update(DOMAIN)
            .chain_update(self.model_id.0)
            .chain_update(self.request_hash.0)
            .chain_update(self.content_hash.0)
            .chain_update(presence)
            .chain_update(trace_root);
        StatementHash(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::keccak256;

    #[test]
    fn every_field_is_hashed_at_its_place() {
        let statement = Statement {
            model_id: ModelId([1; 32]),
            request_hash: RequestHash([2; 32]),
            content_hash: ContentHash([3; 32]),
            trace_root: None,
        };
        let mut bytes = DOMAIN.to_vec();
        for part in [1u8, 2, 3] {
            bytes.extend([part; 32]);
        }
        bytes.extend([0; 33]);
        assert_eq!(statement.hash().0, keccak256(&bytes).0);
        let absent = statement.hash();
        let zeros = Statement { trace_root: Some(TraceRoot([0; 32])), ..statement }.hash();
        assert_ne!(absent, zeros, "no trace root is not a trace root of zeros");
    }
}
