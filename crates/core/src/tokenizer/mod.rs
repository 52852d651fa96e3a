//! Between text and ids: the tokenizer section of a model file, encoding, exact decoding, and the chat template.
//!
//! One section gives the same ids for the same text in every build; it is hashed into the model id. [`TokenizerSection`] is what the
//! section says, from a Hugging Face folder or a GGUF file; [`Tokenizer`] runs it.
//!
//! ```text
//! Prompt::Text      text ─────────────────────────────┐ [bos] + encode ─→ ids ─→ model ─→ ids ─ bytes::ByteTable ─→ content
//! Prompt::Messages  messages ─ template::ChatTemplate ┘ encode (the template writes the bos itself)
//! ```

mod added;
pub mod bytes;
pub mod components;
mod cut;
mod engine;
mod error;
pub mod gguf;
mod gguf_pre;
pub mod hf;
pub mod pattern;
mod section;
mod spm;
pub mod template;
mod utf8;
mod vocab;

pub use self::error::TokenizerError;
pub use self::gguf::GgufTokenizer;
pub use self::hf::HfFiles;
pub use self::section::{MAX_SECTION, TokenizerSection};
pub use self::utf8::Utf8Stream;
pub use self::vocab::Vocab;

use self::bytes::ByteTable;
use self::engine::Engine;
use self::error::limit;
use self::template::ChatTemplate;
use crate::request::{Message, Prompt};

/// Most bytes of a text that is encoded.
pub const MAX_TEXT: usize = 1 << 23;

/// A tokenizer section, ready to run.
pub struct Tokenizer {
    engine: Engine,
    table: ByteTable,
    template: Option<ChatTemplate>,
    bos_id: Option<u32>,
    stop_ids: Vec<u32>,
    add_bos: bool,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer")
            .field("ids", &self.vocab_size())
            .field("bos_id", &self.bos_id)
            .field("stop_ids", &self.stop_ids)
            .field("add_bos", &self.add_bos)
            .field("template", &self.template.is_some())
            .finish_non_exhaustive()
    }
}

impl Tokenizer {
    /// Reads and checks a `tokenizer` section.
    pub fn new(section: &[u8]) -> Result<Self, TokenizerError> {
        Self::from_section(TokenizerSection::parse(section)?)
    }

    /// Runs a section that [`TokenizerSection::parse`] gave.
    fn from_section(section: TokenizerSection) -> Result<Self, TokenizerError> {
        let TokenizerSection { tokenizer, chat_template, bos_id, stop_ids, add_bos, template_tokens } = section;
        let template = chat_template.map(|source| ChatTemplate::new(&source, template_tokens)).transpose()?;
        let table = ByteTable::new(&tokenizer)?;
        let engine = Engine::new(tokenizer)?;
        for &id in stop_ids.iter().chain(&bos_id) {
            if id as usize >= table.len() {
                return Err(TokenizerError::vocabulary(format!("the id {id} is named but not in it ({} ids)", table.len())));
            }
        }
        Ok(Self { engine, table, template, bos_id, stop_ids, add_bos })
    }

    /// One more than the largest id. A model may have more rows in its embedding, never fewer.
    pub fn vocab_size(&self) -> usize {
        self.table.len()
    }

    /// The ids of a text as it stands. Added pieces such as `<|im_start|>` that are written out in it become their own ids.
    pub fn encode_text(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        limit("the text", text.len(), MAX_TEXT)?;
        self.engine.encode(text)
    }

    /// The text that the model's chat template makes of `messages`, up to where the answer begins.
    pub fn render_chat(&self, messages: &[Message]) -> Result<String, TokenizerError> {
        self.template.as_ref().ok_or(TokenizerError::NoTemplate)?.render(messages)
    }

    /// The ids of a prompt. A text starts with the bos id if the section says so and the text does not write it out itself; what starts
    /// a chat is for its template to say.
    pub fn encode_prompt(&self, prompt: &Prompt) -> Result<Vec<u32>, TokenizerError> {
        match prompt {
            Prompt::Text(text) => {
                let mut ids = self.encode_text(text)?;
                if let (true, Some(bos)) = (self.add_bos, self.bos_id)
                    && ids.first() != Some(&bos)
                {
                    ids.insert(0, bos);
                }
                Ok(ids)
            }
            Prompt::Messages(messages) => self.encode_text(&self.render_chat(messages)?),
        }
    }

    /// The bytes that `ids` stand for, id by id: see [`bytes`]. Ids without a piece stand for nothing.
    pub fn decode_bytes(&self, ids: &[u32]) -> Vec<u8> {
        ids.iter().flat_map(|&id| self.table.get(id)).copied().collect()
    }

    /// The bytes of one id.
    pub fn id_bytes(&self, id: u32) -> &[u8] {
        self.table.get(id)
    }

    /// The bytes of all ids as the section `pieces` of a model file, for whoever has to look one up without a tokenizer. None if the model
    /// has fewer than the tokenizer.
    pub fn pieces(&self, vocab: u32) -> Option<Vec<u8>> {
        (self.vocab_size() <= vocab as usize).then(|| self.table.section(vocab))
    }

    /// The bytes of an output: [`Tokenizer::decode_bytes`] of `ids` without a stop id at the end. Every other id keeps its text, special
    /// or not.
    pub fn content_bytes(&self, ids: &[u32]) -> Vec<u8> {
        match ids.split_last() {
            Some((last, before)) if self.stop_ids.contains(last) => self.decode_bytes(before),
            _ => self.decode_bytes(ids),
        }
    }

    /// The id of a piece.
    pub fn id(&self, piece: &str) -> Option<u32> {
        self.engine.id(piece)
    }

    /// The ids that end an output, ascending.
    pub fn stop_ids(&self) -> &[u32] {
        &self.stop_ids
    }

    /// The id that starts a text.
    pub fn bos_id(&self) -> Option<u32> {
        self.bos_id
    }

    /// Whether there is a chat template.
    pub fn has_template(&self) -> bool {
        self.template.is_some()
    }
}
