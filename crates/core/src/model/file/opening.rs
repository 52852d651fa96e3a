//! Opens leaves of a model file: their bytes and their way to the model id, for whoever knows nothing of the model but that.

use std::ops::Range;

use super::head::Header;
use super::payload::Payload;
use crate::commit::{Hash, merkle};

/// Leaves of a section with the digests beside them, as [`merkle::open_range`] orders them: first in the section's tree, then in that of
/// the manifest and the sections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedLeaves {
    /// The leaves, one after the other.
    pub bytes: Vec<u8>,
    /// Digests beside the way, lowest first.
    pub siblings: Vec<Hash>,
}

/// Open consecutive leaves of a section of a file that has been checked. Only their chunks are read.
///
/// # Panics
/// If there are no such leaves, or the file is shorter than its head says.
pub fn open_leaves(header: &Header, file: Payload<'_>, section: usize, leaves: Range<u64>) -> OpenedLeaves {
    let layout = header.manifest.sections[section].layout();
    assert!(!leaves.is_empty() && leaves.end <= layout.leaves, "section {section} has no leaves {leaves:?}");
    let chunks: Vec<_> = header.chunks().iter().filter(|chunk| chunk.section == section).collect();
    let offset = chunks[0].offset;
    let bytes = |leaf: u64| file.bytes(header, offset + layout.leaf_offset(leaf)..offset + layout.leaf_offset(leaf + 1));
    // What is beside them below the height of a chunk lies in the chunks that they lie in; above it, chunks are nodes.
    let first = leaves.start / layout.chunk_leaves * layout.chunk_leaves;
    let last = leaves.end.next_multiple_of(layout.chunk_leaves).min(layout.leaves);
    let around: Vec<_> = (first..last).map(bytes).collect();
    let digests = merkle::leaves(&around.iter().map(|leaf| &leaf[..]).collect::<Vec<_>>());
    let range = |unit: u64| (leaves.start / unit) as usize..leaves.end.div_ceil(unit) as usize;
    let mut siblings = Vec::new();
    let height = layout.chunk_leaves.trailing_zeros();
    merkle::beside(digests, first as usize, range(1), layout.leaves as usize, height, &mut siblings);
    siblings.extend(merkle::open_range(&chunks.iter().map(|chunk| chunk.hash).collect::<Vec<_>>(), range(layout.chunk_leaves)));
    let sections = (0..header.manifest.sections.len()).map(|section| header.section_root(section));
    let parts: Vec<Hash> = [merkle::leaf(&header.manifest.canonical())].into_iter().chain(sections).collect();
    siblings.extend(merkle::open_range(&parts, section + 1..section + 2));
    let opened = &around[(leaves.start - first) as usize..(leaves.end - first) as usize];
    OpenedLeaves { bytes: opened.concat(), siblings }
}
