//! Why a source cannot become an integer model.

use super::blocks::BlockError;
use super::gguf::GgufError;
use super::real::RopeError;
use crate::model::config::ConfigError;
use crate::model::file::WriteError;
use crate::model::matrix::MatrixError;
use crate::tokenizer::TokenizerError;

/// Why a source cannot become an integer model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The GGUF container is broken.
    #[error("GGUF: {0}")]
    Gguf(#[from] GgufError),
    /// A safetensors file is broken.
    #[error("safetensors file {file:?}: {message}")]
    Safetensors {
        /// Its name.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// A JSON file is broken.
    #[error("{file}: {message}")]
    Json {
        /// Its name.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// A file that the model needs is not there.
    #[error("the model has no file {file:?}")]
    MissingFile {
        /// Its name.
        file: String,
    },
    /// A hyperparameter is missing.
    #[error("the model does not say {key:?}")]
    MissingKey {
        /// Its key.
        key: String,
    },
    /// A hyperparameter has a value that it cannot have.
    #[error("{key:?} is {got}, expected {expected}")]
    Value {
        /// Its key.
        key: String,
        /// What was found.
        got: String,
        /// What it can be.
        expected: &'static str,
    },
    /// Something that this arithmetic does not compute, or that this importer does not know.
    #[error("not supported: {what} = {got}")]
    Unsupported {
        /// The feature.
        what: String,
        /// Its value.
        got: String,
    },
    /// A tensor is missing.
    #[error("the model has no tensor {name:?}")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor that no operator would use: leaving it out would make another model.
    #[error("not supported: the model has a tensor {name:?}, which this architecture does not use")]
    UnknownTensor {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape than the hyperparameters say.
    #[error("tensor {name:?} is {got_rows} x {got_cols}, expected {rows} x {cols}")]
    Shape {
        /// The tensor.
        name: String,
        /// Rows found.
        got_rows: usize,
        /// Columns found.
        got_cols: usize,
        /// Rows expected.
        rows: usize,
        /// Columns expected.
        cols: usize,
    },
    /// A tensor has a type that its use does not allow.
    #[error("tensor {name:?} is {got}, expected {expected}")]
    TensorType {
        /// The tensor.
        name: String,
        /// Type found.
        got: &'static str,
        /// Types allowed.
        expected: &'static str,
    },
    /// The columns of a matrix are no whole number of blocks.
    #[error("tensor {name:?} ({ty}) has {cols} columns, expected a multiple of {block}")]
    Columns {
        /// The tensor.
        name: String,
        /// Its type.
        ty: &'static str,
        /// Its columns.
        cols: usize,
        /// Columns of a block.
        block: usize,
    },
    /// A row has no integer form.
    #[error("tensor {name:?}, row {row}: {source}")]
    Block {
        /// The tensor.
        name: String,
        /// The row.
        row: usize,
        /// What is wrong with it.
        source: BlockError,
    },
    /// A row's scales are so uneven, or its weights so large, that no number of slabs leaves it enough resolution.
    #[error(
        "tensor {name:?}, row {row}: its scales would keep less than 8 bits with every number of slabs that {cols} columns allow"
    )]
    Uneven {
        /// The tensor.
        name: String,
        /// The row.
        row: usize,
        /// Columns of the tensor.
        cols: usize,
    },
    /// A bias is beyond ±2^31 at its fraction bits.
    #[error("tensor {name:?}: bias {index} is beyond the range of 32 bits with {fraction_bits} fraction bits")]
    Bias {
        /// The tensor.
        name: String,
        /// Its element.
        index: usize,
        /// Fraction bits of the output that it is added to.
        fraction_bits: u8,
    },
    /// RoPE parameters out of range.
    #[error(transparent)]
    Rope(#[from] RopeError),
    /// The configuration leaves the limits of the arithmetic.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A matrix leaves the limits of the arithmetic.
    #[error("tensor {name:?}: {source}")]
    Matrix {
        /// The tensor.
        name: String,
        /// What is wrong with it.
        source: MatrixError,
    },
    /// The tokenizer is missing or broken, or of another kind.
    #[error("tokenizer: {0}")]
    Tokenizer(#[from] TokenizerError),
    /// The tokenizer has ids that the model has no embedding for.
    #[error("the tokenizer has {tokenizer} ids, the embedding {embedding}")]
    Vocabulary {
        /// Ids of the tokenizer.
        tokenizer: usize,
        /// Rows of the embedding.
        embedding: u32,
    },
    /// The model file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}
