//! Real models in: GGUF files and Hugging Face folders become integer models, exactly as section 4 of the semantics says.
//!
//! Every number of a source is taken as the exact rational that it is, and rounded once. The same source gives the same integer
//! model everywhere.
//!
//! ```text
//! bytes ─ gguf | safetensors + hf ─→ Source ─ plan ─→ Plan ─ write ─→ model file
//!                                            └ blocks, convert, norm, real
//! ```

pub mod architecture;
pub mod blocks;
pub mod convert;
pub mod error;
pub mod float;
pub mod gguf;
pub mod hf;
pub mod norm;
pub mod plan;
pub mod real;
pub mod safetensors;
pub mod source;
pub mod tensor;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod write;

use std::io::{Seek, Write};

pub use self::error::ImportError;
use self::plan::Plan;
pub use self::source::Source;
use self::write::write_model;
use crate::commit::ModelId;
use crate::model::file::ModelInfo;
use crate::tokenizer::Tokenizer;

/// Name or licence of a model where nobody says one.
const UNKNOWN: &str = "unknown";

/// What the source does not decide.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the model; none: the source's own.
    pub name: Option<String>,
    /// Licence of the weights; none: the source's own.
    pub licence: Option<String>,
    /// Fraction bits of the residual stream, 8 to 18.
    pub fres: u8,
    /// Threads of the conversion.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: None, licence: None, fres: 12, threads: 1 }
    }
}

/// What an import does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Every row is checked, and the slabs of each matrix are found.
    Check,
    /// Rows are converted and written.
    Write,
}

/// Import `source` into a model file at the position of `out`; returns the model's id, what the file says about it, and `out` after
/// the file. `progress` gets the stage, its weights done and the weights of the model.
///
/// # Errors
/// If the source is broken, or is a model that the arithmetic cannot hold, or writing fails.
pub fn import<W: Write + Seek>(
    source: &Source<'_>,
    options: &Options,
    out: W,
    progress: &mut dyn FnMut(Stage, u64, u64),
) -> Result<(ModelId, ModelInfo, W), ImportError> {
    let architecture = source.architecture()?;
    let section = source.tokenizer()?;
    let tokenizer = section.to_bytes()?;
    let ids = Tokenizer::new(&tokenizer)?.vocab_size();
    if ids > architecture.vocab as usize {
        return Err(ImportError::Vocabulary { tokenizer: ids, embedding: architecture.vocab });
    }
    let plan = Plan::new(&architecture, &source.tensors(), options.fres, options.threads, &mut |done, all| {
        progress(Stage::Check, done, all);
    })?;
    let or_source = |given: &Option<String>, own: Option<&str>| given.as_deref().or(own).unwrap_or(UNKNOWN).to_owned();
    let info = ModelInfo {
        name: or_source(&options.name, source.name()?),
        licence: or_source(&options.licence, source.licence()?),
        config: plan.config.clone(),
        bos_id: section.bos_id,
        stop_ids: section.stop_ids.clone(),
    };
    let written = write_model(&plan, &info, &tokenizer, out, options.threads, &mut |done, all| progress(Stage::Write, done, all));
    written.map(|(id, out)| (id, info, out))
}
