//! What a witness opens, piece by piece, and what all parts of a run have in common.

use std::ops::Range;

use super::weights::Weights;
use super::{Step, Tensor};
use crate::commit::Hash;

/// A place in the tensors of a part: leaves of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The tensor.
    pub tensor: usize,
    /// The row.
    pub row: usize,
    /// First leaf, and the one after the last.
    pub leaves: (usize, usize),
}

/// A piece of a witness.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Of which tensor of the part it is; none for weights, ids, and what lies before the part.
    pub place: Option<Place>,
    /// Leaves, and the digests beside them.
    pub bytes: Vec<u8>,
}

impl Opened {
    /// What is not of the part's tensors.
    pub const fn other(bytes: Vec<u8>) -> Self {
        Self { place: None, bytes }
    }

    /// Leaves of a row of a tensor.
    pub fn leaves(tensors: &[Tensor], tensor: usize, row: usize, leaves: Range<usize>) -> Self {
        let bytes = tensors[tensor].open(row, leaves.clone());
        Self { place: Some(Place { tensor, row, leaves: (leaves.start, leaves.end) }), bytes }
    }

    /// A whole row of a tensor.
    pub fn row(tensors: &[Tensor], tensor: usize, row: usize) -> Self {
        Self::leaves(tensors, tensor, row, 0..tensors[tensor].leaves(row))
    }
}

/// A part of a run: the tensors that are committed to when it is disputed, and the steps that write them.
pub trait Part {
    /// The tensors.
    fn tensors(&self) -> &[Tensor];

    /// What the witness of a step opens, in order, where its number's leaf says `peak`, or what it does say; none if the part has no such
    /// step.
    fn openings(&self, weights: Weights<'_>, step: Step, peak: Option<u32>) -> Option<Vec<Opened>>;

    /// The steps that write a leaf: none of them is wrong in a right leaf, and one is in a wrong one, if all that they read is right.
    fn writing(&self, place: &Place) -> Vec<Step>;

    /// Whether the rows of a tensor are opened as a whole: normalisations are one step.
    fn is_whole(&self, _tensor: usize) -> bool {
        false
    }

    /// The tensor of a layer's sums of heads, which rest on the last of all.
    fn folds(&self) -> Option<usize> {
        None
    }

    /// Where in a leaf the number is that a step writes; none if that is only guessed.
    fn number(&self, _place: &Place, _step: Step) -> Option<Range<usize>> {
        None
    }

    /// The steps that rest on all tensors and write none: the choice of an id.
    fn choosing(&self) -> Vec<Step> {
        Vec::new()
    }

    /// The roots of the tensors.
    fn roots(&self) -> Vec<Hash> {
        self.tensors().iter().map(Tensor::root).collect()
    }

    /// The witness of a step; none if the part has no such step.
    fn witness(&self, weights: Weights<'_>, step: Step) -> Option<Vec<u8>> {
        self.openings(weights, step, None).map(|openings| witness(step, &openings))
    }
}

/// A witness of these openings.
pub fn witness(step: Step, openings: &[Opened]) -> Vec<u8> {
    step.to_bytes().into_iter().chain(openings.iter().flat_map(|opened| opened.bytes.iter().copied())).collect()
}
