//! Streams a model into a back end: chunks come in order, each is hashed, its rows are validated and handed on, and the chunk can be
//! dropped. So a model never has to be in memory twice.

use std::sync::Arc;

use super::error::{FileError, first_difference};
use super::head::{CheckedChunk, Chunk, Header, Parsed};
use super::manifest::Section;
use super::norms::decode_norms;
use super::row::{LeafError, decode_leaf};
use crate::backend::{Backend, MatrixLoader};
use crate::model::forward::Weights;
use crate::model::matrix::Row;
use crate::model::{Model, program};
use crate::ops::tables;

/// Receives the chunks of one model.
pub struct ModelLoader<B: Backend> {
    header: Header,
    backend: B,
    next: usize,
    failed: Option<FileError>,
    bytes: Vec<u8>,
    tokenizer: Vec<u8>,
    pieces: Vec<u8>,
    norms: Vec<u8>,
    row: Row,
    loading: Option<B::Loader>,
    matrices: Vec<B::Matrix>,
}

/// Load a whole file that is in memory or mapped.
///
/// # Errors
/// The first thing wrong with it.
pub fn load<B: Backend>(file: &[u8], backend: B) -> Result<Model<B>, FileError> {
    let header = match Header::parse(file)? {
        Parsed::Header(header) => *header,
        Parsed::NeedMore { at_least } => return Err(FileError::Length { got: file.len() as u64, expected: at_least }),
    };
    if file.len() as u64 != header.file_len() {
        return Err(FileError::Length { got: file.len() as u64, expected: header.file_len() });
    }
    let mut loader = ModelLoader::new(header, backend);
    while let Some(chunk) = loader.next_chunk() {
        let range = chunk.offset as usize..(chunk.offset + chunk.len) as usize;
        loader.push(&file[range])?;
    }
    loader.finish()
}

impl<B: Backend> ModelLoader<B> {
    /// Nothing loaded yet.
    pub fn new(header: Header, backend: B) -> Self {
        Self {
            header,
            backend,
            next: 0,
            failed: None,
            bytes: Vec::new(),
            tokenizer: Vec::new(),
            pieces: Vec::new(),
            norms: Vec::new(),
            row: Row::default(),
            loading: None,
            matrices: Vec::new(),
        }
    }

    /// The head of the file that is being loaded.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The executor that it is loaded for.
    pub const fn backend(&self) -> &B {
        &self.backend
    }

    /// The chunk to push next; none when all are in.
    pub fn next_chunk(&self) -> Option<&Chunk> {
        self.header.chunks().get(self.next)
    }

    /// Check the next chunk and take it.
    ///
    /// # Errors
    /// [`FileError::ChunkLength`] and [`FileError::CorruptChunk`] leave the loader as it was: push the right bytes. Any other error
    /// is the model's own and final: it is returned from here on.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        if let Some(e) = &self.failed {
            return Err(e.clone());
        }
        if self.next_chunk().is_none() {
            return Err(FileError::Order { got: self.next, expected: self.next });
        }
        let checked = self.header.check(self.next, bytes)?;
        self.push_checked(checked)
    }

    /// Take the next chunk, which [`Header::check`] has checked.
    ///
    /// # Errors
    /// [`FileError::Order`] and [`FileError::OtherModel`] leave the loader as it was. Any other error is the model's own and final.
    pub fn push_checked(&mut self, chunk: CheckedChunk<'_>) -> Result<(), FileError> {
        if let Some(e) = &self.failed {
            return Err(e.clone());
        }
        if chunk.model_id != self.header.model_id() {
            return Err(FileError::OtherModel { got: chunk.model_id, expected: self.header.model_id() });
        }
        if chunk.index != self.next {
            return Err(FileError::Order { got: chunk.index, expected: self.next });
        }
        let taken = self.take(chunk);
        match &taken {
            Ok(()) => self.next += 1,
            Err(e) => self.failed = Some(e.clone()),
        }
        taken
    }

    /// Give out the model.
    ///
    /// # Errors
    /// The error that stopped the loader, or [`FileError::Incomplete`].
    pub fn finish(self) -> Result<Model<B>, FileError> {
        if let Some(e) = self.failed {
            return Err(e);
        }
        if self.next_chunk().is_some() {
            return Err(FileError::Incomplete { next: self.next, missing: self.header.chunks().len() - self.next });
        }
        let (id, manifest) = (self.header.model_id(), self.header.manifest);
        let norms = decode_norms(&self.norms, &manifest.config)?.into_iter();
        let weights = Arc::new(Weights::assemble(&manifest.config, self.matrices.into_iter(), norms));
        let (tokenizer_section, pieces_section) = (self.tokenizer, self.pieces);
        Ok(Model { id, manifest, backend: self.backend, weights, tokenizer_section, pieces_section })
    }

    fn take(&mut self, checked: CheckedChunk<'_>) -> Result<(), FileError> {
        let chunk = &self.header.chunks()[checked.index];
        match &self.header.manifest.sections[chunk.section] {
            Section::Matrix(_) => self.take_rows(checked),
            Section::Bytes(_) => self.take_bytes(checked),
        }
    }

    fn take_bytes(&mut self, checked: CheckedChunk<'_>) -> Result<(), FileError> {
        let chunk = &self.header.chunks()[checked.index];
        let section = &self.header.manifest.sections[chunk.section];
        self.bytes.extend_from_slice(checked.bytes);
        if self.header.chunks().get(self.next + 1).is_some_and(|next| next.section == chunk.section) {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.bytes);
        let config = &self.header.manifest.config;
        match section.name() {
            "program" => compare("program", &bytes, &program::encode(config)),
            "tables" => compare("tables", &bytes, &tables::bytes()),
            "norms" => {
                decode_norms(&bytes, config)?;
                self.norms = bytes;
                Ok(())
            }
            "pieces" => {
                self.pieces = bytes;
                Ok(())
            }
            _ => {
                self.tokenizer = bytes;
                Ok(())
            }
        }
    }

    fn take_rows(&mut self, checked: CheckedChunk<'_>) -> Result<(), FileError> {
        let chunk = &self.header.chunks()[checked.index];
        let section = &self.header.manifest.sections[chunk.section];
        let spec = *section.spec().expect("a matrix section");
        let layout = section.layout();
        let start = layout.leaf_offset(chunk.first_leaf);
        let mut loading = self.loading.take().unwrap_or_else(|| self.backend.load(&spec));
        let (mut index, mut from) = (chunk.first_leaf, start);
        while from < start + chunk.len {
            let to = layout.leaf_offset(index + 1);
            let leaf = &checked.bytes[(from - start) as usize..(to - start) as usize];
            let (row, part) = (index / layout.row_leaves, index % layout.row_leaves);
            let wrong = |source| FileError::Row { section: section.name().to_owned(), row: row as u32, source };
            decode_leaf(&spec, part as usize, leaf, &mut self.row).map_err(wrong)?;
            if part + 1 == layout.row_leaves {
                self.row.validate(&spec).map_err(|e| wrong(LeafError::Row(e)))?;
                loading.push(&self.row);
            }
            (index, from) = (index + 1, to);
        }
        if index == layout.leaves {
            self.matrices.push(loading.finish());
        } else {
            self.loading = Some(loading);
        }
        Ok(())
    }
}

fn compare(section: &str, got: &[u8], expected: &[u8]) -> Result<(), FileError> {
    if got == expected {
        return Ok(());
    }
    Err(FileError::SectionBytes { section: section.to_owned(), at: first_difference(got, expected) as u64 })
}
