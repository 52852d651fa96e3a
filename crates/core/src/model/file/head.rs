//! The head of a model file: manifest and chunk hashes. It is all that is needed to name the model and to check every chunk.

use std::iter;

use super::error::FileError;
use super::manifest::{MANIFEST_MAX, Manifest};
use super::{HEAD_MAX, MAGIC, MODEL_ID_DOMAIN};
use crate::commit::{Hash, ModelId, keccak256, merkle};

/// Consecutive leaves of one section that travel and are checked together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Index in the file.
    pub index: usize,
    /// Index of its section in the manifest.
    pub section: usize,
    /// Its first leaf in the section.
    pub first_leaf: u64,
    /// First byte in the file.
    pub offset: u64,
    /// Bytes; at most [`super::CHUNK_MAX`].
    pub len: u64,
    /// Merkle root over its leaves.
    pub hash: Hash,
}

/// The parsed and validated head of a model file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the model is.
    pub manifest: Manifest,
    chunks: Vec<Chunk>,
    model_id: ModelId,
    len: u64,
    file_len: u64,
}

/// What the beginning of a file gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The head is longer than what was given.
    NeedMore {
        /// The file's first bytes that are needed next, at the least; at most [`HEAD_MAX`].
        at_least: u64,
    },
    /// The head is complete.
    Header(Box<Header>),
}

/// A chunk's bytes that have been found to be the right ones.
#[derive(Clone, Copy, Debug)]
pub struct CheckedChunk<'a> {
    pub(super) model_id: ModelId,
    pub(super) index: usize,
    pub(super) bytes: &'a [u8],
}

impl CheckedChunk<'_> {
    /// Index in the file.
    pub const fn index(&self) -> usize {
        self.index
    }
}

impl Header {
    /// Read the head from the first bytes of a file. Memory stays below 16 times the bytes
    /// given plus 2 MiB.
    ///
    /// # Errors
    /// Why this is no model file that can be used here.
    pub fn parse(bytes: &[u8]) -> Result<Parsed, FileError> {
        check_magic(bytes)?;
        let Some(len) = bytes.get(MAGIC.len()..PREFIX) else { return Ok(Parsed::NeedMore { at_least: PREFIX as u64 }) };
        let manifest_len = u64::from(u32::from_le_bytes(len.try_into().expect("4 bytes")));
        if manifest_len > MANIFEST_MAX {
            return Err(FileError::TooLong { what: "the manifest", got: manifest_len, bound: MANIFEST_MAX });
        }
        let table = PREFIX + manifest_len as usize;
        let Some(manifest_bytes) = bytes.get(PREFIX..table) else { return Ok(Parsed::NeedMore { at_least: table as u64 }) };
        let manifest = Manifest::parse(manifest_bytes)?;
        let (head_len, file_len) = lengths(&manifest, manifest_len);
        if head_len > HEAD_MAX {
            return Err(FileError::TooLong { what: "the head", got: head_len, bound: HEAD_MAX });
        }
        let Some(table) = bytes.get(table..head_len as usize) else { return Ok(Parsed::NeedMore { at_least: head_len }) };
        let chunks = chunks(&manifest, table, head_len);
        let model_id = model_id(manifest_bytes, &manifest, &chunks);
        Ok(Parsed::Header(Box::new(Self { manifest, chunks, model_id, len: head_len, file_len })))
    }

    /// The model's id.
    pub const fn model_id(&self) -> ModelId {
        self.model_id
    }

    /// Bytes of the head: where the first payload begins.
    #[expect(clippy::len_without_is_empty, reason = "a length in bytes, never 0")]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Bytes of the whole file.
    pub const fn file_len(&self) -> u64 {
        self.file_len
    }

    /// All chunks in file order.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Merkle root over the leaves of a section.
    pub fn section_root(&self, section: usize) -> Hash {
        section_root(&self.chunks, section)
    }

    /// Check that `bytes` are chunk `index`.
    ///
    /// # Errors
    /// [`FileError::ChunkLength`] or [`FileError::CorruptChunk`].
    ///
    /// # Panics
    /// If there is no such chunk.
    pub fn check_chunk(&self, index: usize, bytes: &[u8]) -> Result<(), FileError> {
        self.check(index, bytes).map(|_| ())
    }

    /// As [`Header::check_chunk`]; what is returned can be given to a loader, so that several threads can hash for one loader.
    ///
    /// # Errors
    /// [`FileError::ChunkLength`] or [`FileError::CorruptChunk`].
    ///
    /// # Panics
    /// If there is no such chunk.
    pub fn check<'a>(&self, index: usize, bytes: &'a [u8]) -> Result<CheckedChunk<'a>, FileError> {
        let chunk = &self.chunks[index];
        let (offset, len) = (chunk.offset, chunk.len);
        if bytes.len() as u64 != len {
            return Err(FileError::ChunkLength { index, offset, len, got: bytes.len() as u64 });
        }
        let got = self.hash_chunk(chunk, bytes);
        if got != chunk.hash {
            return Err(FileError::CorruptChunk { index, offset, len, expected: chunk.hash, got });
        }
        Ok(CheckedChunk { model_id: self.model_id, index, bytes })
    }

    fn hash_chunk(&self, chunk: &Chunk, bytes: &[u8]) -> Hash {
        let layout = self.manifest.sections[chunk.section].layout();
        super::writer::hash_chunk(&layout, chunk.first_leaf, bytes)
    }
}

fn check_magic(bytes: &[u8]) -> Result<(), FileError> {
    let start = &bytes[..bytes.len().min(MAGIC.len())];
    let family = MAGIC.len() - 1;
    if start[..start.len().min(family)] != MAGIC[..start.len().min(family)] {
        return Err(FileError::NotAModelFile { got: hex::encode(start) });
    }
    match start.get(family) {
        Some(&version) if version != MAGIC[family] => {
            Err(FileError::UnsupportedVersion { what: "model file layout", got: version.into(), expected: MAGIC[family].into() })
        }
        _ => Ok(()),
    }
}

/// Bytes of the head and of the file. A valid manifest has at most 7174 sections of at most 2^20·(2^16·1.25 + 32) bytes, so nothing
/// overflows; the tokenizer's length is below 2^53.
pub(super) fn lengths(manifest: &Manifest, manifest_len: u64) -> (u64, u64) {
    let layouts = manifest.sections.iter().map(super::Section::layout);
    let (chunks, payload) = layouts.fold((0, 0), |(chunks, len), l| (chunks + l.chunks(), len + l.len));
    let head = PREFIX as u64 + manifest_len + chunks * HASH_LEN as u64;
    (head, head + payload)
}

fn chunks(manifest: &Manifest, table: &[u8], head_len: u64) -> Vec<Chunk> {
    let mut hashes = table.chunks_exact(HASH_LEN).map(|h| Hash(h.try_into().expect("32 bytes")));
    let mut chunks = Vec::with_capacity(table.len() / HASH_LEN);
    let mut start = head_len;
    for (section, entry) in manifest.sections.iter().enumerate() {
        let layout = entry.layout();
        for i in 0..layout.chunks() {
            let leaves = layout.chunk(i);
            let (from, to) = (layout.leaf_offset(leaves.start), layout.leaf_offset(leaves.end));
            let hash = hashes.next().expect("a hash for each chunk");
            let (index, first_leaf, offset, len) = (chunks.len(), leaves.start, start + from, to - from);
            chunks.push(Chunk { index, section, first_leaf, offset, len, hash });
        }
        start += layout.len;
    }
    chunks
}

/// `keccak256("openimo/model/1" ‖ root(leaf(manifest), section roots…))`.
fn model_id(manifest_bytes: &[u8], manifest: &Manifest, chunks: &[Chunk]) -> ModelId {
    let sections = 0..manifest.sections.len();
    let roots: Vec<Hash> = iter::once(merkle::leaf(manifest_bytes)).chain(sections.map(|s| section_root(chunks, s))).collect();
    let preimage = [MODEL_ID_DOMAIN, &merkle::root(&roots).0].concat();
    ModelId(keccak256(&preimage).0)
}

fn section_root(chunks: &[Chunk], section: usize) -> Hash {
    let range = chunks.partition_point(|c| c.section < section)..chunks.partition_point(|c| c.section <= section);
    let hashes: Vec<Hash> = chunks[range].iter().map(|c| c.hash).collect();
    merkle::root(&hashes)
}

/// Magic and manifest length.
pub(super) const PREFIX: usize = MAGIC.len() + 4;
/// Bytes of a hash.
pub(super) const HASH_LEN: usize = 32;
