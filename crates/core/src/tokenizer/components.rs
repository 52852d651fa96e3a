//! The parts of a Hugging Face `tokenizer.json` that openimo runs: byte-level and SentencePiece-style BPE.
//!
//! These types are the allow-list. A component, an option or a split pattern that is not here is refused when the file is read, so
//! nothing of a hostile file reaches the tokenizer crate except data whose cost is known: no regular expression from a file is ever
//! compiled, no step can make text grow by more than a constant factor, and nothing is random (BPE dropout must be off).

use serde::{Deserialize, Serialize};

use super::TokenizerError;
use super::error::limit;
use super::pattern::SplitPattern;
use super::vocab::Vocab;

/// Most ids that a vocabulary may have, added ones included.
pub const MAX_IDS: usize = 1 << 20;
/// Most merges of a model.
pub const MAX_MERGES: usize = 1 << 22;
/// Most bytes of one piece.
pub const MAX_PIECE: usize = 1 << 16;
/// Most bytes of an added piece.
pub const MAX_ADDED_PIECE: usize = 256;
/// Most ids outside the model's own vocabulary logic.
pub const MAX_ADDED: usize = 1 << 14;
/// Most steps of a normalizer, pre-tokenizer or decoder.
const MAX_STEPS: usize = 16;

/// A `tokenizer.json`. What openimo does itself is left out: ids that start a text ([`super::TokenizerSection::add_bos`]) instead of a
/// post-processor; truncation and padding do not exist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// Version of the format, `1.0`.
    pub version: String,
    /// Always null; the key keeps the object loadable elsewhere.
    #[serde(default, deserialize_with = "dropped")]
    pub truncation: (),
    /// Always null.
    #[serde(default, deserialize_with = "dropped")]
    pub padding: (),
    /// Ids that are recognised in a text before anything else is done to it, in order of their ids.
    #[serde(default)]
    pub added_tokens: Vec<AddedPiece>,
    /// Changes to the text.
    #[serde(default)]
    pub normalizer: Option<Normalizer>,
    /// Cuts of the text into words.
    #[serde(default)]
    pub pre_tokenizer: Option<PreTokenizer>,
    /// Always null.
    #[serde(default, deserialize_with = "dropped")]
    pub post_processor: (),
    /// From pieces back to text.
    #[serde(default)]
    pub decoder: Option<Decoder>,
    /// Words to ids.
    pub model: Bpe,
}

/// Reads over a value.
fn dropped<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| ())
}

/// A piece that is found in a text before the model sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedPiece {
    /// Its id.
    pub id: u32,
    /// Its text.
    pub content: String,
    /// Only between non-word characters: must be false.
    #[serde(default)]
    pub single_word: Off,
    /// Takes the white space before it.
    #[serde(default)]
    pub lstrip: bool,
    /// Takes the white space after it.
    #[serde(default)]
    pub rstrip: bool,
    /// Is looked for after the normalizer, not before.
    #[serde(default)]
    pub normalized: bool,
    /// Controls the model and is no text.
    #[serde(default)]
    pub special: bool,
}

impl AddedPiece {
    /// A piece that is matched literally.
    pub fn new(id: u32, content: impl Into<String>, special: bool) -> Self {
        Self { id, content: content.into(), single_word: Off, lstrip: false, rstrip: false, normalized: false, special }
    }
}

/// Changes to the text before it is cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Normalizer {
    /// One after the other.
    Sequence {
        /// The steps.
        normalizers: Vec<Normalizer>,
    },
    /// Unicode canonical composition.
    NFC,
    /// Puts one character before every text that is not empty.
    Prepend {
        /// The character.
        prepend: char,
    },
    /// Replaces one character by another.
    Replace {
        /// What is replaced.
        pattern: Literal,
        /// By what.
        content: char,
    },
}

/// A pattern that is one literal character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Literal {
    /// The character.
    String(char),
}

impl Literal {
    /// The character.
    pub fn char(self) -> char {
        let Self::String(c) = self;
        c
    }
}

/// Cuts of a text into the words that are encoded each by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum PreTokenizer {
    /// One after the other.
    Sequence {
        /// The steps.
        pretokenizers: Vec<PreTokenizer>,
    },
    /// Writes each byte as a printable character.
    ByteLevel {
        /// Puts a space before the text.
        add_prefix_space: bool,
        /// Has no influence on ids.
        #[serde(default = "yes")]
        trim_offsets: bool,
        /// Cuts by GPT-2's pattern first.
        #[serde(default = "yes")]
        use_regex: bool,
    },
    /// Cuts numbers out.
    Digits {
        /// Each digit alone.
        individual_digits: bool,
    },
    /// Cuts by one of the known patterns.
    Split {
        /// Which pattern.
        pattern: SplitPattern,
        /// How matches are kept.
        behavior: Behavior,
        /// Must be false.
        #[serde(default)]
        invert: Off,
    },
    /// Writes spaces as a visible character and cuts before it.
    Metaspace {
        /// The visible character.
        replacement: char,
        /// Where it is put before a text.
        #[serde(default)]
        prepend_scheme: PrependScheme,
        /// Whether to cut.
        #[serde(default = "yes")]
        split: bool,
    },
}

fn yes() -> bool {
    true
}

/// What becomes of the matches of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Behavior {
    /// Each match is a word; so is what lies between matches.
    Isolated,
}

/// A flag that has to be off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct Off;

impl From<Off> for bool {
    fn from(_: Off) -> bool {
        false
    }
}

impl TryFrom<bool> for Off {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, &'static str> {
        if value { Err("expected false") } else { Ok(Self) }
    }
}

/// Where [`PreTokenizer::Metaspace`] puts its character before a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrependScheme {
    /// Before the start of the whole text.
    First,
    /// Nowhere.
    Never,
    /// Before every part between added pieces.
    #[default]
    Always,
}

/// From pieces back to bytes; [`super::bytes`] says how each step acts on a single piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Decoder {
    /// One after the other.
    Sequence {
        /// The steps.
        decoders: Vec<Decoder>,
    },
    /// Printable characters back to bytes.
    ByteLevel {
        /// Has no influence on decoding.
        #[serde(default = "yes")]
        add_prefix_space: bool,
        /// Has no influence on decoding.
        #[serde(default = "yes")]
        trim_offsets: bool,
        /// Has no influence on decoding.
        #[serde(default = "yes")]
        use_regex: bool,
    },
    /// Replaces one character by another.
    Replace {
        /// What is replaced.
        pattern: Literal,
        /// By what.
        content: char,
    },
    /// `<0x0A>` is the byte 10.
    ByteFallback,
    /// Joins pieces, which is what bytes do anyway.
    Fuse,
    /// Takes characters off the ends of a text. openimo does not, see [`super::bytes`].
    Strip {
        /// The character.
        content: char,
        /// How many at the start.
        start: u32,
        /// How many at the end.
        stop: u32,
    },
    /// The visible character back to a space.
    Metaspace {
        /// The visible character.
        replacement: char,
        /// Has no influence on decoding here.
        #[serde(default)]
        prepend_scheme: PrependScheme,
        /// Has no influence on decoding.
        #[serde(default = "yes")]
        split: bool,
    },
}

/// The model: byte pair encoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bpe {
    /// The only model there is.
    #[serde(rename = "type", default)]
    pub kind: BpeKind,
    /// Random merges: must be off.
    #[serde(default, deserialize_with = "no_dropout")]
    pub dropout: (),
    /// Stands for characters that the vocabulary lacks.
    #[serde(default)]
    pub unk_token: Option<String>,
    /// Must be empty.
    #[serde(default)]
    pub continuing_subword_prefix: Empty,
    /// Must be empty.
    #[serde(default)]
    pub end_of_word_suffix: Empty,
    /// One `unk_token` for several unknown characters in a row.
    #[serde(default)]
    pub fuse_unk: bool,
    /// Unknown characters become `<0x..>` pieces.
    #[serde(default)]
    pub byte_fallback: bool,
    /// A word that is in the vocabulary is not merged.
    #[serde(default)]
    pub ignore_merges: bool,
    /// Piece to id.
    pub vocab: Vocab,
    /// Pairs that are joined, best first.
    #[serde(deserialize_with = "super::vocab::merges")]
    pub merges: Vec<(String, String)>,
}

fn no_dropout<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    if value.is_null() || value.as_f64() == Some(0.0) {
        return Ok(());
    }
    Err(serde::de::Error::custom("dropout must be off: the ids of a text may not be random"))
}

/// The name of [`Bpe`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BpeKind {
    /// Byte pair encoding.
    #[default]
    BPE,
}

/// Null, or an empty string on reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Option<String>", into = "Option<String>")]
pub struct Empty;

impl From<Empty> for Option<String> {
    fn from(_: Empty) -> Self {
        None
    }
}

impl TryFrom<Option<String>> for Empty {
    type Error = &'static str;

    fn try_from(value: Option<String>) -> Result<Self, &'static str> {
        if value.is_none_or(|text| text.is_empty()) { Ok(Self) } else { Err("expected null or an empty string") }
    }
}

impl Components {
    /// Checks everything that the types do not say. Runs before anything is built.
    pub fn validate(&self) -> Result<(), TokenizerError> {
        if self.version != "1.0" {
            return Err(TokenizerError::unsupported("version of tokenizer.json", &self.version, "1.0"));
        }
        limit("the added vocabulary", self.added_tokens.len(), MAX_ADDED)?;
        limit("the list of merges", self.model.merges.len(), MAX_MERGES)?;
        limit("the normalizer", self.normalizer.as_ref().map_or(0, normalizer_steps), MAX_STEPS)?;
        limit("the pre-tokenizer", self.pre_tokenizer.as_ref().map_or(0, pre_tokenizer_steps), MAX_STEPS)?;
        limit("the decoder", self.decoder.as_ref().map_or(0, decoder_steps), MAX_STEPS)?;
        self.model.vocab.check(&self.added_tokens)?;
        if let Some(unk) = &self.model.unk_token
            && !self.model.vocab.contains(unk)
        {
            return Err(TokenizerError::vocabulary(format!("the unknown piece {unk:?} is not in it")));
        }
        Ok(())
    }
}

fn normalizer_steps(step: &Normalizer) -> usize {
    match step {
        Normalizer::Sequence { normalizers } => 1 + normalizers.iter().map(normalizer_steps).sum::<usize>(),
        _ => 1,
    }
}

fn pre_tokenizer_steps(step: &PreTokenizer) -> usize {
    match step {
        PreTokenizer::Sequence { pretokenizers } => 1 + pretokenizers.iter().map(pre_tokenizer_steps).sum::<usize>(),
        _ => 1,
    }
}

fn decoder_steps(step: &Decoder) -> usize {
    match step {
        Decoder::Sequence { decoders } => 1 + decoders.iter().map(decoder_steps).sum::<usize>(),
        _ => 1,
    }
}
