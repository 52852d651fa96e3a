//! From ids to bytes: a table, so that any part of an output can be decoded, and disputed, by itself.
//!
//! - A piece of the model stands for fixed bytes, whatever is around it: under byte-level BPE each of its characters is a byte; under
//!   SentencePiece-style BPE `▁` is a space and `<0x0A>` the byte 10.
//! - An added piece stands for its own text, special ones included (`<|im_start|>` is these twelve bytes).
//! - An id that has no piece, which the unused rows of an embedding have, stands for nothing.
//!
//! Therefore `bytes(a ++ b) = bytes(a) ++ bytes(b)` always. It also means that the space which a SentencePiece tokenizer puts before a
//! text stays: `Hello` is encoded as `▁Hello` and decoded as ` Hello`, where other libraries would look at the whole list of ids and
//! strip it.

use super::TokenizerError;
use super::components::{Components, Decoder};

/// The bytes of every id.
#[derive(Clone, Debug)]
pub struct ByteTable {
    /// End of each id's bytes in `bytes`; they start where those of the id before end.
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

/// What a decoder does to one piece.
#[derive(Default)]
struct Rules {
    byte_level: bool,
    byte_fallback: bool,
    replace: Vec<(char, char)>,
}

impl ByteTable {
    /// The table of a tokenizer whose components are valid.
    pub(super) fn new(components: &Components) -> Result<Self, TokenizerError> {
        let mut rules = Rules::default();
        if let Some(decoder) = &components.decoder {
            rules.add(decoder)?;
        }
        let model = components.model.vocab.0.iter().map(|(piece, id)| (*id, rules.model_piece(piece)));
        // A piece that is matched after the normalizer is written as the normalizer writes it.
        let added = components.added_tokens.iter().map(|p| match p.normalized {
            true => (p.id, rules.replaced(&p.content).into_bytes()),
            false => (p.id, p.content.clone().into_bytes()),
        });
        let mut pieces: Vec<(u32, Vec<u8>)> = added.chain(model).collect();
        // Added pieces come first, and the sort keeps that: an id that is both is the added piece.
        pieces.sort_by_key(|(id, _)| *id);
        pieces.dedup_by_key(|(id, _)| *id);
        let mut ends = Vec::with_capacity(pieces.last().map_or(0, |(id, _)| *id as usize + 1));
        let mut bytes = Vec::new();
        for (id, piece) in pieces {
            // Ids without a piece end where they start.
            ends.resize(id as usize, bytes.len() as u32);
            bytes.extend_from_slice(&piece);
            ends.push(bytes.len() as u32);
        }
        Ok(Self { ends, bytes })
    }

    /// One more than the largest id.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no id at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The table as a section of a model file: for each of `vocab` ids where its bytes end, as u32 big-endian, then all bytes.
    ///
    /// # Panics
    /// If there are more ids than `vocab`.
    pub fn section(&self, vocab: u32) -> Vec<u8> {
        let unused = (vocab as usize).checked_sub(self.ends.len()).expect("the model has all ids of its tokenizer");
        let ends = self.ends.iter().copied().chain(std::iter::repeat_n(self.bytes.len() as u32, unused));
        ends.flat_map(u32::to_be_bytes).chain(self.bytes.iter().copied()).collect()
    }

    /// The bytes of `id`.
    pub fn get(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else { return &[] };
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.bytes[start as usize..end as usize]
    }
}

impl Rules {
    fn add(&mut self, step: &Decoder) -> Result<(), TokenizerError> {
        match step {
            Decoder::Sequence { decoders } => decoders.iter().try_for_each(|d| self.add(d))?,
            Decoder::ByteLevel { .. } => self.byte_level = true,
            Decoder::ByteFallback => self.byte_fallback = true,
            Decoder::Replace { pattern, content } => self.replace.push((pattern.char(), *content)),
            Decoder::Metaspace { replacement, .. } => self.replace.push((*replacement, ' ')),
            Decoder::Fuse => (),
            // Spaces at the start of a text: left in place, see above. Anything else would change what an id means.
            Decoder::Strip { content: ' ', stop: 0, .. } => (),
            Decoder::Strip { .. } => {
                return Err(TokenizerError::unsupported("decoder", "Strip", "Strip of spaces at the start"));
            }
        }
        if self.byte_level && (self.byte_fallback || !self.replace.is_empty()) {
            return Err(TokenizerError::unsupported("decoder", "ByteLevel with other steps", "ByteLevel alone"));
        }
        Ok(())
    }

    fn replaced(&self, piece: &str) -> String {
        piece.chars().map(|c| self.replace.iter().fold(c, |c, (from, to)| if c == *from { *to } else { c })).collect()
    }

    fn model_piece(&self, piece: &str) -> Vec<u8> {
        if self.byte_level {
            // As everywhere, a piece with a character that is no byte is text.
            return piece.chars().map(byte_of).collect::<Option<_>>().unwrap_or_else(|| piece.as_bytes().to_vec());
        }
        match fallback_byte(piece).filter(|_| self.byte_fallback) {
            Some(byte) => vec![byte],
            None => self.replaced(piece).into_bytes(),
        }
    }
}

/// The byte that a character of byte-level BPE stands for. Printable Latin-1 characters stand for themselves, the other 68 bytes are
/// numbered from U+0100.
pub(super) fn byte_of(c: char) -> Option<u8> {
    match c as u32 {
        code @ (0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff) => Some(code as u8),
        code @ 0x100..=0x120 => Some((code - 0x100) as u8),
        code @ 0x121..=0x142 => Some((code - 0x121 + 0x7f) as u8),
        0x143 => Some(0xad),
        _ => None,
    }
}

/// The character that stands for a byte, see [`byte_of`].
pub(super) fn char_of(byte: u8) -> char {
    let code = match byte {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => u32::from(byte),
        0..=0x20 => 0x100 + u32::from(byte),
        0x7f..=0xa0 => 0x121 + u32::from(byte) - 0x7f,
        0xad => 0x143,
    };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte of a piece such as `<0x0A>`.
pub(super) fn fallback_byte(piece: &str) -> Option<u8> {
    let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
    if digits.len() != 2 || digits.bytes().any(|b| !matches!(b, b'0'..=b'9' | b'A'..=b'F')) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_character() {
        let mut seen = [0; 256];
        for c in (0..0x200).filter_map(char::from_u32) {
            if let Some(byte) = byte_of(c) {
                seen[byte as usize] += 1;
            }
        }
        assert_eq!(seen, [1; 256]);
        assert!((0..=255).all(|byte| byte_of(char_of(byte)) == Some(byte)));
        assert_eq!(byte_of('Ġ'), Some(b' '));
        assert_eq!(byte_of('Ċ'), Some(b'\n'));
    }

    #[test]
    fn fallback_bytes_are_two_upper_case_digits() {
        assert_eq!(fallback_byte("<0x0A>"), Some(10));
        for piece in ["<0x0a>", "<0xA>", "<0x+A>", "0x0A", "<0x0A", "<0x000A>", "<0xÄ>"] {
            assert_eq!(fallback_byte(piece), None, "{piece}");
        }
    }
}
