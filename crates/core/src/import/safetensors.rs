//! The tensors of a Hugging Face folder: one `model.safetensors`, or shards that an index names.
//!
//! The `safetensors` crate parses and checks each header: lengths, types, shapes, gaps and overlaps; its memory is bounded by the
//! header, which is part of the input.

use std::collections::{BTreeMap, BTreeSet};

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::blocks::TensorType;
use super::error::ImportError;
use super::tensor::Tensor;

/// A model in one file.
pub const SINGLE: &str = "model.safetensors";
/// The index of a model in shards.
pub const INDEX: &str = "model.safetensors.index.json";

/// Tensors by name, the names owned because headers are JSON.
pub type Tensors<'a> = BTreeMap<String, Tensor<'a>>;

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// All tensors of the model whose files are `files`.
///
/// # Errors
/// If a file is missing or broken, a tensor is missing, occurs twice, or has a type or shape that no model of this family has.
pub fn tensors<'a>(files: &BTreeMap<String, &'a [u8]>) -> Result<Tensors<'a>, ImportError> {
    let mut out = Tensors::new();
    let Some(index) = files.get(INDEX) else {
        shard(files, SINGLE, &mut out)?;
        return Ok(out);
    };
    let index: Index =
        serde_json::from_slice(index).map_err(|e| ImportError::Json { file: INDEX.into(), message: e.to_string() })?;
    for file in index.weight_map.values().collect::<BTreeSet<_>>() {
        shard(files, file, &mut out)?;
    }
    match index.weight_map.into_keys().find(|name| !out.contains_key(name)) {
        Some(name) => Err(ImportError::MissingTensor { name }),
        None => Ok(out),
    }
}

fn shard<'a>(files: &BTreeMap<String, &'a [u8]>, file: &str, out: &mut Tensors<'a>) -> Result<(), ImportError> {
    let bytes: &'a [u8] = files.get(file).copied().ok_or_else(|| ImportError::MissingFile { file: file.into() })?;
    let broken = |message: String| ImportError::Safetensors { file: file.into(), message };
    let parsed = SafeTensors::deserialize(bytes).map_err(|e| broken(e.to_string()))?;
    for (name, view) in parsed.iter() {
        let ty = match view.dtype() {
            Dtype::F32 => TensorType::F32,
            Dtype::F16 => TensorType::F16,
            Dtype::BF16 => TensorType::Bf16,
            other => return Err(broken(format!("tensor {name:?} has type {other:?}, expected F32, F16 or BF16"))),
        };
        let (rows, cols, is_vector) = match *view.shape() {
            [cols] if cols > 0 => (1, cols, true),
            [rows, cols] if rows > 0 && cols > 0 => (rows, cols, false),
            ref shape => {
                return Err(broken(format!("tensor {name:?} has shape {shape:?}, expected 1 or 2 dimensions, not empty")));
            }
        };
        let tensor = Tensor { ty, rows, cols, is_vector, data: view.data() };
        if out.insert(name.to_owned(), tensor).is_some() {
            return Err(broken(format!("tensor {name:?} occurs in two shards")));
        }
    }
    Ok(())
}
