//! Opens model files by mapping them into memory, and loads them with progress, hashing on all threads.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use memmap2::Mmap;
use openimo_core::backend::Backend;
use openimo_core::model::Model;
use openimo_core::model::file::{CheckedChunk, Chunk, FileError, Header, ModelLoader, Parsed};
use openimo_core::trace::step::weights::Weights;

use crate::mapped::map;

/// A model file that cannot be opened or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFileError {
    /// The system refused.
    #[error("cannot open {path}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The content is wrong.
    #[error("{path}: {source}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: FileError,
    },
}

/// A mapped model file with a valid head; its chunks have not been checked yet.
#[derive(Debug)]
pub struct ModelFile {
    path: PathBuf,
    map: Mmap,
    header: Header,
}

impl ModelFile {
    /// Map a file and read its head.
    ///
    /// # Errors
    /// If the file cannot be opened, or its head or length is wrong.
    pub fn open(path: &Path) -> Result<Self, ModelFileError> {
        let path = path.to_owned();
        let map = match map(&path) {
            Ok(map) => map,
            Err(source) => return Err(ModelFileError::Open { path, source }),
        };
        match head(&map) {
            Ok(header) => Ok(Self { path, map, header }),
            Err(source) => Err(ModelFileError::Content { path, source }),
        }
    }

    /// What opens weights; every chunk must have been checked.
    pub fn weights(&self) -> Weights<'_> {
        Weights::new(&self.header, &self.map)
    }

    /// The head.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Check every chunk, with `threads` threads; `progress` is told bytes done.
    ///
    /// # Errors
    /// The first chunk that is wrong.
    pub fn check(&self, threads: usize, progress: &mut dyn FnMut(u64)) -> Result<(), ModelFileError> {
        let mut done = 0;
        self.each_chunk(threads, &mut |chunk| {
            done += self.header.chunks()[chunk.index()].len;
            progress(done);
            Ok(())
        })
    }

    /// Load into `backend`, hashing with `threads` threads; `progress` is told bytes done.
    ///
    /// # Errors
    /// The first thing wrong with the file.
    pub fn load<B: Backend>(
        &self,
        backend: B,
        threads: usize,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Model<B>, ModelFileError> {
        let mut loader = ModelLoader::new(self.header.clone(), backend);
        let mut done = 0;
        self.each_chunk(threads, &mut |chunk| {
            done += self.header.chunks()[chunk.index()].len;
            loader.push_checked(chunk)?;
            progress(done);
            Ok(())
        })?;
        loader.finish().map_err(|source| self.content(source))
    }

    /// Give every chunk in file order to `take`, checked. The calling thread takes; it checks too when no other thread has begun to.
    fn each_chunk<'a>(
        &'a self,
        threads: usize,
        take: &mut dyn FnMut(CheckedChunk<'a>) -> Result<(), FileError>,
    ) -> Result<(), ModelFileError> {
        let chunks = self.header.chunks();
        let begun: Vec<AtomicBool> = chunks.iter().map(|_| AtomicBool::new(false)).collect();
        let stop = AtomicBool::new(false);
        let begin = |index: usize| !begun[index].swap(true, Ordering::AcqRel);
        let check = |index: usize| self.header.check(index, self.bytes(&chunks[index]));
        std::thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            for _ in 1..threads {
                let (send, stop, begin, check) = (send.clone(), &stop, &begin, &check);
                scope.spawn(move || {
                    for index in (0..chunks.len()).filter(|&i| begin(i)) {
                        if stop.load(Ordering::Acquire) || send.send((index, check(index))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(send);
            let mut arrived: Vec<Option<Result<CheckedChunk<'a>, FileError>>> = vec![None; chunks.len()];
            let mut take_all = || {
                for index in 0..chunks.len() {
                    let checked = if begin(index) {
                        check(index)
                    } else {
                        while arrived[index].is_none() {
                            let (at, checked) = receive.recv().expect("a thread that began a chunk sends it");
                            arrived[at] = Some(checked);
                        }
                        arrived[index].take().expect("it has arrived")
                    };
                    take(checked?)?;
                }
                Ok(())
            };
            let taken = take_all();
            stop.store(true, Ordering::Release);
            taken.map_err(|source| self.content(source))
        })
    }

    fn bytes(&self, chunk: &Chunk) -> &[u8] {
        &self.map[chunk.offset as usize..(chunk.offset + chunk.len) as usize]
    }

    fn content(&self, source: FileError) -> ModelFileError {
        ModelFileError::Content { path: self.path.clone(), source }
    }
}

fn head(file: &[u8]) -> Result<Header, FileError> {
    let got = file.len() as u64;
    let header = match Header::parse(file)? {
        Parsed::Header(header) => *header,
        Parsed::NeedMore { at_least } => return Err(FileError::Length { got, expected: at_least }),
    };
    if got != header.file_len() {
        return Err(FileError::Length { got, expected: header.file_len() });
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use openimo_core::model::testing::Tiny;
    use openimo_core::scalar::Scalar;

    use super::*;

    fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn any_number_of_threads_loads_the_same_model() {
        let (id, bytes) = Tiny::new(4).write();
        let file = written(&bytes);
        for threads in [1, 2, 3, 8] {
            let file = ModelFile::open(file.path()).unwrap();
            let mut last = 0;
            let model = file.load(Scalar, threads, &mut |done| last = done).unwrap();
            assert_eq!(model.id, id);
            assert_eq!(last + file.header().len(), bytes.len() as u64);
            file.check(threads, &mut |_| ()).unwrap();
        }
    }

    #[test]
    fn damage_is_named_with_any_number_of_threads() {
        let mut bytes = Tiny::new(4).imo();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let file = written(&bytes);
        for threads in [1, 2, 5] {
            let file = ModelFile::open(file.path()).unwrap();
            let found = file.load(Scalar, threads, &mut |_| ()).err().expect("a corrupt chunk");
            let index = file.header().chunks().len() - 1;
            assert!(
                matches!(found, ModelFileError::Content { source: FileError::CorruptChunk { index: i, .. }, .. } if i == index)
            );
        }
        let cut = written(&bytes[..last]);
        let found = ModelFile::open(cut.path()).unwrap_err();
        assert!(matches!(found, ModelFileError::Content { source: FileError::Length { .. }, .. }), "{found}");
        let empty = written(&[]);
        assert!(ModelFile::open(empty.path()).is_err());
        assert!(matches!(ModelFile::open(Path::new("/does/not/exist")), Err(ModelFileError::Open { .. })));
    }
}
