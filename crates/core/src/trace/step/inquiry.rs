//! Finds a step that does not hold in tensors of which only the roots are known, and what their owner shows when he is asked.
//!
//! Whoever ran the model has the right tensors. In the order of the steps, the first tensor with another root is wrong somewhere, on inputs
//! that are right. The owner is asked for a step that writes its first leaf about which nothing is known; the witness of the answer has that
//! leaf and the digests beside it, so every subtree beside it is found to be the same or another. So a single wrong leaf is open after as many
//! questions as its tree is high. Then its steps are put together: own inputs and weights, his numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::layer::peak_of;
use super::opened::{Opened, Part, Place, witness};
use super::weights::Weights;
use super::{Kind, Step, Tensor};
use crate::commit::{Hash, merkle};

/// What is known of somebody's tensors.
#[derive(Debug)]
pub struct Inquiry {
    /// Whether each tensor has the right root.
    is_right: Vec<bool>,
    /// What was opened, as it was.
    opened: BTreeMap<Place, Vec<u8>>,
    /// Leaves that are known to be right, and those that were shown.
    known: BTreeSet<(usize, usize, usize)>,
    /// Steps that were shown.
    shown: Vec<Step>,
}

impl Inquiry {
    /// Nothing is known but the roots.
    ///
    /// # Panics
    /// If there are not as many roots as the part has tensors.
    pub fn new(part: &dyn Part, roots: &[Hash]) -> Self {
        assert_eq!(roots.len(), part.tensors().len(), "a root a tensor");
        let is_right = part.roots().iter().zip(roots).map(|(a, b)| a == b).collect();
        Self { is_right, opened: BTreeMap::new(), known: BTreeSet::new(), shown: Vec::new() }
    }

    /// Whether all tensors are right: then only the choice of an id can be wrong.
    pub fn is_right(&self) -> bool {
        self.is_right.iter().all(|&is| is)
    }

    /// The step to ask for next; none if there is nothing left to ask.
    pub fn question(&self, part: &dyn Part) -> Option<Step> {
        // A wrong leaf that was seen beside another: its own step opens all that it rests on.
        let beside = self.wrong(part).filter_map(|(place, _)| part.writing(place).first().copied());
        if let Some(step) = beside.into_iter().find(|step| !self.shown.contains(step)) {
            return Some(step);
        }
        for tensor in (0..self.is_right.len()).filter(|&tensor| !self.is_right[tensor]) {
            let t = &part.tensors()[tensor];
            for row in 0..t.rows() {
                if let Some(leaf) = self.next_leaf(part, tensor, row) {
                    let leaves = if part.is_whole(tensor) { (0, t.leaves(row)) } else { (leaf, leaf + 1) };
                    return part.writing(&Place { tensor, row, leaves }).first().copied();
                }
            }
        }
        None
    }

    /// The leaf of a row to ask for. Sums of heads rest on the last of all, so that comes first; and a wrong maximum in it began in some chunk,
    /// which is halved for.
    fn next_leaf(&self, part: &dyn Part, tensor: usize, row: usize) -> Option<usize> {
        let leaves = part.tensors()[tensor].leaves(row);
        let is_known = |leaf: usize| self.known.contains(&(tensor, row, leaf));
        if part.folds() == Some(tensor) && (0..leaves).any(|leaf| !is_known(leaf)) {
            let last = leaves - 1;
            if !is_known(last) {
                return Some(last);
            }
            let differs = |leaf: usize| {
                let place = Place { tensor, row, leaves: (leaf, leaf + 1) };
                let right = &part.tensors()[tensor].leaf(row, leaf)[..8];
                self.opened.get(&place).is_some_and(|bytes| &bytes[..8] != right)
            };
            let first_wrong = (0..leaves).find(|&leaf| differs(leaf));
            if let Some(high) = first_wrong {
                let low = (0..high).rev().find(|&leaf| is_known(leaf)).map_or(0, |leaf| leaf + 1);
                if low < high {
                    return Some(low + (high - low) / 2);
                }
            }
        }
        (0..leaves).find(|&leaf| !is_known(leaf))
    }

    /// Learn from the answer to a question: a witness that the referee has found to hold. Whatever else it is teaches nothing.
    pub fn learn(&mut self, part: &dyn Part, weights: Weights<'_>, step: Step, witness: &[u8]) {
        self.shown.push(step);
        let mut rest = witness.get(step.to_bytes().len()..).unwrap_or_default();
        let peak = step.kind.has_peak().then(|| rest.get(..8).map(peak_of)).flatten();
        for opened in part.openings(weights, step, peak).unwrap_or_default() {
            let Some((bytes, after)) = rest.split_at_checked(opened.bytes.len()) else { return };
            rest = after;
            if let Some(place) = opened.place {
                self.learn_leaves(part, place, bytes);
            }
        }
    }

    /// Learn what one of their tensors is, as it is known without asking.
    ///
    /// # Panics
    /// If it has other rows or leaves.
    pub fn see(&mut self, part: &dyn Part, tensor: usize, theirs: &Tensor) {
        for row in 0..theirs.rows() {
            for leaf in 0..theirs.leaves(row) {
                let leaves = (leaf, leaf + 1);
                self.learn_leaves(part, Place { tensor, row, leaves }, &theirs.open(row, leaf..leaf + 1));
            }
        }
    }

    fn learn_leaves(&mut self, part: &dyn Part, place: Place, bytes: &[u8]) {
        let Place { tensor, row, leaves: (from, to) } = place;
        let t = &part.tensors()[tensor];
        let len: usize = (from..to).map(|leaf| t.leaf(row, leaf).len()).sum();
        self.known.extend((from..to).map(|leaf| (tensor, row, leaf)));
        let beside: Vec<Hash> = bytes[len..].chunks_exact(32).map(|hash| Hash(hash.try_into().expect("32 bytes"))).collect();
        let (digests, roots) = (t.digests(row), t.roots());
        let inner = beside_ranges(from..to, digests.len());
        for (range, found) in inner.iter().zip(&beside) {
            if merkle::root(&digests[range.clone()]) == *found {
                self.known.extend(range.clone().map(|leaf| (tensor, row, leaf)));
            }
        }
        for (range, found) in beside_ranges(row..row + 1, roots.len()).iter().zip(&beside[inner.len().min(beside.len())..]) {
            if merkle::root(&roots[range.clone()]) == *found {
                let rows = range.clone().filter(|&row| row < t.rows());
                self.known.extend(rows.flat_map(|row| (0..t.leaves(row)).map(move |leaf| (tensor, row, leaf))));
            }
        }
        self.opened.insert(place, bytes.to_vec());
    }

    /// Witnesses of steps on what was shown, of which one does not hold if what was shown is wrong; those of differing numbers first.
    pub fn witnesses<'a>(&'a self, part: &'a dyn Part, weights: Weights<'a>) -> impl Iterator<Item = (Step, Vec<u8>)> + 'a {
        let steps = self.wrong(part).flat_map(|(place, bytes)| {
            let mut steps = part.writing(place);
            let right = part.tensors()[place.tensor].leaf(place.row, place.leaves.0);
            steps.sort_by_key(|step| match part.number(place, *step) {
                Some(number) => right.get(number.clone()) == bytes.get(number),
                None => !writes_difference(step, right, bytes),
            });
            steps
        });
        let all = steps.chain(if self.is_right() { part.choosing() } else { Vec::new() });
        all.filter_map(move |step| Some((step, self.witness(part, weights, step)?)))
    }

    /// What was opened and is wrong.
    fn wrong(&self, part: &dyn Part) -> impl Iterator<Item = (&Place, &Vec<u8>)> {
        self.opened.iter().filter(|(place, bytes)| !self.is_right[place.tensor] && differs(part, place, bytes))
    }

    /// The witness of a step on own inputs and somebody's numbers; none if they were not shown.
    fn witness(&self, part: &dyn Part, weights: Weights<'_>, step: Step) -> Option<Vec<u8>> {
        let theirs = |opened: Opened| match &opened.place {
            Some(place) if !self.is_right[place.tensor] => {
                let bytes = self.opened.get(place)?.clone();
                Some(Opened { bytes, ..opened })
            }
            _ => Some(opened),
        };
        let mut peak = None;
        if step.kind.has_peak() {
            // Its leaf comes first.
            peak = part.openings(weights, step, None)?.into_iter().next().and_then(theirs).map(|leaf| peak_of(&leaf.bytes));
        }
        let openings: Option<Vec<Opened>> = part.openings(weights, step, peak)?.into_iter().map(theirs).collect();
        Some(witness(step, &openings?))
    }
}

fn differs(part: &dyn Part, place: &Place, bytes: &[u8]) -> bool {
    let t = &part.tensors()[place.tensor];
    let right: Vec<u8> = (place.leaves.0..place.leaves.1).flat_map(|leaf| t.leaf(place.row, leaf)).copied().collect();
    !bytes.starts_with(&right)
}

/// Whether the number that a step writes is another one: a guess by its place, right for integers and for block floating point.
fn writes_difference(step: &Step, right: &[u8], found: &[u8]) -> bool {
    let (head, size) = match step.kind {
        Kind::QBfp | Kind::KBfp | Kind::VBfp | Kind::AttendedBfp | Kind::Gated => (8, 2),
        Kind::Folds => (0, 16),
        Kind::Scores => return true,
        _ => (0, 4),
    };
    let count = (right.len() - head) / size;
    let at = head + size * (step.c as usize % count.max(1));
    right.get(at..at + size) != found.get(at..at + size)
}

/// What each digest beside a range covers, in the order of [`merkle::open_range`].
pub(crate) fn beside_ranges(mut range: std::ops::Range<usize>, n: usize) -> Vec<std::ops::Range<usize>> {
    let (mut width, mut unit, mut found) = (n, 1, Vec::new());
    while width > 1 {
        let covers = |i: usize| i * unit..((i + 1) * unit).min(n);
        if range.start & 1 == 1 {
            found.push(covers(range.start - 1));
        }
        if range.end & 1 == 1 && range.end < width {
            found.push(covers(range.end));
        }
        range = range.start / 2..range.end.div_ceil(2);
        (width, unit) = (width.div_ceil(2), unit * 2);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_beside_a_range_cover_the_rest() {
        for n in 1..40usize {
            let level: Vec<Hash> = (0..n as u8).map(|i| merkle::leaf(&[i])).collect();
            for (start, end) in (0..n).flat_map(|start| (start + 1..=n).map(move |end| (start, end))) {
                let ranges = beside_ranges(start..end, n);
                let expected: Vec<Hash> = ranges.iter().map(|range| merkle::root(&level[range.clone()])).collect();
                assert_eq!(merkle::open_range(&level, start..end), expected, "{start}..{end} of {n}");
                assert_eq!(ranges.iter().map(ExactSizeIterator::len).sum::<usize>() + end - start, n);
            }
        }
    }
}
