//! Binary Merkle trees over keccak256, leaves and nodes in separate domains.
//!
//! `leaf = keccak(0x00 ‖ bytes)`, `node = keccak(0x01 ‖ left ‖ right)`; the last node of an odd level moves up unchanged. The number
//! of leaves is always fixed by something committed beside the root, so a tree cannot be read with another shape.

use sha3::{Digest, Keccak256};

use super::Hash;

/// Digest of a leaf.
pub fn leaf(bytes: &[u8]) -> Hash {
    Hash(Keccak256::new().chain_update([0u8]).chain_update(bytes).finalize().into())
}

/// Digest of an inner node.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Hash(Keccak256::new().chain_update([1u8]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Root over digests of one level; the digest of an empty leaf where there is none.
pub fn root(level: &[Hash]) -> Hash {
    if level.is_empty() {
        return leaf(&[]);
    }
    let mut level = level.to_vec();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node(left, right),
                [single] => *single,
                _ => unreachable!("chunks of two"),
            })
            .collect();
    }
    level[0]
}

/// Root over leaves that are given as bytes.
pub fn root_of(leaves: &[&[u8]]) -> Hash {
    let level: Vec<Hash> = leaves.iter().map(|bytes| leaf(bytes)).collect();
    root(&level)
}
