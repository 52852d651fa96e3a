//! Finds a position at which a boundary differs of which only the root is known: each revealed part has the digests beside its own.

use std::collections::BTreeSet;

use crate::commit::{Hash, merkle};
use crate::trace::step::inquiry::beside_ranges;

/// What is known of a boundary.
#[derive(Debug)]
pub struct Locate {
    digests: Vec<Hash>,
    known: BTreeSet<usize>,
}

impl Locate {
    /// Nothing is known; the right digests are these.
    pub fn new(digests: &[Hash]) -> Self {
        Self { digests: digests.to_vec(), known: BTreeSet::new() }
    }

    /// The position to look at next.
    pub fn next(&self) -> Option<usize> {
        (0..self.digests.len()).find(|position| !self.known.contains(position))
    }

    /// Learn from what was revealed at a position: whether it is wrong there.
    pub fn learn(&mut self, position: usize, digest: Hash, siblings: &[u8]) -> bool {
        self.known.insert(position);
        let ranges = beside_ranges(position..position + 1, self.digests.len());
        for (range, found) in ranges.into_iter().zip(siblings.chunks_exact(32)) {
            if merkle::root(&self.digests[range.clone()]).0 == found {
                self.known.extend(range);
            }
        }
        self.digests[position] != digest
    }
}
