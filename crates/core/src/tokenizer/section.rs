//! The `tokenizer` section of a model file: everything between text and ids, as canonical JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TokenizerError;
use super::components::{Components, MAX_IDS};
use super::error::limit;
use super::template::MAX_TEMPLATE;

/// Most bytes of a section.
pub const MAX_SECTION: usize = 64 << 20;
/// Most ids that end an output.
const MAX_STOPS: usize = 64;
/// The texts that a chat template can name.
const TEMPLATE_TOKENS: [&str; 4] = ["bos_token", "eos_token", "pad_token", "unk_token"];

/// What a model file says about text. [`TokenizerSection::to_bytes`] is its only encoding, RFC 8785; it holds no number but integers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenizerSection {
    /// A `tokenizer.json`.
    pub tokenizer: Components,
    /// The Jinja template that lays out a chat.
    pub chat_template: Option<String>,
    /// The id that starts a text.
    pub bos_id: Option<u32>,
    /// The ids that end an output, ascending.
    pub stop_ids: Vec<u32>,
    /// Whether a text that is no chat starts with `bos_id`.
    pub add_bos: bool,
    /// `bos_token`, `eos_token`, `pad_token` and `unk_token` as the template sees them.
    pub template_tokens: BTreeMap<String, String>,
}

impl TokenizerSection {
    /// Reads and checks a section.
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenizerError> {
        limit("the tokenizer section", bytes.len(), MAX_SECTION)?;
        let section: Self = serde_json::from_slice(bytes).map_err(|e| TokenizerError::json("the tokenizer section", e))?;
        section.validate()?;
        Ok(section)
    }

    /// The canonical bytes of a section that is valid.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TokenizerError> {
        self.validate()?;
        let bytes = serde_json_canonicalizer::to_vec(self).map_err(|e| TokenizerError::json("the tokenizer section", e))?;
        limit("the tokenizer section", bytes.len(), MAX_SECTION)?;
        Ok(bytes)
    }

    pub(super) fn validate(&self) -> Result<(), TokenizerError> {
        self.tokenizer.validate()?;
        if let Some(template) = &self.chat_template {
            limit("the chat template", template.len(), MAX_TEMPLATE)?;
        }
        limit("the list of stop ids", self.stop_ids.len(), MAX_STOPS)?;
        if !self.stop_ids.is_sorted_by(|a, b| a < b) {
            return Err(TokenizerError::vocabulary("the stop ids are not ascending"));
        }
        for id in self.stop_ids.iter().chain(&self.bos_id) {
            limit("an id", *id as usize, MAX_IDS - 1)?;
        }
        if self.add_bos && self.bos_id.is_none() {
            return Err(TokenizerError::Missing("the id that starts a text (bos_id)"));
        }
        for (name, text) in &self.template_tokens {
            if !TEMPLATE_TOKENS.contains(&name.as_str()) {
                return Err(TokenizerError::unsupported("name of a template token", name, "bos, eos, pad and unk_token"));
            }
            limit("a template token", text.len(), 1024)?;
        }
        Ok(())
    }
}
