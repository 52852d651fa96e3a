//! What a person asks for, before the model's tokenizer has turned it into a [`Request`].

use serde::{Deserialize, Serialize};

use super::canonical::{MAX_OUTPUT_IDS, Request, prompt_hash};
use super::decimal::{DecimalError, beta, share};
use super::prompt::{Message, Prompt};
use crate::commit::Seed;
use crate::model::config::Config;
use crate::ops::sample::Sampler;

/// A request in the words of a command line or a web page; every field but the prompt may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Text to continue as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// A chat, laid out by the model's template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Message>>,
    /// Decimal, such as `"0.7"`; `"0"`, or nothing, is greedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<String>,
    /// Keep the k most likely; 0, or nothing, is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Decimal, such as `"0.9"`; `"1"`, or nothing, is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<String>,
    /// `0x` and 64 hex digits, or a decimal number below 2^256; nothing is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// Most ids to generate; nothing is [`Draft::MAX_TOKENS`], or all of a picture after [`Draft::for_model`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

/// What is wrong with a draft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// Neither or both of `prompt` and `messages`.
    #[error("a request has either a prompt or messages, got {got}")]
    Prompt {
        /// Which of the two.
        got: &'static str,
    },
    /// A temperature or a share that is not one.
    #[error(transparent)]
    Decimal(#[from] DecimalError),
    /// A seed that is neither form.
    #[error("seed is {got:?}, expected 0x and 64 hex digits, or a decimal number below 2^256")]
    Seed {
        /// The text.
        got: String,
    },
    /// A length outside 1 to 2^17.
    #[error("max_tokens is {got}, expected 1 to {MAX_OUTPUT_IDS}")]
    MaxTokens {
        /// The number.
        got: u32,
    },
}

impl Draft {
    /// Ids that are generated where a draft does not say.
    pub const MAX_TOKENS: u32 = 128;
    /// Temperature of a picture where a draft does not say: the most likely codes one by one make a flat picture, and the same for every
    /// seed.
    pub const PICTURE_TEMPERATURE: &str = "0.5";
    /// Share of the most likely codes that a picture's are drawn from, where a draft does not say.
    pub const PICTURE_TOP_P: &str = "0.9";

    /// The draft with what it leaves to the model: a picture has all its ids, and is drawn by chance.
    #[must_use]
    pub fn for_model(&self, config: &Config) -> Self {
        let mut draft = self.clone();
        if let Some(image) = &config.image {
            draft.max_tokens.get_or_insert(image.ids());
            draft.temperature.get_or_insert_with(|| Self::PICTURE_TEMPERATURE.into());
            draft.top_p.get_or_insert_with(|| Self::PICTURE_TOP_P.into());
        }
        draft
    }

    /// The prompt of the draft.
    ///
    /// # Errors
    /// If there is none, or two.
    pub fn prompt(&self) -> Result<Prompt, DraftError> {
        match (&self.prompt, &self.messages) {
            (Some(text), None) => Ok(Prompt::Text(text.clone())),
            (None, Some(messages)) => Ok(Prompt::Messages(messages.clone())),
            (None, None) => Err(DraftError::Prompt { got: "neither" }),
            (Some(_), Some(_)) => Err(DraftError::Prompt { got: "both" }),
        }
    }

    /// The request, given the ids of [`prompt`](Self::prompt).
    ///
    /// # Errors
    /// The first field that is out of its domain.
    pub fn request(&self, prompt_ids: &[u32]) -> Result<Request, DraftError> {
        let sampler = Sampler {
            beta: self.temperature.as_deref().map_or(Ok(0), beta)?,
            top_k: self.top_k.unwrap_or(0),
            top_p: self.top_p.as_deref().map_or(Ok(1 << 16), share)?,
        };
        let seed = self.seed.as_deref().map_or(Ok(Seed([0; 32])), parse_seed)?;
        let max_tokens = self.max_tokens.unwrap_or(Self::MAX_TOKENS);
        if !(1..=MAX_OUTPUT_IDS).contains(&max_tokens) {
            return Err(DraftError::MaxTokens { got: max_tokens });
        }
        Ok(Request { prompt: self.prompt()?, prompt_hash: prompt_hash(prompt_ids), sampler, seed, max_tokens })
    }
}

/// A seed from `0x` and 64 hex digits, or from a decimal number as a 256-bit big-endian integer.
///
/// # Errors
/// If it is neither.
pub fn parse_seed(text: &str) -> Result<Seed, DraftError> {
    let error = || DraftError::Seed { got: text.chars().take(80).collect() };
    if text.starts_with("0x") {
        return text.to_ascii_lowercase().parse().map_err(|_| error());
    }
    if text.is_empty() || text.len() > 78 {
        return Err(error());
    }
    let mut seed = [0u8; 32];
    for digit in text.chars() {
        let mut carry = digit.to_digit(10).ok_or_else(error)?;
        for byte in seed.iter_mut().rev() {
            let value = u32::from(*byte) * 10 + carry;
            (*byte, carry) = ((value & 255) as u8, value >> 8);
        }
        if carry != 0 {
            return Err(error());
        }
    }
    Ok(Seed(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_in_both_forms() {
        let mut seven = [0u8; 32];
        seven[31] = 7;
        assert_eq!(parse_seed("7"), Ok(Seed(seven)));
        assert_eq!(parse_seed(&format!("0x{}07", "0".repeat(62))), Ok(Seed(seven)));
        assert_eq!(parse_seed(&format!("0x{}AB", "0".repeat(62))).unwrap().0[31], 0xab);
        let largest = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert_eq!(parse_seed(largest), Ok(Seed([255; 32])));
        let above = largest.replace("935", "936");
        for text in ["", "-1", "1.5", "0x07", "0xzz", "seven", above.as_str(), &"9".repeat(79)] {
            assert!(parse_seed(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn defaults_are_greedy() {
        let draft: Draft = serde_json::from_str(r#"{"prompt":"Hi"}"#).unwrap();
        let request = draft.request(&[1]).unwrap();
        assert_eq!((request.sampler, request.seed, request.max_tokens), (Sampler::GREEDY, Seed([0; 32]), 128));
    }

    #[test]
    fn fields_out_of_domain_are_named() {
        let draft = Draft { prompt: Some("Hi".into()), ..Draft::default() };
        let with = |f: &dyn Fn(&mut Draft)| {
            let mut draft = draft.clone();
            f(&mut draft);
            draft.request(&[1])
        };
        assert!(matches!(with(&|d| d.max_tokens = Some(0)), Err(DraftError::MaxTokens { got: 0 })));
        assert!(matches!(with(&|d| d.temperature = Some("hot".into())), Err(DraftError::Decimal(_))));
        assert!(matches!(with(&|d| d.top_p = Some("0".into())), Err(DraftError::Decimal(_))));
        assert!(matches!(with(&|d| d.seed = Some("x".into())), Err(DraftError::Seed { .. })));
        assert!(matches!(with(&|d| d.prompt = None), Err(DraftError::Prompt { got: "neither" })));
        assert!(matches!(with(&|d| d.messages = Some(vec![])), Err(DraftError::Prompt { got: "both" })));
    }
}
