//! Added pieces: found in a text before anything else is done to it.

use std::collections::{BTreeMap, HashMap};

use super::components::AddedPiece;

/// Pieces that are looked for together. The leftmost match counts, and the longest of those that start there.
#[derive(Debug, Default)]
pub(super) struct AddedPieces {
    by_text: HashMap<String, Added>,
    /// Lengths of the pieces that start with a byte, longest first.
    lengths: BTreeMap<u8, Vec<usize>>,
}

#[derive(Clone, Copy, Debug)]
struct Added {
    id: u32,
    lstrip: bool,
    rstrip: bool,
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// Text between added pieces, not empty.
    Text(&'t str),
    /// An added piece.
    Id(u32),
}

impl AddedPieces {
    /// Takes pieces with the text that stands for each.
    pub fn new<'p>(pieces: impl Iterator<Item = (String, &'p AddedPiece)>) -> Self {
        let mut this = Self::default();
        for (text, piece) in pieces {
            let Some(&first) = text.as_bytes().first() else { continue };
            this.lengths.entry(first).or_default().push(text.len());
            this.by_text.insert(text, Added { id: piece.id, lstrip: piece.lstrip, rstrip: piece.rstrip });
        }
        for lengths in this.lengths.values_mut() {
            lengths.sort_unstable_by(|a, b| b.cmp(a));
            lengths.dedup();
        }
        this
    }

    /// The parts of `text` in order.
    pub fn split<'t>(&self, text: &'t str) -> Vec<Part<'t>> {
        let mut parts = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at < text.len() {
            let Some((len, added)) = self.at(text, at) else {
                at += 1;
                continue;
            };
            let (mut left, mut right) = (at, at + len);
            at = right;
            if added.lstrip {
                left = start.max(text[..left].trim_end().len());
            }
            if added.rstrip {
                right = text.len() - text[right..].trim_start().len();
            }
            if start < left {
                parts.push(Part::Text(&text[start..left]));
            }
            parts.push(Part::Id(added.id));
            start = right;
        }
        if start < text.len() {
            parts.push(Part::Text(&text[start..]));
        }
        parts
    }

    /// The longest piece that starts at byte `at`.
    fn at(&self, text: &str, at: usize) -> Option<(usize, Added)> {
        let lengths = self.lengths.get(text.as_bytes().get(at)?)?;
        // A cut inside a character is no text and matches nothing.
        lengths.iter().find_map(|&len| Some((len, *self.by_text.get(text.get(at..at + len)?)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(list: &[(&str, bool, bool)]) -> AddedPieces {
        let pieces: Vec<AddedPiece> = (list.iter().zip(0..))
            .map(|(&(text, lstrip, rstrip), id)| AddedPiece { lstrip, rstrip, ..AddedPiece::new(id, text, true) })
            .collect();
        AddedPieces::new(pieces.iter().map(|p| (p.content.clone(), p)))
    }

    #[test]
    fn leftmost_then_longest() {
        let pieces = pieces(&[("<a>", false, false), ("<a>>", false, false), ("é<", false, false)]);
        assert_eq!(pieces.split("x<a>>y<a>"), [Part::Text("x"), Part::Id(1), Part::Text("y"), Part::Id(0)]);
        assert_eq!(pieces.split("é<a>"), [Part::Id(2), Part::Text("a>")]);
        assert_eq!(pieces.split("è"), [Part::Text("è")]);
        assert_eq!(pieces.split(""), []);
    }

    #[test]
    fn white_space_goes_with_the_piece() {
        let pieces = pieces(&[("<l>", true, false), ("<r>", false, true)]);
        assert_eq!(
            pieces.split("a \n<l> b<r>\t <l>c"),
            [Part::Text("a"), Part::Id(0), Part::Text(" b"), Part::Id(1), Part::Id(0), Part::Text("c")]
        );
    }
}
