//! Which sections a configuration needs, and how a section is cut in leaves and chunks. Nothing of this is stored: it follows from
//! the manifest, so there is nothing that could disagree with it.

use crate::model::config::Config;
use crate::model::matrix::MatrixSpec;

use super::row::leaf_len;

/// Columns of a row that one leaf holds; the last leaf of a row has what is left.
pub const LEAF_COLUMNS: usize = 2048;
/// Bytes of a leaf of a section that is no matrix; the last one may be shorter.
pub const LEAF_BYTES: usize = 1024;
/// A chunk is not longer than this.
pub const CHUNK_MAX: u64 = 1 << 20;

/// The shape that a configuration gives to one matrix; its encoding is the file's own choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixShape {
    /// Section name: `embedding`, `layers.0.q`, …, `head`.
    pub name: String,
    /// Output elements.
    pub rows: u32,
    /// Input elements.
    pub cols: u32,
    /// Whether the operator that reads it knows a bias: not where entries are looked up.
    pub may_have_bias: bool,
}

/// A section that a configuration needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Bytes, of this many where the length is fixed.
    Bytes(&'static str, Option<u64>),
    /// A matrix.
    Matrix(MatrixShape),
}

/// How a section is cut: `leaves` leaves, `chunk_leaves` of them a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Leaves of the section.
    pub leaves: u64,
    /// Leaves of a chunk; a power of two, so that chunk hashes are nodes of the section's tree. The last chunk may have fewer.
    pub chunk_leaves: u64,
    /// Leaves of a matrix row; 1 for other sections.
    pub row_leaves: u64,
    /// Bytes of a leaf that is not the last of its row or section.
    pub leaf_len: u64,
    /// Bytes of a matrix row; of the leaf in other sections.
    pub row_len: u64,
    /// Bytes of the section.
    pub len: u64,
}

/// All matrices of a configuration in file order: embedding, the layers' q, k, v, o, gate, up, down, the head unless tied, and
/// the codebook and the convolutions of a model that draws.
///
/// The configuration must be valid.
pub fn matrix_shapes(config: &Config) -> Vec<MatrixShape> {
    let (d, ff, q, kv) = (config.d_model, config.d_ff, config.q_dim() as u32, config.kv_dim() as u32);
    let shape = |name: String, rows, cols, may_have_bias| MatrixShape { name, rows, cols, may_have_bias };
    let mut shapes = vec![shape("embedding".to_owned(), config.vocab, d, false)];
    for layer in 0..config.n_layers {
        let parts = [("q", q, d), ("k", kv, d), ("v", kv, d), ("o", d, q), ("gate", ff, d), ("up", ff, d), ("down", d, ff)];
        shapes.extend(parts.map(|(part, rows, cols)| shape(format!("layers.{layer}.{part}"), rows, cols, true)));
    }
    if !config.tied {
        shapes.push(shape("head".to_owned(), config.vocab, d, true));
    }
    if let Some(image) = &config.image {
        shapes.push(shape("image.codebook".to_owned(), image.codes, image.code_dim, false));
        for (i, conv) in image.shapes().iter().enumerate() {
            shapes.push(shape(format!("image.convs.{i}"), conv.output.channels as u32, conv.input.unfolded() as u32, true));
        }
    }
    shapes
}

/// All sections of a configuration in file order.
///
/// The configuration must be valid.
pub fn expected_sections(config: &Config) -> Vec<Expected> {
    let program = crate::model::program::encoded_len(config);
    let tables = 4 * (crate::ops::tables::COS_LEN + crate::ops::tables::EXP2_LEN) as u64;
    let norms = super::norms::encoded_len(config);
    let bytes =
        [("program", Some(program)), ("tables", Some(tables)), ("tokenizer", None), ("pieces", None), ("norms", Some(norms))];
    let bytes = bytes.into_iter().map(|(name, len)| Expected::Bytes(name, len));
    bytes.chain(matrix_shapes(config).into_iter().map(Expected::Matrix)).collect()
}

impl Layout {
    /// Of a section of `len` bytes.
    pub const fn bytes(len: u64) -> Self {
        let leaf_len = LEAF_BYTES as u64;
        let chunk_leaves = CHUNK_MAX / leaf_len;
        Self { leaves: len.div_ceil(leaf_len), chunk_leaves, row_leaves: 1, leaf_len, row_len: leaf_len, len }
    }

    /// Of a matrix; `spec` must be valid, so that no product here overflows.
    pub fn matrix(spec: &MatrixSpec) -> Self {
        let cols = spec.cols as usize;
        let (full, rest) = (cols / LEAF_COLUMNS, cols % LEAF_COLUMNS);
        let leaf_len = leaf_len(spec, cols.min(LEAF_COLUMNS)) as u64;
        let rest_len = if rest == 0 || full == 0 { 0 } else { super::row::leaf_len(spec, rest) as u64 };
        let row_len = (full.max(1) as u64) * leaf_len + rest_len;
        let row_leaves = cols.div_ceil(LEAF_COLUMNS) as u64;
        let rows = u64::from(spec.rows);
        let chunk_leaves = 1 << (CHUNK_MAX / leaf_len).ilog2();
        Self { leaves: rows * row_leaves, chunk_leaves, row_leaves, leaf_len, row_len, len: rows * row_len }
    }

    /// Where leaf `index` begins in its section; the section's length for `index = leaves`.
    pub fn leaf_offset(&self, index: u64) -> u64 {
        let (row, leaf) = (index / self.row_leaves, index % self.row_leaves);
        (row * self.row_len + leaf * self.leaf_len).min(self.len)
    }

    /// Chunks of the section.
    pub const fn chunks(&self) -> u64 {
        self.leaves.div_ceil(self.chunk_leaves)
    }

    /// The leaves of a chunk.
    pub fn chunk(&self, index: u64) -> std::ops::Range<u64> {
        let first = index * self.chunk_leaves;
        first..self.leaves.min(first + self.chunk_leaves)
    }
}
