//! One tensor of a source file: its type, its shape and its bytes, whatever the container.

use super::blocks::TensorType;

/// A vector or a matrix; the bytes are exactly `rows · row_bytes`.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    /// Encoding.
    pub ty: TensorType,
    /// Outputs; 1 for a vector.
    pub rows: usize,
    /// Inputs; elements of a vector.
    pub cols: usize,
    /// Whether the container has one dimension alone.
    pub is_vector: bool,
    /// All rows, consecutive.
    pub data: &'a [u8],
}

impl<'a> Tensor<'a> {
    /// The bytes of one row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &'a [u8] {
        let bytes = self.data.len() / self.rows;
        &self.data[row * bytes..(row + 1) * bytes]
    }
}
