//! Writes a model file: rows in, a model id out. The head's size follows from the manifest, so payloads are written at once and the
//! chunk hashes are put in their place at the end.

use std::io::{Seek, SeekFrom, Write};

use super::error::FileError;
use super::head::{Header, Parsed, lengths};
use super::layout::Layout;
use super::manifest::{FORMAT, Manifest, Section, VERSION};
use super::norms::{encode_norms, norm_count};
use super::row::encode_leaf;
use super::{MAGIC, matrix_shapes};
use crate::commit::{Hash, ModelId, merkle};
use crate::model::config::Config;
use crate::model::matrix::{MatrixError, MatrixSpec, Row};
use crate::model::program;
use crate::ops::rmsnorm::Norm;
use crate::ops::{ARITHMETIC, tables};
use crate::tokenizer::Tokenizer;

/// What a model file says about its model besides the weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// Name for people.
    pub name: String,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// What shapes the model.
    pub config: Config,
    /// Id put before every prompt, where the model wants one.
    pub bos_id: Option<u32>,
    /// Ids that end an output.
    pub stop_ids: Vec<u32>,
}

/// A model that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The parts make no valid model file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A row is not one of its matrix.
    #[error("section {section}, row {row}: {source}")]
    Row {
        /// Name of the section.
        section: String,
        /// Row of the matrix.
        row: u32,
        /// What is wrong.
        source: MatrixError,
    },
    /// More or fewer parts than the configuration needs.
    #[error("{what}: got {got}, expected {expected}")]
    Count {
        /// Parts of what.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many there must be.
        expected: usize,
    },
    /// Writing failed.
    #[error("cannot write the model file: {0}")]
    Io(#[from] std::io::Error),
}

/// Writes one model file; rows of all matrices are pushed in file order.
#[derive(Debug)]
pub struct ModelWriter<W> {
    out: W,
    start: u64,
    manifest: Manifest,
    manifest_bytes: Vec<u8>,
    hashes: Vec<Hash>,
    section: usize,
    row: u32,
    chunk: Vec<u8>,
    chunk_leaf: u64,
    leaf: u64,
}

impl<W: Write + Seek> ModelWriter<W> {
    /// Begin a file at the position of `out`. `norms` are in forward order, `specs` as [`matrix_shapes`] lists the matrices.
    ///
    /// # Errors
    /// If the parts do not make a valid manifest, or writing fails.
    pub fn new(out: W, info: &ModelInfo, tokenizer: &[u8], norms: &[Norm], specs: &[MatrixSpec]) -> Result<Self, WriteError> {
        info.config.validate().map_err(FileError::from)?;
        let shapes = matrix_shapes(&info.config);
        count("matrices", specs.len(), shapes.len())?;
        count("normalisations", norms.len(), norm_count(&info.config))?;
        for norm in norms {
            count("weights of a normalisation", norm.g.len(), info.config.d_model as usize)?;
        }
        let (program, tables, norms) = (program::encode(&info.config), tables::bytes(), encode_norms(norms));
        // Of a tokenizer that cannot be used there are no pieces: such a model gives ids alone.
        let pieces = Tokenizer::new(tokenizer).ok().and_then(|tokenizer| tokenizer.pieces(info.config.vocab)).unwrap_or_default();
        let bytes =
            [("program", &program[..]), ("tables", &tables), ("tokenizer", tokenizer), ("pieces", &pieces), ("norms", &norms)];
        let mut stop_ids = info.stop_ids.clone();
        stop_ids.sort_unstable();
        stop_ids.dedup();
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            arithmetic: ARITHMETIC.to_owned(),
            name: info.name.clone(),
            licence: info.licence.clone(),
            config: info.config.clone(),
            bos_id: info.bos_id,
            stop_ids,
            sections: (bytes.iter().map(|(name, b)| Section::bytes(name, b.len() as u64)))
                .chain(shapes.iter().zip(specs).map(|(shape, spec)| Section::matrix(&shape.name, *spec)))
                .collect(),
        };
        manifest.validate()?;
        let manifest_bytes = manifest.canonical();
        let (head_len, _) = lengths(&manifest, manifest_bytes.len() as u64);
        let mut writer = Self {
            start: 0,
            out,
            manifest,
            manifest_bytes,
            hashes: Vec::new(),
            section: 0,
            row: 0,
            chunk: Vec::new(),
            chunk_leaf: 0,
            leaf: 0,
        };
        writer.start = writer.out.stream_position()?;
        writer.out.seek(SeekFrom::Start(writer.start + head_len))?;
        for (_, bytes) in bytes {
            writer.push_section(bytes)?;
        }
        Ok(writer)
    }

    /// Write the next row; the first one is row 0 of the embedding.
    ///
    /// # Errors
    /// If the row is not valid in its matrix, there is no matrix left, or writing fails.
    pub fn push(&mut self, row: &Row) -> Result<(), WriteError> {
        let Some(section) = self.manifest.sections.get(self.section) else {
            return Err(WriteError::Count { what: "rows after the last", got: 1, expected: 0 });
        };
        let (spec, layout) = (*section.spec().expect("sections of bytes are written first"), section.layout());
        count("columns of a row", row.q.len(), spec.cols as usize)?;
        count("blocks of a row", row.d.len(), spec.blocks())?;
        count("blocks of a row", row.m.len(), spec.blocks())?;
        count("biases of a row", row.bias.is_some().into(), spec.has_bias.into())?;
        let invalid = |source| WriteError::Row { section: section.name().to_owned(), row: self.row, source };
        row.validate(&spec).map_err(invalid)?;
        if !spec.has_m && row.m.iter().any(|&m| m != 0) {
            return Err(WriteError::Count { what: "offsets in a matrix without", got: 1, expected: 0 });
        }
        for leaf in 0..layout.row_leaves {
            encode_leaf(&spec, row, leaf as usize, &mut self.chunk);
            self.leaf += 1;
            if self.leaf - self.chunk_leaf == layout.chunk_leaves {
                self.flush(&layout)?;
            }
        }
        self.row += 1;
        if self.row == spec.rows {
            self.end_section(&layout)?;
        }
        Ok(())
    }

    /// Put the head in its place; returns the model's id and the output, positioned after the file.
    ///
    /// # Errors
    /// If rows are missing, or writing fails.
    pub fn finish(mut self) -> Result<(ModelId, W), WriteError> {
        count("sections", self.section, self.manifest.sections.len())?;
        let end = self.out.stream_position()?;
        let mut head = MAGIC.to_vec();
        head.extend((self.manifest_bytes.len() as u32).to_le_bytes());
        head.extend(&self.manifest_bytes);
        head.extend(self.hashes.iter().flat_map(|h| h.0));
        let Parsed::Header(header) = Header::parse(&head)? else { unreachable!("the head is complete") };
        self.out.seek(SeekFrom::Start(self.start))?;
        self.out.write_all(&head)?;
        self.out.seek(SeekFrom::Start(end))?;
        self.out.flush()?;
        Ok((header.model_id(), self.out))
    }

    fn push_section(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let layout = Layout::bytes(bytes.len() as u64);
        for i in 0..layout.chunks() {
            let leaves = layout.chunk(i);
            self.chunk.extend(&bytes[layout.leaf_offset(leaves.start) as usize..layout.leaf_offset(leaves.end) as usize]);
            self.leaf = leaves.end;
            self.flush(&layout)?;
        }
        self.end_section(&layout)
    }

    fn flush(&mut self, layout: &Layout) -> Result<(), WriteError> {
        if !self.chunk.is_empty() {
            self.hashes.push(hash_chunk(layout, self.chunk_leaf, &self.chunk));
            self.out.write_all(&self.chunk)?;
            self.chunk.clear();
        }
        self.chunk_leaf = self.leaf;
        Ok(())
    }

    fn end_section(&mut self, layout: &Layout) -> Result<(), WriteError> {
        self.flush(layout)?;
        (self.section, self.row, self.leaf, self.chunk_leaf) = (self.section + 1, 0, 0, 0);
        Ok(())
    }
}

/// Merkle root over the leaves of a chunk that begins with leaf `first_leaf` of a section cut as `layout`.
///
/// # Panics
/// If the chunk does not end with a leaf.
pub fn hash_chunk(layout: &Layout, first_leaf: u64, bytes: &[u8]) -> Hash {
    let start = layout.leaf_offset(first_leaf);
    let end = start + bytes.len() as u64;
    let mut leaves = Vec::with_capacity(layout.chunk_leaves as usize);
    let mut index = first_leaf;
    let mut from = start;
    while from < end {
        let to = layout.leaf_offset(index + 1);
        leaves.push(&bytes[(from - start) as usize..(to - start) as usize]);
        (from, index) = (to, index + 1);
    }
    merkle::root_of(&leaves)
}

fn count(what: &'static str, got: usize, expected: usize) -> Result<(), WriteError> {
    if got == expected { Ok(()) } else { Err(WriteError::Count { what, got, expected }) }
}
