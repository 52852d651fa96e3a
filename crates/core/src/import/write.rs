//! A plan into a model file.

use std::io::{Seek, Write};

use super::error::ImportError;
use super::plan::Plan;
use crate::commit::ModelId;
use crate::model::file::{ModelInfo, ModelWriter};

/// Weights that are converted at a time, so that memory is bounded whatever the matrix.
const BATCH: usize = 1 << 24;

/// Write the model file of `plan` to `out` at its position; `progress` gets weights done and in all. Conversion runs on `threads`
/// threads.
///
/// # Errors
/// If a row has no integer form, the parts make no valid model, or writing fails.
pub fn write_model<W: Write + Seek>(
    plan: &Plan<'_>,
    info: &ModelInfo,
    tokenizer: &[u8],
    out: W,
    threads: usize,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(ModelId, W), ImportError> {
    let specs: Vec<_> = plan.matrices.iter().map(|m| m.spec).collect();
    let mut writer = ModelWriter::new(out, info, tokenizer, &plan.norms, &specs)?;
    let (mut done, all) = (0, plan.weights());
    for matrix in &plan.matrices {
        let (rows, cols) = (matrix.spec.rows as usize, matrix.spec.cols as usize);
        let batch = (BATCH / cols).max(1);
        for start in (0..rows).step_by(batch) {
            let converted = matrix.rows(start..rows.min(start + batch), threads)?;
            for row in &converted {
                writer.push(row)?;
            }
            done += (converted.len() * cols) as u64;
            progress(done, all);
        }
    }
    Ok(writer.finish()?)
}
