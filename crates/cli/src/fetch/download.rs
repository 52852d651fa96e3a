//! Brings a model file here: into `<output>.part`, whose every byte has been checked, then under its own name. What a broken fetch has
//! left is checked and kept. A chunk that arrives corrupt, or does not arrive, is fetched again, a few times.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use openimo_core::commit::ModelId;
use openimo_core::model::file::{FileError, HEAD_MAX, Header, Parsed};

use super::source::{Source, SourceError};

/// A fetch that did not end well. What has been checked stays in `<output>.part`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The source cannot be read, also after several tries.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What the source has is no usable model file, also after several tries.
    #[error(transparent)]
    File(#[from] FileError),
    /// The source ends early, also after several tries.
    #[error("the source ends at byte {got}, the file has {expected} bytes")]
    Truncated {
        /// Bytes there are.
        got: u64,
        /// Bytes there must be.
        expected: u64,
    },
    /// The output cannot be written.
    #[error("cannot write {path}: {source}")]
    Output {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What happens during a fetch.
pub enum Event<'a> {
    /// The head is known, and how many of the file's first bytes are here.
    Head {
        /// The head.
        header: &'a Header,
        /// Bytes that are here and checked.
        kept: u64,
    },
    /// Bytes that are here and checked.
    Done(u64),
    /// Something failed and is tried again.
    Again {
        /// Number of the coming try.
        attempt: u32,
        /// Most tries.
        of: u32,
        /// What failed.
        error: &'a FetchError,
    },
}

/// What was fetched.
#[derive(Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The model.
    pub model_id: ModelId,
    /// Bytes of the file.
    pub bytes: u64,
    /// Whether the output was there and nothing had to be fetched.
    pub was_there: bool,
}

/// Fetch `source` to `output`; refuse any model but `expected`, where given.
///
/// # Errors
/// Why the file is not here.
pub fn download(
    source: &mut Source,
    output: &Path,
    expected: Option<ModelId>,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Fetched, FetchError> {
    let (header, head) = retried(report, || read_head(source))?;
    let (model_id, bytes) = (header.model_id(), header.file_len());
    if let Some(expected) = expected.filter(|&e| e != model_id) {
        return Err(FileError::OtherModel { got: model_id, expected }.into());
    }
    let is_whole = |mut file: File| checked_chunks(&header, &head, &mut file).is_ok_and(|n| n == header.chunks().len());
    if File::open(output).is_ok_and(is_whole) {
        report(Event::Head { header: &header, kept: bytes });
        return Ok(Fetched { model_id, bytes, was_there: true });
    }
    let part = part_path(output);
    let failed = |source| FetchError::Output { path: part.clone(), source };
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part);
    let mut file = options.map_err(failed)?;
    let mut next = checked_chunks(&header, &head, &mut file).map_err(failed)?;
    let kept = header.chunks().get(next).map_or(bytes, |c| c.offset);
    if next == 0 {
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(&head)).map_err(failed)?;
    }
    file.set_len(kept).and_then(|()| file.seek(SeekFrom::Start(kept))).map_err(failed)?;
    report(Event::Head { header: &header, kept });
    let mut failures = 0;
    while next < header.chunks().len() {
        let before = next;
        let result = fetch_chunks(source, &header, &mut next, &mut file, &part, report);
        // Tries are counted for each chunk: as long as chunks arrive, the fetch goes on.
        failures = if next > before { 0 } else { failures };
        if let Err(error) = result {
            failures += 1;
            again(error, failures, report)?;
        }
    }
    file.sync_all().map_err(failed)?;
    drop(file);
    fs::rename(&part, output).map_err(|source| FetchError::Output { path: output.to_owned(), source })?;
    Ok(Fetched { model_id, bytes, was_there: false })
}

/// The model whose file begins at a source. Its head says it; the chunks are not looked at.
///
/// # Errors
/// If no head can be had there.
pub fn model_at(source: &mut Source) -> Result<ModelId, FetchError> {
    Ok(read_head(source)?.0.model_id())
}

/// `<output>.part`, beside the output, so that renaming is atomic.
fn part_path(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn read_head(source: &mut Source) -> Result<(Header, Vec<u8>), FetchError> {
    let (mut head, mut wanted) = (Vec::new(), FIRST_READ);
    loop {
        let from = head.len() as u64;
        let body = source.read(from, wanted)?;
        let read = body.take(wanted - from).read_to_end(&mut head);
        read.map_err(|source| SourceError::Read { offset: head.len() as u64, source })?;
        match Header::parse(&head)? {
            Parsed::Header(header) => {
                head.truncate(header.len() as usize);
                return Ok((*header, head));
            }
            Parsed::NeedMore { at_least } if (head.len() as u64) < wanted => {
                return Err(FetchError::Truncated { got: head.len() as u64, expected: at_least });
            }
            Parsed::NeedMore { at_least } => wanted = at_least.min(HEAD_MAX),
        }
    }
}

/// How many of the first chunks a file has intact; 0 too if its head differs.
fn checked_chunks(header: &Header, head: &[u8], file: &mut File) -> std::io::Result<usize> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(head.len() as u64).read_to_end(&mut bytes)?;
    if bytes != head {
        return Ok(0);
    }
    for chunk in header.chunks() {
        bytes.clear();
        file.take(chunk.len).read_to_end(&mut bytes)?;
        if header.check_chunk(chunk.index, &bytes).is_err() {
            return Ok(chunk.index);
        }
    }
    Ok(header.chunks().len())
}

/// One request for all that is missing; every chunk is checked, then written, then counted in `next`.
fn fetch_chunks(
    source: &mut Source,
    header: &Header,
    next: &mut usize,
    file: &mut File,
    part: &Path,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<(), FetchError> {
    let mut body = source.read(header.chunks()[*next].offset, header.file_len())?;
    let mut bytes = Vec::new();
    for chunk in &header.chunks()[*next..] {
        bytes.clear();
        let read = body.by_ref().take(chunk.len).read_to_end(&mut bytes);
        let at = chunk.offset + bytes.len() as u64;
        read.map_err(|source| SourceError::Read { offset: at, source })?;
        if (bytes.len() as u64) < chunk.len {
            return Err(FetchError::Truncated { got: at, expected: header.file_len() });
        }
        header.check_chunk(chunk.index, &bytes)?;
        file.write_all(&bytes).map_err(|source| FetchError::Output { path: part.to_owned(), source })?;
        *next += 1;
        report(Event::Done(chunk.offset + chunk.len));
    }
    Ok(())
}

/// Try again while what fails may pass.
fn retried<T>(report: &mut dyn FnMut(Event<'_>), mut f: impl FnMut() -> Result<T, FetchError>) -> Result<T, FetchError> {
    let mut failures = 0;
    loop {
        match f() {
            Ok(value) => return Ok(value),
            Err(error) => {
                failures += 1;
                again(error, failures, report)?;
            }
        }
    }
}

/// Wait before the next try, or give the error back if there is none to come.
fn again(error: FetchError, failures: u32, report: &mut dyn FnMut(Event<'_>)) -> Result<(), FetchError> {
    let is_passing = match &error {
        FetchError::Source(e) => e.is_passing(),
        // Damage on the way; anything else wrong with the file stays wrong.
        FetchError::File(e) => matches!(e, FileError::CorruptChunk { .. }),
        FetchError::Truncated { .. } => true,
        FetchError::Output { source, .. } => source.kind() == ErrorKind::Interrupted,
    };
    if !is_passing || failures >= ATTEMPTS {
        return Err(error);
    }
    report(Event::Again { attempt: failures + 1, of: ATTEMPTS, error: &error });
    std::thread::sleep(FIRST_WAIT * 2u32.pow(failures - 1));
    Ok(())
}

/// Bytes of the first request: most heads are shorter.
const FIRST_READ: u64 = 64 << 10;
/// Tries of one chunk.
const ATTEMPTS: u32 = 5;
/// Wait before the second try; doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(100);
