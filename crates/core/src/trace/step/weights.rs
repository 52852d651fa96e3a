//! The openings of weights in a model file that has been checked.

use std::ops::Range;

use crate::model::config::Config;
use crate::model::file::{Fetched, Header, LEAF_BYTES, LEAF_COLUMNS, Payload, open_leaves};
use crate::model::program::{FIRST_MATRIX, LAYER_MATRICES};

/// Section of the bytes of every id.
pub(super) const PIECES: usize = 3;
/// Section of the normalisations.
const NORMS: usize = 4;

/// A matrix of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    /// That of the embedding.
    Embedding,
    /// One of a layer: q, k, v, o, gate, up, down from 0 on.
    Layer(usize, usize),
    /// That of the logits.
    Head,
    /// The codebook of a picture.
    Codebook,
    /// One of its convolutions.
    Convolution(usize),
}

/// A model file with its head.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    header: &'a Header,
    file: Payload<'a>,
}

impl<'a> Weights<'a> {
    /// Of a file all of whose chunks have been checked.
    pub const fn new(header: &'a Header, file: &'a [u8]) -> Self {
        Self { header, file: Payload::Whole(file) }
    }

    /// Of chunks that are fetched as they are needed: what is opened counts only if nothing was [missing](Fetched::missing).
    pub const fn fetched(header: &'a Header, chunks: &'a Fetched) -> Self {
        Self { header, file: Payload::Fetched(chunks) }
    }

    /// The model's configuration.
    pub const fn config(&self) -> &'a Config {
        &self.header.manifest.config
    }

    /// Open a row of a matrix.
    ///
    /// # Panics
    /// If there is none.
    pub fn row(&self, matrix: Matrix, row: usize) -> Vec<u8> {
        let section = self.section(matrix);
        let leaves = self.header.manifest.sections[section].layout().row_leaves;
        self.open(section, row as u64 * leaves..(row as u64 + 1) * leaves)
    }

    /// Open the leaf of an element of a matrix.
    ///
    /// # Panics
    /// If there is none.
    pub fn element(&self, matrix: Matrix, row: usize, column: usize) -> Vec<u8> {
        let section = self.section(matrix);
        let leaf = row as u64 * self.header.manifest.sections[section].layout().row_leaves + (column / LEAF_COLUMNS) as u64;
        self.open(section, leaf..leaf + 1)
    }

    /// Open a normalisation, in the order of the section.
    ///
    /// # Panics
    /// If there is none.
    pub fn norm(&self, index: usize) -> Vec<u8> {
        let len = 2 * (self.config().d_model as usize + 1);
        self.bytes(NORMS, index * len..(index + 1) * len)
    }

    /// Open the bytes of an id: where those before it and its own end, then themselves, if there are any.
    ///
    /// # Panics
    /// If the model has no such id, or no bytes of ids.
    pub fn piece(&self, id: u32) -> Vec<u8> {
        let first = self.header.chunks().iter().find(|chunk| chunk.section == PIECES).expect("the model has them").offset;
        let end = |id: usize| {
            let at = first + 4 * id as u64;
            let bytes = self.file.bytes(self.header, at..at + 4);
            u32::from_be_bytes(bytes[..].try_into().expect("four bytes")) as usize
        };
        let (id, ends) = (id as usize, 4 * self.config().vocab as usize);
        let (from, to) = (if id == 0 { 0 } else { end(id - 1) }, end(id));
        let opened = self.bytes(PIECES, 4 * id.saturating_sub(1)..4 * id + 4);
        // Of chunks that are not here yet, the ends may be in no order.
        if from >= to { opened } else { [opened, self.bytes(PIECES, ends + from..ends + to)].concat() }
    }

    /// Open the leaves of a section of bytes that have these.
    fn bytes(&self, section: usize, range: Range<usize>) -> Vec<u8> {
        self.open(section, (range.start / LEAF_BYTES) as u64..range.end.div_ceil(LEAF_BYTES) as u64)
    }

    fn section(&self, matrix: Matrix) -> usize {
        let layers = self.config().n_layers as usize;
        let (first, each) = (usize::from(FIRST_MATRIX), usize::from(LAYER_MATRICES));
        let behind = first + 1 + layers * each;
        match matrix {
            Matrix::Layer(layer, matrix) => first + 1 + layer * each + matrix,
            Matrix::Head if !self.config().tied => behind,
            Matrix::Codebook => behind + usize::from(!self.config().tied),
            Matrix::Convolution(i) => behind + usize::from(!self.config().tied) + 1 + i,
            Matrix::Embedding | Matrix::Head => first,
        }
    }

    fn open(&self, section: usize, leaves: Range<u64>) -> Vec<u8> {
        let opened = open_leaves(self.header, self.file, section, leaves);
        opened.bytes.into_iter().chain(opened.siblings.iter().flat_map(|hash| hash.0)).collect()
    }
}
