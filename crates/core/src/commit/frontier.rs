//! A Merkle tree that grows leaf by leaf and keeps no more than the roots of its complete subtrees.

use super::Hash;
use super::merkle::{above, leaf, node};

/// The growing tree; of n leaves it keeps at most log₂ n + 1 digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    leaves: u64,
    /// Roots of complete subtrees, the largest first: one for each bit of `leaves`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Append digests of leaves; a level of them is hashed at once.
    pub fn extend(&mut self, leaves: &[Hash]) {
        let (mut level, mut before) = (leaves.to_vec(), self.leaves);
        // Roots that stay, one for each height at which the number of digests is odd, lowest first.
        let mut stay = Vec::new();
        while !level.is_empty() {
            if before & 1 == 1 {
                level.insert(0, self.peaks.pop().expect("there is a peak for each bit"));
            }
            if level.len() & 1 == 1 {
                stay.extend(level.pop());
            }
            level = if level.is_empty() { level } else { above(&level) };
            before >>= 1;
        }
        self.peaks.extend(stay.into_iter().rev());
        self.leaves += leaves.len() as u64;
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
        for i in 0..120u32 {
            let next: Vec<_> = (0..i * 7 % 11).map(|k| leaf(&[i as u8, k as u8])).collect();
            frontier.extend(&next);
            all.extend(next);
            assert_eq!(frontier.root(), root(&all), "{} leaves", all.len());
            assert_eq!(frontier.leaves(), all.len() as u64);
            assert_eq!(frontier.peaks.len(), all.len().count_ones() as usize);
        }
    }
}
