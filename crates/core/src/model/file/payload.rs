//! Where the chunks of a model file are when some of them are read again: all at hand, or fetched as it turns out which are needed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::head::{CheckedChunk, Header};

/// The bytes of a model file whose chunks have been checked.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// All of them, with the head.
    Whole(&'a [u8]),
    /// Those that were fetched.
    Fetched(&'a Fetched),
}

/// Chunks that were fetched. Whoever reads others gets zeros, and they are noted as missing: what was made of them is to be thrown away, and
/// made again once they are here. So whatever reads a file need not know how it is had.
#[derive(Debug, Default)]
pub struct Fetched {
    here: BTreeMap<usize, Vec<u8>>,
    missing: RefCell<BTreeSet<usize>>,
}

impl Fetched {
    /// Keep a chunk.
    pub fn insert(&mut self, chunk: CheckedChunk<'_>) {
        self.here.insert(chunk.index(), chunk.bytes.to_vec());
    }

    /// The chunks that were read without being here since this was asked last.
    pub fn missing(&self) -> Vec<usize> {
        std::mem::take(&mut *self.missing.borrow_mut()).into_iter().collect()
    }
}

impl<'a> Payload<'a> {
    /// Bytes of the payload, by their place in the file.
    ///
    /// # Panics
    /// If the file has no such bytes behind its head.
    pub fn bytes(self, header: &Header, range: Range<u64>) -> Cow<'a, [u8]> {
        let fetched = match self {
            Self::Whole(file) => return Cow::Borrowed(&file[range.start as usize..range.end as usize]),
            Self::Fetched(fetched) => fetched,
        };
        let mut bytes = Vec::with_capacity((range.end - range.start) as usize);
        let first = header.chunks().partition_point(|chunk| chunk.offset + chunk.len <= range.start);
        for chunk in header.chunks()[first..].iter().take_while(|chunk| chunk.offset < range.end) {
            let from = range.start.saturating_sub(chunk.offset) as usize;
            let to = (range.end - chunk.offset).min(chunk.len) as usize;
            match fetched.here.get(&chunk.index) {
                Some(here) => bytes.extend_from_slice(&here[from..to]),
                None => {
                    fetched.missing.borrow_mut().insert(chunk.index);
                    bytes.resize(bytes.len() + to - from, 0);
                }
            }
        }
        assert_eq!(bytes.len() as u64, range.end - range.start, "the file has no bytes {range:?}");
        Cow::Owned(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file::{Parsed, open_leaves};
    use crate::model::testing::Tiny;

    #[test]
    fn what_was_fetched_opens_as_the_whole_file_does() {
        let file = Tiny::new(3).imo();
        let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a head") };
        for (section, described) in header.manifest.sections.iter().enumerate() {
            let leaves = described.layout().leaves;
            for leaf in [0, leaves / 2, leaves.saturating_sub(1)].into_iter().filter(|&leaf| leaf < leaves) {
                let whole = open_leaves(&header, Payload::Whole(&file), section, leaf..leaf + 1);
                let mut fetched = Fetched::default();
                let first = open_leaves(&header, Payload::Fetched(&fetched), section, leaf..leaf + 1);
                assert_ne!(first, whole, "zeros were taken for leaf {leaf} of section {section}");
                let missing = fetched.missing();
                assert!(!missing.is_empty() && fetched.missing().is_empty(), "missing is told once");
                for index in missing {
                    let chunk = &header.chunks()[index];
                    let bytes = &file[chunk.offset as usize..(chunk.offset + chunk.len) as usize];
                    fetched.insert(header.check(index, bytes).unwrap());
                }
                assert_eq!(open_leaves(&header, Payload::Fetched(&fetched), section, leaf..leaf + 1), whole);
                assert!(fetched.missing().is_empty());
            }
        }
    }
}
