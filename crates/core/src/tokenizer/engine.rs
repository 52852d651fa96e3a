//! From components to the `tokenizers` crate: only its BPE model, its text with offsets, and the steps named in [`super::components`].

use tokenizers::models::bpe::BPE;
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme as CrateScheme};
use tokenizers::pre_tokenizers::split::{Split, SplitPattern as CratePattern};
use tokenizers::{
    AddedToken, Decoder, Encoding, NormalizedString, Normalizer, PostProcessor, PreTokenizedString, PreTokenizer,
    SplitDelimiterBehavior, TokenizerBuilder, TokenizerImpl,
};

use super::TokenizerError;
use super::components::{self, Bpe, Components, PrependScheme};

type CrateResult<T> = tokenizers::Result<T>;

/// The crate's tokenizer, with our steps in place of its open lists of them.
pub(super) struct Engine(TokenizerImpl<BPE, Change, Cut, Never, Never>);

impl Engine {
    /// Takes components that were validated; the large lists are moved, not copied.
    pub fn new(components: Components) -> Result<Self, TokenizerError> {
        let Components { added_tokens, normalizer, pre_tokenizer, model, .. } = components;
        let engine = TokenizerBuilder::new()
            .with_model(bpe(model)?)
            .with_normalizer(normalizer.map(Change))
            .with_pre_tokenizer(pre_tokenizer.map(cut).transpose()?)
            .with_post_processor(None)
            .with_decoder(None)
            .build();
        let mut engine = engine.map_err(|e| TokenizerError::vocabulary(e.to_string()))?;
        let added: Vec<AddedToken> = added_tokens
            .iter()
            .map(|p| {
                AddedToken::from(p.content.clone(), p.special)
                    .single_word(p.single_word)
                    .lstrip(p.lstrip)
                    .rstrip(p.rstrip)
                    .normalized(p.normalized)
            })
            .collect();
        engine.add_tokens(&added);
        for piece in &added_tokens {
            let got = engine.token_to_id(&piece.content);
            if got != Some(piece.id) {
                let reason = format!("the added piece {:?} should have the id {}, got {got:?}", piece.content, piece.id);
                return Err(TokenizerError::vocabulary(reason));
            }
        }
        Ok(Self(engine))
    }

    /// The ids of `text`; added pieces in it are recognised.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self.0.encode_fast(text, false).map_err(|e| TokenizerError::Encode(e.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The id of a piece.
    pub fn id(&self, piece: &str) -> Option<u32> {
        self.0.token_to_id(piece)
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

/// A normalizer.
struct Change(components::Normalizer);

impl Normalizer for Change {
    fn normalize(&self, text: &mut NormalizedString) -> CrateResult<()> {
        change(&self.0, text)
    }
}

fn change(step: &components::Normalizer, text: &mut NormalizedString) -> CrateResult<()> {
    match step {
        components::Normalizer::Sequence { normalizers } => normalizers.iter().try_for_each(|n| change(n, text))?,
        components::Normalizer::NFC => NFC.normalize(text)?,
        components::Normalizer::Prepend { prepend } => {
            if !text.is_empty() {
                text.prepend(prepend.encode_utf8(&mut [0; 4]));
            }
        }
        components::Normalizer::Replace { pattern, content } => text.replace(pattern.char(), content.encode_utf8(&mut [0; 4]))?,
    }
    Ok(())
}

/// A pre-tokenizer.
enum Cut {
    Sequence(Vec<Cut>),
    ByteLevel(ByteLevel),
    Digits(Digits),
    Split(Split),
    Metaspace(Metaspace),
}

fn cut(step: components::PreTokenizer) -> Result<Cut, TokenizerError> {
    use components::PreTokenizer as P;
    Ok(match step {
        P::Sequence { pretokenizers } => Cut::Sequence(pretokenizers.into_iter().map(cut).collect::<Result<_, _>>()?),
        P::ByteLevel { add_prefix_space, trim_offsets, use_regex } => {
            Cut::ByteLevel(ByteLevel::new(add_prefix_space, trim_offsets, use_regex))
        }
        P::Digits { individual_digits } => Cut::Digits(Digits::new(individual_digits)),
        P::Split { pattern, behavior: components::Behavior::Isolated, invert: _ } => {
            let regex = CratePattern::Regex(pattern.regex().to_owned());
            let split = Split::new(regex, SplitDelimiterBehavior::Isolated, false);
            Cut::Split(split.map_err(|e| TokenizerError::vocabulary(e.to_string()))?)
        }
        P::Metaspace { replacement, prepend_scheme, split } => {
            let scheme = match prepend_scheme {
                PrependScheme::First => CrateScheme::First,
                PrependScheme::Never => CrateScheme::Never,
                PrependScheme::Always => CrateScheme::Always,
            };
            Cut::Metaspace(Metaspace::new(replacement, scheme, split))
        }
    })
}

impl PreTokenizer for Cut {
    fn pre_tokenize(&self, text: &mut PreTokenizedString) -> CrateResult<()> {
        match self {
            Self::Sequence(cuts) => cuts.iter().try_for_each(|c| c.pre_tokenize(text)),
            Self::ByteLevel(c) => c.pre_tokenize(text),
            Self::Digits(c) => c.pre_tokenize(text),
            Self::Split(c) => c.pre_tokenize(text),
            Self::Metaspace(c) => c.pre_tokenize(text),
        }
    }
}

/// In place of a post-processor and a decoder: there is none.
enum Never {}

impl PostProcessor for Never {
    fn added_tokens(&self, _: bool) -> usize {
        match *self {}
    }

    fn process_encodings(&self, _: Vec<Encoding>, _: bool) -> CrateResult<Vec<Encoding>> {
        match *self {}
    }
}

impl Decoder for Never {
    fn decode_chain(&self, _: Vec<String>) -> CrateResult<Vec<String>> {
        match *self {}
    }
}
