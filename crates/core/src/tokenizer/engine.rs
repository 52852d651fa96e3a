//! From text to ids: added pieces, normalizer, words, and the BPE model of the `tokenizers` crate.
//!
//! The crate's other parts are not used. They compile the patterns of a file with two regular expression engines, keep 16 bytes of
//! offsets for each byte of text, and would make the WebAssembly module three times as large.

use std::borrow::Cow;

use tokenizers::Model as _;
use tokenizers::models::bpe::BPE;
use unicode_normalization_alignments::UnicodeNormalization;

use super::TokenizerError;
use super::added::{AddedPieces, Part};
use super::components::{AddedPiece, Bpe, Components, Normalizer, PreTokenizer};
use super::cut::words;

/// Everything that encoding needs.
pub(super) struct Engine {
    model: BPE,
    normalizer: Option<Normalizer>,
    pre_tokenizer: Option<PreTokenizer>,
    /// Looked for in the text as it is.
    literal: AddedPieces,
    /// Looked for after the normalizer.
    normalized: AddedPieces,
    added: Vec<AddedPiece>,
}

impl Engine {
    /// Takes components that were validated; the large lists are moved, not copied.
    pub fn new(components: Components) -> Result<Self, TokenizerError> {
        let Components { added_tokens: added, normalizer, pre_tokenizer, model, .. } = components;
        let literal = AddedPieces::new(added.iter().filter(|p| !p.normalized).map(|p| (p.content.clone(), p)));
        let normalized = added.iter().filter(|p| p.normalized);
        let normalized = AddedPieces::new(normalized.map(|p| (normalize(normalizer.as_ref(), &p.content).into_owned(), p)));
        Ok(Self { model: bpe(model)?, normalizer, pre_tokenizer, literal, normalized, added })
    }

    /// The ids of `text`; added pieces in it are recognised.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = Vec::new();
        let mut first = true;
        for part in self.literal.split(text) {
            match part {
                Part::Id(id) => ids.push(id),
                Part::Text(text) => self.encode_part(text, first, &mut ids)?,
            }
            first = false;
        }
        Ok(ids)
    }

    /// A part without literal added pieces.
    fn encode_part(&self, text: &str, mut first: bool, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        let text = normalize(self.normalizer.as_ref(), text);
        for part in self.normalized.split(&text) {
            match part {
                Part::Id(id) => ids.push(id),
                Part::Text(text) => {
                    for word in words(self.pre_tokenizer.as_ref(), Cow::Borrowed(text), first) {
                        let pieces = self.model.tokenize(&word).map_err(|e| TokenizerError::Encode(e.to_string()))?;
                        ids.extend(pieces.iter().map(|piece| piece.id));
                    }
                }
            }
            first = false;
        }
        Ok(())
    }

    /// The id of a piece.
    pub fn id(&self, piece: &str) -> Option<u32> {
        let added = self.added.iter().find(|p| p.content == piece).map(|p| p.id);
        added.or_else(|| self.model.token_to_id(piece))
    }
}

fn bpe(model: Bpe) -> Result<BPE, TokenizerError> {
    let vocab: tokenizers::models::bpe::Vocab = model.vocab.0.into_iter().collect();
    // No cache of words: prompts are encoded once, and it would take a megabyte at the start.
    let mut builder = BPE::builder()
        .vocab_and_merges(vocab, model.merges)
        .cache_capacity(0)
        .fuse_unk(model.fuse_unk)
        .byte_fallback(model.byte_fallback)
        .ignore_merges(model.ignore_merges);
    if let Some(unk) = model.unk_token {
        builder = builder.unk_token(unk);
    }
    builder.build().map_err(|e| TokenizerError::vocabulary(e.to_string()))
}

fn normalize<'t>(step: Option<&Normalizer>, text: &'t str) -> Cow<'t, str> {
    match step {
        None => Cow::Borrowed(text),
        Some(Normalizer::Sequence { normalizers }) => {
            normalizers.iter().fold(Cow::Borrowed(text), |text, step| Cow::Owned(normalize(Some(step), &text).into_owned()))
        }
        // Composition changes nothing below U+0300.
        Some(Normalizer::NFC) if text.chars().all(|c| c < '\u{300}') => Cow::Borrowed(text),
        Some(Normalizer::NFC) => Cow::Owned(text.nfc().map(|(c, _)| c).collect()),
        Some(Normalizer::Prepend { .. }) if text.is_empty() => Cow::Borrowed(text),
        Some(Normalizer::Prepend { prepend }) => Cow::Owned(format!("{prepend}{text}")),
        Some(Normalizer::Replace { pattern, content }) => {
            Cow::Owned(text.replace(pattern.char(), content.encode_utf8(&mut [0; 4])))
        }
    }
}
