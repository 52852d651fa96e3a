//! A GGUF file with tensors in another encoding, to measure what encodings and their conversion cost in quality.

use super::encode::encode;
use super::gguf_file::GgufFile;
use crate::import::blocks::{BlockRow, TensorType};
use crate::import::error::ImportError;
use crate::import::gguf::Gguf;

/// The file of `gguf` in which every matrix for which `wanted` gives a type that its columns allow is encoded anew; the other
/// tensors and the metadata stay. How many matrices changed is returned too.
///
/// # Errors
/// If a matrix has scales or elements that are not finite.
pub fn requantise(gguf: &Gguf<'_>, wanted: &dyn Fn(&str) -> Option<TensorType>) -> Result<(Vec<u8>, usize), ImportError> {
    let mut file = GgufFile::default();
    for (key, value) in &gguf.metadata {
        file.value(key, value);
    }
    let mut changed = 0;
    for (name, tensor) in &gguf.tensors {
        let rows = (!tensor.is_vector).then_some(tensor.rows);
        match wanted(name).filter(|ty| rows.is_some() && ty.row_bytes(tensor.cols).is_some()) {
            None => file.tensor(name, tensor.ty, tensor.cols, rows, tensor.data),
            Some(ty) => {
                changed += 1;
                let mut data = Vec::new();
                let mut blocks = BlockRow::default();
                for row in 0..tensor.rows {
                    let broken = |source| ImportError::Block { name: (*name).into(), row, source };
                    tensor.ty.decode_row(tensor.row(row), &mut blocks).map_err(broken)?;
                    let block = tensor.ty.layout().block;
                    let value = |(k, &q): (usize, &i8)| blocks.d[k / block] * i64::from(q) + blocks.m[k / block];
                    let values: Vec<i64> = blocks.q.iter().enumerate().map(value).collect();
                    data.extend(encode(ty, &values));
                }
                file.tensor(name, ty, tensor.cols, rows, &data)
            }
        };
    }
    Ok((file.bytes(), changed))
}
