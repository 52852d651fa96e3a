//! Files that a hostile writer can make: any manifest, any payload, and hashes that fit.

use crate::model::file::{Layout, MAGIC, Manifest, Section, hash_chunk};

/// A file of a manifest and a payload, with the hashes that fit. Where the sections do not fit the payload it is cut, or filled with
/// zeros, within reason.
pub fn assemble(manifest: &Manifest, payload: &[u8]) -> Vec<u8> {
    let bytes = manifest.canonical();
    let mut file = MAGIC.to_vec();
    file.extend((bytes.len() as u32).to_le_bytes());
    file.extend(&bytes);
    let layouts: Vec<Layout> = manifest.sections.iter().map(Section::layout).collect();
    let len: u64 = layouts.iter().map(|l| l.len).sum();
    let mut payload = payload.to_vec();
    if len < REASON {
        payload.resize(len as usize, 0);
    }
    let mut start = 0;
    for layout in layouts {
        for i in 0..layout.chunks() {
            let leaves = layout.chunk(i);
            let range = start + layout.leaf_offset(leaves.start)..start + layout.leaf_offset(leaves.end);
            let Some(chunk) = payload.get(range.start as usize..range.end as usize) else { break };
            file.extend(hash_chunk(&layout, leaves.start, chunk).0);
        }
        start += layout.len;
    }
    file.extend(payload);
    file
}

/// Payloads are filled up to here.
const REASON: u64 = 1 << 24;
