//! The openings of weights in a model file that has been checked.

use std::ops::Range;

use crate::model::config::Config;
use crate::model::file::{Header, LEAF_BYTES, LEAF_COLUMNS, open_leaves};

/// Sections before the embedding's matrix.
const FIRST_MATRIX: usize = 4;
/// Section of the normalisations.
const NORMS: usize = 3;
/// Matrices of a layer.
const LAYER_MATRICES: usize = 7;

/// A matrix of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    /// That of the embedding.
    Embedding,
    /// One of a layer: q, k, v, o, gate, up, down from 0 on.
    Layer(usize, usize),
    /// That of the logits.
    Head,
}

/// A model file with its head.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    header: &'a Header,
    file: &'a [u8],
}

impl<'a> Weights<'a> {
    /// Of a file all of whose chunks have been checked.
    pub const fn new(header: &'a Header, file: &'a [u8]) -> Self {
        Self { header, file }
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
        let (start, end) = (index * len, (index + 1) * len);
        self.open(NORMS, (start / LEAF_BYTES) as u64..end.div_ceil(LEAF_BYTES) as u64)
    }

    fn section(&self, matrix: Matrix) -> usize {
        let layers = self.config().n_layers as usize;
        match matrix {
            Matrix::Layer(layer, matrix) => FIRST_MATRIX + 1 + layer * LAYER_MATRICES + matrix,
            Matrix::Head if !self.config().tied => FIRST_MATRIX + 1 + layers * LAYER_MATRICES,
            Matrix::Embedding | Matrix::Head => FIRST_MATRIX,
        }
    }

    fn open(&self, section: usize, leaves: Range<u64>) -> Vec<u8> {
        let opened = open_leaves(self.header, self.file, section, leaves);
        opened.bytes.into_iter().chain(opened.siblings.iter().flat_map(|hash| hash.0)).collect()
    }
}
