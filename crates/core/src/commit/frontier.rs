//! A Merkle tree that grows leaf by leaf and keeps no more than the roots of its complete subtrees.

use super::Hash;
use super::merkle::{leaf, node};

/// The growing tree; of n leaves it keeps at most log₂ n + 1 digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    leaves: u64,
    /// Roots of complete subtrees, the largest first: one for each bit of `leaves`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Append the digest of a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        for _ in 0..self.leaves.trailing_ones() {
            let left = self.peaks.pop().expect("there is a peak for each bit");
            root = node(&left, &root);
        }
        self.peaks.push(root);
        self.leaves += 1;
    }

    /// Leaves so far.
    pub const fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The root: that of [`super::merkle::root`] over the same digests.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return leaf(&[]) };
        peaks.fold(*last, |right, left| node(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::super::merkle::root;
    use super::*;

    #[test]
    fn roots_are_those_of_the_whole_tree() {
        let (mut frontier, mut all) = (Frontier::default(), Vec::new());
        assert_eq!(frontier.root(), root(&all));
        for i in 0..200u8 {
            let next = leaf(&[i]);
            frontier.push(next);
            all.push(next);
            assert_eq!(frontier.root(), root(&all), "{} leaves", all.len());
            assert_eq!(frontier.leaves(), all.len() as u64);
            assert!(frontier.peaks.len() <= 8);
        }
    }
}
