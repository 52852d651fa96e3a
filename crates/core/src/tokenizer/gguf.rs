//! A tokenizer from the metadata of a GGUF file, rebuilt as the `tokenizer.json` that it was made from.

use std::collections::BTreeMap;

use super::components::{AddedPiece, Bpe, BpeKind, Components, Decoder, Empty, MAX_ADDED, MAX_IDS};
use super::error::limit;
use super::vocab::split_merge;
use super::{TokenizerError, TokenizerSection, Vocab, gguf_pre, spm};

/// The values of the keys `tokenizer.*` of a GGUF file; a key that is not there is `None` or empty.
#[derive(Clone, Debug, Default)]
pub struct GgufTokenizer {
    /// `tokenizer.ggml.model`: `gpt2` or `llama`.
    pub model: String,
    /// `tokenizer.ggml.pre`.
    pub pre: Option<String>,
    /// `tokenizer.ggml.tokens`, by id.
    pub tokens: Vec<String>,
    /// `tokenizer.ggml.scores`, by id.
    pub scores: Vec<f32>,
    /// `tokenizer.ggml.token_type`, by id.
    pub token_types: Vec<i32>,
    /// `tokenizer.ggml.merges`.
    pub merges: Vec<String>,
    /// `tokenizer.ggml.bos_token_id`.
    pub bos_id: Option<u32>,
    /// `tokenizer.ggml.eos_token_id`.
    pub eos_id: Option<u32>,
    /// `tokenizer.ggml.eot_token_id`.
    pub eot_id: Option<u32>,
    /// `tokenizer.ggml.eom_token_id`.
    pub eom_id: Option<u32>,
    /// `tokenizer.ggml.unknown_token_id`.
    pub unk_id: Option<u32>,
    /// `tokenizer.ggml.padding_token_id`.
    pub pad_id: Option<u32>,
    /// `tokenizer.ggml.add_bos_token`.
    pub add_bos: Option<bool>,
    /// `tokenizer.ggml.add_space_prefix`.
    pub add_space_prefix: Option<bool>,
    /// `tokenizer.chat_template`.
    pub chat_template: Option<String>,
}

/// `token_type`.
const NORMAL: i32 = 1;
const UNKNOWN: i32 = 2;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;

/// Control pieces that end a turn in the models that have them, whether or not the file names them as such.
const TURN_ENDS: [&str; 4] = ["<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|endoftext|>"];

impl TokenizerSection {
    /// The section of a GGUF file's tokenizer.
    pub fn from_gguf(source: GgufTokenizer) -> Result<Self, TokenizerError> {
        limit("the vocabulary", source.tokens.len(), MAX_IDS)?;
        if source.tokens.is_empty() {
            return Err(TokenizerError::Missing("tokenizer.ggml.tokens"));
        }
        for (what, len) in
            [("tokenizer.ggml.token_type", source.token_types.len()), ("tokenizer.ggml.scores", source.scores.len())]
        {
            if len != 0 && len != source.tokens.len() {
                return Err(TokenizerError::vocabulary(format!("{what} has {len} values for {} pieces", source.tokens.len())));
            }
        }
        let named = [source.bos_id, source.eos_id, source.eot_id, source.eom_id, source.unk_id, source.pad_id];
        if let Some(id) = named.into_iter().flatten().find(|&id| source.piece(id).is_none()) {
            return Err(TokenizerError::vocabulary(format!("the id {id} is named but there are {} ids", source.tokens.len())));
        }
        let (tokenizer, default_add_bos) = match source.model.as_str() {
            "gpt2" => source.byte_level()?,
            "llama" => source.sentence_piece()?,
            other => {
                return Err(TokenizerError::unsupported(
                    "tokenizer.ggml.model",
                    other,
                    "gpt2 (byte-level BPE), llama (SentencePiece BPE)",
                ));
            }
        };
        let section = Self {
            tokenizer,
            chat_template: source.chat_template.clone(),
            bos_id: source.bos_id,
            stop_ids: source.stop_ids(),
            add_bos: source.add_bos.unwrap_or(default_add_bos) && source.bos_id.is_some(),
            template_tokens: source.template_tokens(),
        };
        section.validate()?;
        Ok(section)
    }
}

impl GgufTokenizer {
    fn piece(&self, id: u32) -> Option<&str> {
        self.tokens.get(id as usize).map(String::as_str)
    }

    fn kind(&self, id: usize) -> i32 {
        self.token_types.get(id).copied().unwrap_or(NORMAL)
    }

    /// Byte-level BPE, and whether texts start with the bos id by default.
    fn byte_level(&self) -> Result<(Components, bool), TokenizerError> {
        let pre = gguf_pre::named(self.pre.as_deref().unwrap_or("default"))?;
        let merges: Result<Vec<_>, _> = self.merges.iter().map(|line| split_merge(line)).collect();
        let merges = merges.map_err(TokenizerError::vocabulary)?;
        let model = Bpe { ignore_merges: pre.ignore_merges, merges, ..self.bpe() };
        let decoder = Decoder::ByteLevel { add_prefix_space: true, trim_offsets: true, use_regex: true };
        let components = Components {
            normalizer: pre.normalizer,
            pre_tokenizer: Some(pre.pre_tokenizer),
            decoder: Some(decoder),
            ..self.components(model)?
        };
        Ok((components, pre.add_bos))
    }

    /// SentencePiece BPE, likewise.
    fn sentence_piece(&self) -> Result<(Components, bool), TokenizerError> {
        if self.scores.is_empty() {
            return Err(TokenizerError::Missing("tokenizer.ggml.scores"));
        }
        let pieces: Vec<(&str, u32, f32)> = (self.tokens.iter().zip(&self.scores).enumerate())
            .filter(|(id, (piece, _))| self.kind(*id) == NORMAL && !piece.is_empty())
            .map(|(id, (piece, score))| (piece.as_str(), id as u32, *score))
            .collect();
        let unknown = (0..self.tokens.len()).find(|&id| self.kind(id) == UNKNOWN).map(|id| id as u32).or(self.unk_id);
        let model = Bpe {
            merges: spm::merges(&pieces)?,
            unk_token: unknown.and_then(|id| self.piece(id)).map(str::to_owned),
            fuse_unk: true,
            byte_fallback: true,
            ..self.bpe()
        };
        let prefix = self.add_space_prefix.unwrap_or(true);
        let components = Components {
            normalizer: Some(spm::normalizer(prefix)),
            decoder: Some(spm::decoder(prefix)),
            ..self.components(model)?
        };
        Ok((components, true))
    }

    fn bpe(&self) -> Bpe {
        Bpe {
            kind: BpeKind::BPE,
            dropout: (),
            unk_token: None,
            continuing_subword_prefix: Empty,
            end_of_word_suffix: Empty,
            fuse_unk: false,
            byte_fallback: false,
            ignore_merges: false,
            vocab: Vocab(self.tokens.iter().zip(0..).map(|(piece, id)| (piece.clone(), id)).collect()),
            merges: Vec::new(),
        }
    }

    fn components(&self, model: Bpe) -> Result<Components, TokenizerError> {
        let mut added_tokens = Vec::new();
        for (id, piece) in self.tokens.iter().enumerate() {
            let kind = self.kind(id);
            if matches!(kind, UNKNOWN | CONTROL | USER_DEFINED) {
                limit("the added vocabulary", added_tokens.len() + 1, MAX_ADDED)?;
                added_tokens.push(AddedPiece::new(id as u32, piece.clone(), kind != USER_DEFINED));
            }
        }
        Ok(Components {
            version: "1.0".to_owned(),
            truncation: (),
            padding: (),
            added_tokens,
            normalizer: None,
            pre_tokenizer: None,
            post_processor: (),
            decoder: None,
            model,
        })
    }

    fn stop_ids(&self) -> Vec<u32> {
        let controls = (self.tokens.iter().enumerate())
            .filter(|(id, piece)| self.kind(*id) == CONTROL && TURN_ENDS.contains(&piece.as_str()))
            .map(|(id, _)| id as u32);
        let mut ids: Vec<u32> = [self.eos_id, self.eot_id, self.eom_id].into_iter().flatten().chain(controls).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn template_tokens(&self) -> BTreeMap<String, String> {
        let named =
            [("bos_token", self.bos_id), ("eos_token", self.eos_id), ("unk_token", self.unk_id), ("pad_token", self.pad_id)];
        let texts = named.into_iter().filter_map(|(name, id)| Some((name.to_owned(), self.piece(id?)?.to_owned())));
        texts.collect()
    }
}
