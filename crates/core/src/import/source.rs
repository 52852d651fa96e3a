//! A model as it is published: a GGUF file, or the files of a Hugging Face folder.

use std::collections::BTreeMap;

use super::architecture::{Architecture, value};
use super::error::ImportError;
use super::gguf::{Array, Gguf, Value};
use super::hf::HuggingFace;
use super::tensor::Tensor;
use crate::tokenizer::{GgufTokenizer, HfFiles, TokenizerSection};

/// A parsed source; it borrows the bytes of its files.
#[derive(Debug)]
pub enum Source<'a> {
    /// One GGUF file.
    Gguf(Gguf<'a>),
    /// A folder of safetensors and JSON files.
    HuggingFace(HuggingFace<'a>),
}

impl<'a> Source<'a> {
    /// A GGUF file.
    ///
    /// # Errors
    /// If it is broken.
    pub fn gguf(bytes: &'a [u8]) -> Result<Self, ImportError> {
        Ok(Self::Gguf(Gguf::parse(bytes)?))
    }

    /// The files of a Hugging Face folder, by name without path.
    ///
    /// # Errors
    /// If a file is missing or broken.
    pub fn hugging_face(files: BTreeMap<String, &'a [u8]>) -> Result<Self, ImportError> {
        HuggingFace::new(files).map(Self::HuggingFace)
    }

    /// The hyperparameters.
    ///
    /// # Errors
    /// If one is missing or out of its domain, or the model needs what the arithmetic has not.
    pub fn architecture(&self) -> Result<Architecture, ImportError> {
        match self {
            Self::Gguf(gguf) => gguf.architecture(),
            Self::HuggingFace(folder) => folder.architecture(),
        }
    }

    /// The tensors by name.
    pub fn tensors(&self) -> BTreeMap<&str, Tensor<'a>> {
        match self {
            Self::Gguf(gguf) => gguf.tensors.iter().map(|(name, tensor)| (*name, *tensor)).collect(),
            Self::HuggingFace(folder) => folder.tensors.iter().map(|(name, tensor)| (name.as_str(), *tensor)).collect(),
        }
    }

    /// The model's name, where the source knows it.
    ///
    /// # Errors
    /// If it is no text.
    pub fn name(&self) -> Result<Option<&str>, ImportError> {
        match self {
            Self::Gguf(gguf) => gguf.text("general.name"),
            Self::HuggingFace(folder) => Ok(folder.name()),
        }
    }

    /// The licence of the weights, where the source knows it.
    ///
    /// # Errors
    /// If it is no text.
    pub fn licence(&self) -> Result<Option<&str>, ImportError> {
        match self {
            Self::Gguf(gguf) => gguf.text("general.license"),
            Self::HuggingFace(folder) => Ok(folder.licence()),
        }
    }

    /// The tokenizer and the chat template.
    ///
    /// # Errors
    /// If they are missing or broken, or of a kind that is not supported.
    pub fn tokenizer(&self) -> Result<TokenizerSection, ImportError> {
        Ok(match self {
            Self::Gguf(gguf) => TokenizerSection::from_gguf(gguf_tokenizer(gguf)?)?,
            Self::HuggingFace(folder) => TokenizerSection::from_hf(&hf_tokenizer(&folder.files)?)?,
        })
    }
}

fn hf_tokenizer<'a>(files: &BTreeMap<String, &'a [u8]>) -> Result<HfFiles<'a>, ImportError> {
    let file = |name: &str| files.get(name).copied();
    let template = file("chat_template.jinja").map(str::from_utf8).transpose();
    Ok(HfFiles {
        tokenizer: file("tokenizer.json").ok_or_else(|| ImportError::MissingFile { file: "tokenizer.json".into() })?,
        tokenizer_config: file("tokenizer_config.json"),
        special_tokens_map: file("special_tokens_map.json"),
        generation_config: file("generation_config.json"),
        config: file("config.json"),
        chat_template: template.map_err(|_| value("chat_template.jinja", "other bytes", "UTF-8"))?,
    })
}

fn gguf_tokenizer(gguf: &Gguf<'_>) -> Result<GgufTokenizer, ImportError> {
    let m = |key: &str| format!("tokenizer.ggml.{key}");
    let text = |key: &str| Ok::<_, ImportError>(gguf.text(key)?.map(str::to_owned));
    let id = |key: &str| gguf.number(&m(key));
    let flag = |key: &str| gguf.typed(&m(key), "true or false", Value::as_bool);
    Ok(GgufTokenizer {
        model: text(&m("model"))?.ok_or_else(|| ImportError::MissingKey { key: m("model") })?,
        pre: text(&m("pre"))?,
        tokens: list(gguf, &m("tokens"), "texts", |v| v.as_str().map(str::to_owned))?,
        scores: list(gguf, &m("scores"), "numbers", |v| match v {
            Value::F32(bits) => Some(f32::from_bits(*bits)),
            _ => None,
        })?,
        token_types: list(gguf, &m("token_type"), "whole numbers", |v| match *v {
            Value::Signed(v) => v.try_into().ok(),
            Value::Unsigned(v) => v.try_into().ok(),
            _ => None,
        })?,
        merges: list(gguf, &m("merges"), "texts", |v| v.as_str().map(str::to_owned))?,
        bos_id: id("bos_token_id")?,
        eos_id: id("eos_token_id")?,
        eot_id: id("eot_token_id")?,
        eom_id: id("eom_token_id")?,
        unk_id: id("unknown_token_id")?,
        pad_id: id("padding_token_id")?,
        add_bos: flag("add_bos_token")?,
        add_space_prefix: flag("add_space_prefix")?,
        chat_template: text("tokenizer.chat_template")?,
    })
}

/// The elements of an array, all of one kind; none where the key is not there.
fn list<T>(
    gguf: &Gguf<'_>,
    key: &str,
    expected: &'static str,
    read: impl Fn(&Value<'_>) -> Option<T>,
) -> Result<Vec<T>, ImportError> {
    let Some(array) = gguf.typed::<Array<'_>>(key, "an array", Value::as_array)? else { return Ok(Vec::new()) };
    let elements: Option<Vec<T>> = array.iter().map(|v| read(&v)).collect();
    elements.ok_or_else(|| value(key, "an array of something else", expected))
}
