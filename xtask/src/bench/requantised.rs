//! Quality in every other encoding: the test model re-quantised, imported, and measured against the float64 model of the *same*
//! re-quantised weights, so that only the integer arithmetic and the conversion are measured, not the encoding's own loss.

use std::path::Path;

use anyhow::{Context, Result};
use openimo_core::import::blocks::TensorType;
use openimo_core::import::gguf::Gguf;
use openimo_core::import::testing::requantise;
use serde_json::json;

use super::quality;
use crate::setup::model;

/// Types of whole layers; K-quants need a multiple of 256 columns, so in the test model they take the down projections alone.
const TYPES: [TensorType; 7] =
    [TensorType::Q4_0, TensorType::Q5_0, TensorType::Q5_1, TensorType::Q8_0, TensorType::Q4K, TensorType::Q5K, TensorType::Q6K];

/// Measure and print each encoding.
///
/// # Errors
/// If a file cannot be read or written, or a model does not import.
pub fn run(gguf: &Path) -> Result<()> {
    let bytes = std::fs::read(gguf).with_context(|| format!("cannot read {}", gguf.display()))?;
    let source = Gguf::parse(&bytes)?;
    for ty in TYPES {
        let (bytes, changed) = requantise(&source, &|name| name.starts_with("blk.").then_some(ty))?;
        let name = format!("requantised-{}", ty.name().to_lowercase());
        let file = model::folder().join(format!("{name}.gguf"));
        std::fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
        let imo = model::import(&file, &name, &[])?;
        quality::run(&file, &imo, &json!({"type": ty.name(), "matrices": changed}))?;
        for file in [&file, &imo] {
            std::fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    Ok(())
}
