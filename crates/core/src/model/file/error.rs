//! What can be wrong with a model file. Damage (a chunk that differs from its hash) is told apart from a file that is not one, from
//! one of another version, and from one that is intact but describes no valid model.

use super::row::LeafError;
use crate::commit::{Hash, ModelId};
use crate::model::config::ConfigError;
use crate::model::matrix::MatrixError;

/// A model file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The first bytes are not those of a model file.
    #[error("not a model file: it begins with {got}, expected {expected}", expected = hex::encode(super::MAGIC))]
    NotAModelFile {
        /// The first bytes in hexadecimal.
        got: String,
    },
    /// A model file of a version that this build does not know.
    #[error("{what} version {got} is not supported, this build reads version {expected}")]
    UnsupportedVersion {
        /// What has the version.
        what: &'static str,
        /// The version found.
        got: u64,
        /// The version read here.
        expected: u64,
    },
    /// The model computes by another arithmetic.
    #[error("arithmetic {got:?} is not supported, this build computes {expected}", expected = crate::ops::ARITHMETIC)]
    UnsupportedArithmetic {
        /// Its name.
        got: String,
    },
    /// The file ends early.
    #[error("the file has {got} bytes, expected {expected}")]
    Length {
        /// Bytes there are.
        got: u64,
        /// Bytes there must be.
        expected: u64,
    },
    /// A length in the head is above its bound.
    #[error("{what} is {got} bytes, above the bound of {bound}")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// Its length.
        got: u64,
        /// The longest allowed.
        bound: u64,
    },
    /// The manifest is not the JSON of a manifest.
    #[error("the manifest cannot be read: {detail}")]
    Manifest {
        /// What the parser said.
        detail: String,
    },
    /// The manifest is JSON, but not in its canonical form.
    #[error("the manifest is not canonical JSON (RFC 8785): it differs at byte {at}")]
    NotCanonical {
        /// First byte that differs.
        at: usize,
    },
    /// A field of the manifest is out of its domain.
    #[error("manifest {field}: {got}, expected {expected}")]
    Field {
        /// The field.
        field: String,
        /// What it says.
        got: String,
        /// What it must say.
        expected: String,
    },
    /// The configuration is outside the limits of the arithmetic.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A matrix has a shape outside the limits of the arithmetic.
    #[error("section {section}: {source}")]
    Matrix {
        /// Name of the section.
        section: String,
        /// What is wrong.
        source: MatrixError,
    },
    /// A chunk is not the one that the head names: damage on the way or on disk.
    #[error("chunk {index} at byte {offset} ({len} bytes) is corrupt: its hash is {got}, expected {expected}")]
    CorruptChunk {
        /// Index in the file.
        index: usize,
        /// First byte in the file.
        offset: u64,
        /// Bytes it must have.
        len: u64,
        /// The hash in the head.
        expected: Hash,
        /// The hash of the bytes.
        got: Hash,
    },
    /// A chunk of another length than the head says.
    #[error("chunk {index} at byte {offset} has {got} bytes, expected {len}")]
    ChunkLength {
        /// Index in the file.
        index: usize,
        /// First byte in the file.
        offset: u64,
        /// Bytes it must have.
        len: u64,
        /// Bytes it has.
        got: u64,
    },
    /// A chunk was pushed out of order, after the last one, or from another model.
    #[error("chunk {got} was pushed where chunk {expected} is next")]
    Order {
        /// Index of the chunk that was pushed.
        got: usize,
        /// Index of the chunk that is next.
        expected: usize,
    },
    /// The bytes of a section that this build can compute itself are not those.
    #[error("section {section} differs from what the configuration gives, at byte {at}")]
    SectionBytes {
        /// Name of the section.
        section: String,
        /// First byte that differs.
        at: u64,
    },
    /// The chunk is intact, but the row is not one that the arithmetic allows.
    #[error("section {section}, row {row}: {source}")]
    Row {
        /// Name of the section.
        section: String,
        /// Row of the matrix.
        row: u32,
        /// What is wrong.
        source: LeafError,
    },
    /// The chunks end before the model does.
    #[error("{missing} chunks are missing, the next is chunk {next}")]
    Incomplete {
        /// Index of the next chunk.
        next: usize,
        /// Chunks not pushed.
        missing: usize,
    },
    /// Another model than the one that was asked for.
    #[error("the file is model {got}, expected {expected}")]
    OtherModel {
        /// The file's id.
        got: ModelId,
        /// The id asked for.
        expected: ModelId,
    },
}

/// A field that is out of its domain.
pub(super) fn field(field: impl Into<String>, got: impl ToString, expected: impl Into<String>) -> FileError {
    FileError::Field { field: field.into(), got: got.to_string(), expected: expected.into() }
}

/// Where two byte strings part; their common length where one is the other's beginning.
pub(crate) fn first_difference(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()))
}
