//! A committed tensor: rows of leaves, a tree over each row and a tree over the rows' roots.

use std::ops::Range;

use crate::commit::{Hash, merkle};

/// Rows that are there, and the digests of those after them that are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tensor {
    rows: Vec<Row>,
    roots: Vec<Hash>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    leaves: Vec<Vec<u8>>,
    digests: Vec<Hash>,
}

impl Tensor {
    /// A tensor of rows of leaves.
    pub fn new(rows: impl IntoIterator<Item = Vec<Vec<u8>>>) -> Self {
        let row = |leaves: Vec<Vec<u8>>| {
            let digests = merkle::leaves(&leaves.iter().map(Vec::as_slice).collect::<Vec<_>>());
            Row { leaves, digests }
        };
        let rows: Vec<Row> = rows.into_iter().map(row).collect();
        let roots = rows.iter().map(|row| merkle::root(&row.digests)).collect();
        Self { rows, roots }
    }

    /// The same with more rows, of which only the digests are known.
    #[must_use]
    pub fn followed_by(mut self, later: &[Hash]) -> Self {
        self.roots.extend_from_slice(later);
        self
    }

    /// The root over all rows.
    pub fn root(&self) -> Hash {
        merkle::root(&self.roots)
    }

    /// The roots of all rows.
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// The digests of the leaves of a row.
    ///
    /// # Panics
    /// If it is not there.
    pub fn digests(&self, row: usize) -> &[Hash] {
        &self.rows[row].digests
    }

    /// Open leaves of a row: their bytes, the digests beside them in the row, and those beside the row.
    ///
    /// # Panics
    /// If they are not there.
    pub fn open(&self, row: usize, leaves: Range<usize>) -> Vec<u8> {
        let inner = merkle::open_range(&self.rows[row].digests, leaves.clone());
        let outer = merkle::open_range(&self.roots, row..row + 1);
        let siblings = inner.iter().chain(&outer).flat_map(|hash| hash.0);
        self.rows[row].leaves[leaves].iter().flatten().copied().chain(siblings).collect()
    }

    /// Open a whole row.
    ///
    /// # Panics
    /// If it is not there.
    pub fn open_row(&self, row: usize) -> Vec<u8> {
        self.open(row, 0..self.rows[row].leaves.len())
    }

    /// The bytes of a leaf.
    ///
    /// # Panics
    /// If it is not there.
    pub fn leaf(&self, row: usize, leaf: usize) -> &[u8] {
        &self.rows[row].leaves[leaf]
    }

    /// Leaves of a row.
    ///
    /// # Panics
    /// If it is not there.
    pub fn leaves(&self, row: usize) -> usize {
        self.rows[row].leaves.len()
    }

    /// Rows that are there.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Change the bytes of a leaf: what somebody commits who lies.
    ///
    /// # Panics
    /// If it is not there.
    pub fn change<R>(&mut self, row: usize, leaf: usize, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let result = change(&mut self.rows[row].leaves[leaf]);
        self.rows[row].digests[leaf] = merkle::leaf(&self.rows[row].leaves[leaf]);
        self.roots[row] = merkle::root(&self.rows[row].digests);
        result
    }
}
