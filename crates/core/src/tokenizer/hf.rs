//! A tokenizer from the files of a Hugging Face model folder.

use std::collections::BTreeMap;

use serde_json::Value;

use super::components::Components;
use super::error::limit;
use super::section::MAX_SECTION;
use super::{TokenizerError, TokenizerSection};

/// The files, as they are read from the folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct HfFiles<'a> {
    /// `tokenizer.json`, which must be there.
    pub tokenizer: &'a [u8],
    /// `tokenizer_config.json`.
    pub tokenizer_config: Option<&'a [u8]>,
    /// `special_tokens_map.json`.
    pub special_tokens_map: Option<&'a [u8]>,
    /// `generation_config.json`.
    pub generation_config: Option<&'a [u8]>,
    /// `config.json`.
    pub config: Option<&'a [u8]>,
    /// `chat_template.jinja`.
    pub chat_template: Option<&'a str>,
}

impl TokenizerSection {
    /// The section of a folder's tokenizer.
    ///
    /// - The template is `chat_template.jinja`, else `chat_template` of the tokenizer's configuration, its `default` one if it has several.
    /// - Outputs end with `eos_token` and every `eos_token_id` of the generation configuration (else of `config.json`).
    /// - Texts start with the bos id if `add_bos_token` says so, else if the post-processor puts it there.
    pub fn from_hf(files: &HfFiles<'_>) -> Result<Self, TokenizerError> {
        limit("tokenizer.json", files.tokenizer.len(), MAX_SECTION)?;
        let tokenizer: Components =
            serde_json::from_slice(files.tokenizer).map_err(|e| TokenizerError::json("tokenizer.json", e))?;
        tokenizer.validate()?;
        let config = object("tokenizer_config.json", files.tokenizer_config)?;
        let map = object("special_tokens_map.json", files.special_tokens_map)?;
        let generation = object("generation_config.json", files.generation_config)?;
        let model = object("config.json", files.config)?;

        let mut template_tokens = BTreeMap::new();
        for name in ["bos_token", "eos_token", "pad_token", "unk_token"] {
            if let Some(text) = token_text(&config[name]).or_else(|| token_text(&map[name])) {
                template_tokens.insert(name.to_owned(), text.to_owned());
            }
        }
        let id_of = |text: &String| {
            let added = tokenizer.added_tokens.iter().find(|p| &p.content == text).map(|p| p.id);
            added.or_else(|| tokenizer.model.vocab.id(text))
        };
        let bos_id = template_tokens.get("bos_token").and_then(id_of);
        let eos = if generation["eos_token_id"].is_null() { &model["eos_token_id"] } else { &generation["eos_token_id"] };
        let mut stop_ids = ids("eos_token_id", eos)?;
        stop_ids.extend(template_tokens.get("eos_token").and_then(id_of));
        stop_ids.sort_unstable();
        stop_ids.dedup();
        let add_bos = match config["add_bos_token"].as_bool() {
            Some(add) => add,
            None => match template_tokens.get("bos_token") {
                Some(bos) => processor_starts_with(files.tokenizer, bos)?,
                None => false,
            },
        };
        let chat_template = match files.chat_template {
            Some(template) => Some(template.to_owned()),
            None => config_template(&config["chat_template"])?,
        };
        let section = Self { tokenizer, chat_template, bos_id, stop_ids, add_bos: add_bos && bos_id.is_some(), template_tokens };
        section.validate()?;
        Ok(section)
    }
}

fn object(what: &'static str, bytes: Option<&[u8]>) -> Result<Value, TokenizerError> {
    let Some(bytes) = bytes else { return Ok(Value::Null) };
    limit(what, bytes.len(), MAX_SECTION)?;
    serde_json::from_slice(bytes).map_err(|e| TokenizerError::json(what, e))
}

/// A token is a string or an object with its `content`.
fn token_text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["content"].as_str())
}

/// One id, several, or none.
fn ids(what: &'static str, value: &Value) -> Result<Vec<u32>, TokenizerError> {
    let id = |v: &Value| v.as_u64().and_then(|n| u32::try_from(n).ok());
    let ids = match value {
        Value::Null => Some(Vec::new()),
        Value::Array(values) => values.iter().map(id).collect(),
        value => id(value).map(|id| vec![id]),
    };
    ids.ok_or_else(|| TokenizerError::json(what, "expected an id or a list of ids"))
}

fn config_template(value: &Value) -> Result<Option<String>, TokenizerError> {
    match value {
        Value::Null => Ok(None),
        Value::String(template) => Ok(Some(template.clone())),
        Value::Array(named) => {
            let default = named.iter().find(|t| t["name"] == "default").and_then(|t| t["template"].as_str());
            default.map(|t| Some(t.to_owned())).ok_or(TokenizerError::Missing("a chat template of the name \"default\""))
        }
        _ => Err(TokenizerError::json("chat_template", "expected a string or a list of templates with names")),
    }
}

/// Whether the post-processor of `tokenizer.json` puts `bos` before a text.
fn processor_starts_with(tokenizer: &[u8], bos: &str) -> Result<bool, TokenizerError> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default)]
        post_processor: Value,
    }
    fn starts(processor: &Value, bos: &str) -> bool {
        match processor["type"].as_str() {
            Some("TemplateProcessing") => processor["single"][0]["SpecialToken"]["id"] == bos,
            Some("Sequence") => processor["processors"].as_array().is_some_and(|all| all.iter().any(|p| starts(p, bos))),
            _ => false,
        }
    }
    let file: File = serde_json::from_slice(tokenizer).map_err(|e| TokenizerError::json("tokenizer.json", e))?;
    Ok(starts(&file.post_processor, bos))
}
