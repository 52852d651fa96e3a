//! Binary Merkle trees over keccak256, leaves and nodes in separate domains.
//!
//! `leaf = keccak(0x00 ‖ bytes)`, `node = keccak(0x01 ‖ left ‖ right)`; the last node of an odd level moves up unchanged. The number
//! of leaves is always fixed by something committed beside the root, so a tree cannot be read with another shape. Whole levels are
//! hashed at once, by vectors where there are some.

use std::ops::Range;

use sha3::{Digest, Keccak256};

use super::Hash;
use crate::simd::keccak::keccak256_each;
use crate::simd::level::Level;

/// Digest of a leaf.
pub fn leaf(bytes: &[u8]) -> Hash {
    Hash(Keccak256::new().chain_update([LEAF]).chain_update(bytes).finalize().into())
}

/// Digest of an inner node.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Hash(Keccak256::new().chain_update([NODE]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Digests of many leaves; fastest where neighbours have equal lengths.
pub fn leaves(leaves: &[&[u8]]) -> Vec<Hash> {
    keccak256_each(Level::detect(), LEAF, leaves).into_iter().map(Hash).collect()
}

/// Root over digests of one level; the digest of an empty leaf where there is none.
pub fn root(level: &[Hash]) -> Hash {
    let mut level = level.to_vec();
    while level.len() > 1 {
        level = above(&level);
    }
    level.first().copied().unwrap_or_else(|| leaf(&[]))
}

/// The root of each of many trees of `width` leaves, whose digests follow each other; a level of all of them is hashed at once.
///
/// # Panics
/// If `width` is 0, or does not divide their number.
pub fn roots(mut levels: Vec<Hash>, mut width: usize) -> Vec<Hash> {
    assert!(width > 0 && levels.len().is_multiple_of(width), "{} digests make no trees of {width} leaves", levels.len());
    while width > 1 {
        let even = width & !1;
        let pairs: Vec<u8> = levels.chunks_exact(width).flat_map(|level| level[..even].iter().flat_map(|h| h.0)).collect();
        let pairs: Vec<&[u8]> = pairs.chunks_exact(64).collect();
        let nodes = keccak256_each(Level::detect(), NODE, &pairs);
        let above = nodes.chunks_exact(even / 2).zip(levels.chunks_exact(width));
        levels = above.flat_map(|(nodes, level)| nodes.iter().copied().map(Hash).chain(level[even..].iter().copied())).collect();
        width = width.div_ceil(2);
    }
    levels
}

/// Root over leaves that are given as bytes.
pub fn root_of(bytes: &[&[u8]]) -> Hash {
    root(&leaves(bytes))
}

/// The way from a leaf to the root: the digest beside it on each level that has one, lowest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Index of the leaf.
    pub index: u64,
    /// Leaves of the tree.
    pub leaves: u64,
    /// Digests beside the way.
    pub path: Vec<Hash>,
}

/// Open leaf `index` of the tree over `level`.
///
/// # Panics
/// If there is no such leaf.
pub fn open(level: &[Hash], index: usize) -> Opening {
    Opening { index: index as u64, leaves: level.len() as u64, path: open_range(level, index..index + 1) }
}

/// The digests beside consecutive leaves of the tree over `level` on the way to its root: on each level from the lowest on, first that to the
/// left, then that to the right, where there is one.
///
/// # Panics
/// If there are no such leaves.
pub fn open_range(level: &[Hash], range: Range<usize>) -> Vec<Hash> {
    assert!(!range.is_empty() && range.end <= level.len(), "there are no leaves {range:?} among {}", level.len());
    let mut siblings = Vec::new();
    beside(level.to_vec(), 0, range, level.len(), u32::MAX, &mut siblings);
    siblings
}

/// Append the digests beside `range` on the lowest `heights` levels of a tree of `width` leaves, of which `level` are those from `base` on, a
/// multiple of `2^heights`.
pub(crate) fn beside(
    mut level: Vec<Hash>,
    mut base: usize,
    mut range: Range<usize>,
    mut width: usize,
    heights: u32,
    siblings: &mut Vec<Hash>,
) {
    for _ in 0..heights {
        if width <= 1 {
            break;
        }
        if range.start & 1 == 1 {
            siblings.push(level[range.start - 1 - base]);
        }
        if range.end & 1 == 1 && range.end < width {
            siblings.push(level[range.end - base]);
        }
        range = range.start / 2..range.end.div_ceil(2);
        level = if level.len() > 1 { above(&level) } else { level };
        (base, width) = (base / 2, width.div_ceil(2));
    }
}

/// The root of the tree of `width` leaves in which `digests` are those from `start` on; none if `siblings` are not as many as [`open_range`]
/// gives there, or there are no such leaves.
pub fn range_root(digests: &[Hash], mut start: usize, mut width: usize, siblings: &[Hash]) -> Option<Hash> {
    if digests.is_empty() || start.checked_add(digests.len()).is_none_or(|end| end > width) {
        return None;
    }
    let (mut level, mut siblings) = (digests.to_vec(), siblings.iter());
    while width > 1 {
        if start & 1 == 1 {
            level.insert(0, *siblings.next()?);
        }
        let end = start / 2 * 2 + level.len();
        if end & 1 == 1 && end < width {
            level.push(*siblings.next()?);
        }
        level = if level.len() > 1 { above(&level) } else { level };
        (start, width) = (start / 2, width.div_ceil(2));
    }
    siblings.next().is_none().then(|| level[0])
}

impl Opening {
    /// The root of the tree in which `leaf` is at this place; none if the path is not as long as the tree is high there, or there is
    /// no such leaf. The caller compares it with the root that it trusts, and `leaves` with the number that it knows.
    pub fn root(&self, leaf: Hash) -> Option<Hash> {
        let index = |n: u64| usize::try_from(n).ok();
        range_root(&[leaf], index(self.index)?, index(self.leaves)?, &self.path)
    }
}

/// The level above one of at least two digests.
pub(super) fn above(level: &[Hash]) -> Vec<Hash> {
    let bytes: Vec<u8> = level.iter().flat_map(|h| h.0).collect();
    let pairs = bytes.chunks_exact(64).collect::<Vec<_>>();
    let mut nodes: Vec<Hash> = keccak256_each(Level::detect(), NODE, &pairs).into_iter().map(Hash).collect();
    if !level.len().is_multiple_of(2) {
        nodes.extend(level.last());
    }
    nodes
}

/// First byte of a leaf's preimage.
const LEAF: u8 = 0;
/// First byte of a node's preimage.
const NODE: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, recursively: a tree of `n` leaves is the largest power of two below `n` and the rest.
    fn by_definition(leaves: &[&[u8]]) -> Hash {
        match leaves {
            [] => leaf(&[]),
            [one] => leaf(one),
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn many_roots_are_those_of_each_tree() {
        for width in 1..12 {
            let all: Vec<Hash> = (0..5 * width as u8).map(|i| leaf(&[i])).collect();
            let each: Vec<Hash> = all.chunks(width).map(root).collect();
            assert_eq!(roots(all, width), each, "{width} leaves");
        }
    }

    #[test]
    fn ranges_open() {
        for n in 1..40usize {
            let level: Vec<Hash> = (0..n as u8).map(|i| leaf(&[i])).collect();
            let expected = root(&level);
            for (start, end) in (0..n).flat_map(|start| (start + 1..=n).map(move |end| (start, end))) {
                let siblings = open_range(&level, start..end);
                assert_eq!(range_root(&level[start..end], start, n, &siblings), Some(expected), "{start}..{end} of {n}");
                assert_eq!(range_root(&level[start..end], start, n, &[siblings.clone(), vec![expected]].concat()), None);
                if let Some((_, short)) = siblings.split_last() {
                    assert_eq!(range_root(&level[start..end], start, n, short), None);
                }
                let mut other = level[start..end].to_vec();
                other[(end - start) / 2] = leaf(b"another");
                assert_ne!(range_root(&other, start, n, &siblings), Some(expected));
                // A part of the tree, as where the rest is known by its nodes alone.
                let base = start & !3;
                let (part, mut split) = (level[base..n.min(end.next_multiple_of(4))].to_vec(), Vec::new());
                beside(part, base, start..end, n, 2, &mut split);
                let nodes: Vec<Hash> = level.chunks(4).map(root).collect();
                beside(nodes, 0, start / 4..end.div_ceil(4), n.div_ceil(4), u32::MAX, &mut split);
                assert_eq!(split, siblings, "{start}..{end} of {n}");
            }
            assert_eq!(range_root(&level, 1, n, &[]), None);
            assert_eq!(range_root(&level, usize::MAX, n, &[]), None);
        }
    }

    #[test]
    fn roots_follow_the_definition_and_every_leaf_opens() {
        let bytes: Vec<u8> = (0..200).collect();
        for n in 0..70 {
            let all: Vec<&[u8]> = (0..n).map(|i| &bytes[i..i + 20 + i % 3 / 2]).collect();
            let expected = by_definition(&all);
            assert_eq!(root_of(&all), expected, "{n} leaves");
            let level = leaves(&all);
            for index in 0..n {
                let opening = open(&level, index);
                assert_eq!(opening.root(level[index]), Some(expected), "leaf {index} of {n}");
                assert_ne!(opening.root(leaf(b"another")), Some(expected));
                let elsewhere = Opening { index: (index as u64) ^ 1, ..opening.clone() };
                assert!(n < 2 || elsewhere.root(level[index]) != Some(expected), "leaf {index} of {n} opened beside its place");
                let mut long = opening.clone();
                long.path.push(expected);
                assert_eq!(long.root(level[index]), None);
                if let Some((_, short)) = opening.path.split_last() {
                    let short = Opening { path: short.to_vec(), ..opening.clone() };
                    assert_eq!(short.root(level[index]), None);
                }
                assert_eq!(Opening { leaves: index as u64, ..opening }.root(level[index]), None);
            }
        }
    }
}
