//! The model file (`.imo`): everything that determines what a model computes, in chunks that are checked one by one.
//!
//! `OPENIMO\x01 ‖ u32 LE manifest length ‖ manifest ‖ chunk hashes ‖ payloads`. The manifest is canonical JSON; sizes and offsets
//! follow from it and are never stored. The head (all before the payloads) alone gives the model id, and each chunk is checked
//! against the head when it arrives, in any order of transport. `docs/formats.md` is the normative text.

mod error;
mod head;
#[cfg(test)]
mod hostile;
mod layout;
mod loader;
mod manifest;
mod norms;
mod opening;
mod payload;
mod row;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod validation;
mod writer;

pub use error::FileError;
pub(crate) use error::first_difference;
pub use head::{CheckedChunk, Chunk, Header, Parsed};
pub use layout::{CHUNK_MAX, Expected, LEAF_BYTES, LEAF_COLUMNS, Layout, MatrixShape, expected_sections, matrix_shapes};
pub use loader::{ModelLoader, load};
pub use manifest::{BytesSection, FORMAT, MANIFEST_MAX, Manifest, MatrixSection, Section, VERSION};
pub use norms::{decode_norms, encode_norms, norm_count};
pub use opening::{OpenedLeaves, open_leaves};
pub use payload::{Fetched, Payload};
pub use row::{LeafError, decode_leaf, encode_leaf, leaf_columns, leaf_len};
pub use writer::{ModelInfo, ModelWriter, WriteError, hash_chunk};

/// First bytes of a model file; the last of them is the version of this outer layout.
pub const MAGIC: [u8; 8] = *b"OPENIMO\x01";
/// Longest head (all before the payloads) that is read: enough for models of more than 10^12 bytes.
pub const HEAD_MAX: u64 = 64 << 20;
/// Prefix of the model id's preimage.
pub const MODEL_ID_DOMAIN: &[u8] = b"openimo/model/1";
