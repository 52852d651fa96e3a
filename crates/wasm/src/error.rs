//! How a failure crosses into JavaScript: as plain `{code, message, details}`. Codes are stable; `details` has what was got and expected.

use openimo_core::generate::GenerateError;
use openimo_core::model::ModelTokenizerError;
use openimo_core::model::file::FileError;
use openimo_core::request::{DraftError, RequestError};
use openimo_core::tokenizer::TokenizerError;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;

/// A failure in its plain form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable, such as `file.corrupt_chunk`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// What was got and what was expected; an object.
    pub details: Value,
}

impl Failure {
    /// A failure without details.
    pub fn new(code: &'static str, message: impl ToString) -> Self {
        Self { code, message: message.to_string(), details: json!({}) }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let (code, details) = match &error {
            FileError::NotAModelFile { got } => ("file.not_a_model", json!({ "got": got })),
            FileError::UnsupportedVersion { what, got, expected } => {
                ("file.unsupported_version", json!({ "what": what, "got": got, "expected": expected }))
            }
            FileError::UnsupportedArithmetic { got } => ("file.unsupported_arithmetic", json!({ "got": got })),
            FileError::Length { got, expected } => ("file.length", json!({ "got": got, "expected": expected })),
            FileError::TooLong { what, got, bound } => ("file.too_long", json!({ "what": what, "got": got, "bound": bound })),
            FileError::Manifest { detail } => ("file.manifest", json!({ "detail": detail })),
            FileError::NotCanonical { at } => ("file.not_canonical", json!({ "at": at })),
            FileError::Field { field, got, expected } => {
                ("file.field", json!({ "field": field, "got": got, "expected": expected }))
            }
            FileError::Config(e) => ("file.config", json!({ "field": e.field, "got": e.got, "expected": e.expected })),
            FileError::Matrix { section, .. } => ("file.matrix", json!({ "section": section })),
            FileError::CorruptChunk { index, offset, len, expected, got } => {
                let details = json!({ "index": index, "offset": offset, "length": len, "expected": expected, "got": got });
                ("file.corrupt_chunk", details)
            }
            FileError::ChunkLength { index, offset, len, got } => {
                ("file.chunk_length", json!({ "index": index, "offset": offset, "expected": len, "got": got }))
            }
            FileError::Order { got, expected } => ("file.order", json!({ "got": got, "expected": expected })),
            FileError::SectionBytes { section, at } => ("file.section_bytes", json!({ "section": section, "at": at })),
            FileError::Row { section, row, .. } => ("file.row", json!({ "section": section, "row": row })),
            FileError::Incomplete { next, missing } => ("file.incomplete", json!({ "next": next, "missing": missing })),
            FileError::OtherModel { got, expected } => ("model.other", json!({ "got": got, "expected": expected })),
            _ => ("file.invalid", json!({})),
        };
        Self { code, message: error.to_string(), details }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        let code = match &error {
            RequestError::Malformed { .. } => "request.malformed",
            RequestError::Version { .. } => "request.unsupported_version",
            RequestError::NotCanonical { .. } => "request.not_canonical",
            _ => "request.invalid",
        };
        Self::new(code, error)
    }
}

impl From<DraftError> for Failure {
    fn from(error: DraftError) -> Self {
        let code = match &error {
            DraftError::Prompt { .. } => "request.prompt",
            DraftError::Decimal(_) => "request.decimal",
            DraftError::Seed { .. } => "request.seed",
            DraftError::MaxTokens { .. } => "request.max_tokens",
            _ => "request.invalid",
        };
        Self::new(code, error)
    }
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        let (code, details) = match error {
            GenerateError::Prompt(e) => return e.into(),
            GenerateError::Sampler { beta, top_p } => ("request.sampler", json!({ "beta": beta, "top_p": top_p })),
            GenerateError::EmptyPrompt => ("request.empty_prompt", json!({})),
            GenerateError::PromptHash { got, expected } => ("request.prompt_hash", json!({ "got": got, "expected": expected })),
            GenerateError::Context { prompt, max_tokens, context } => {
                ("request.context", json!({ "prompt": prompt, "max_tokens": max_tokens, "context": context }))
            }
            GenerateError::PictureIds { max_tokens, expected } => {
                ("request.picture_ids", json!({ "max_tokens": max_tokens, "expected": expected }))
            }
            GenerateError::NoTokens => ("request.max_tokens", json!({ "got": 0 })),
            _ => ("request.invalid", json!({})),
        };
        Self { code, message: error.to_string(), details }
    }
}

impl From<ModelTokenizerError> for Failure {
    fn from(error: ModelTokenizerError) -> Self {
        match error {
            ModelTokenizerError::Section(e) => e.into(),
            _ => Self::new("tokenizer.other_model", error),
        }
    }
}

impl From<TokenizerError> for Failure {
    fn from(error: TokenizerError) -> Self {
        let code = match &error {
            TokenizerError::TooLarge { .. } => "tokenizer.too_large",
            TokenizerError::Unsupported { .. } => "tokenizer.unsupported",
            TokenizerError::NoTemplate => "tokenizer.no_template",
            TokenizerError::Refused(_) => "tokenizer.refused",
            TokenizerError::Template(_) | TokenizerError::Clock | TokenizerError::Exhausted(_) => "tokenizer.template",
            TokenizerError::Encode(_) => "tokenizer.encode",
            _ => "tokenizer.invalid",
        };
        Self::new(code, error)
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let Failure { code, message, details } = failure;
        plain(&json!({ "code": code, "message": message, "details": details }))
    }
}

/// A JSON value as a plain JavaScript one.
pub fn plain(value: &Value) -> JsValue {
    js_sys::JSON::parse(&value.to_string()).expect("serde_json writes JSON")
}
