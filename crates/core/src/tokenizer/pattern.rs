//! The patterns by which known models cut a text into words.
//!
//! A closed list: the pattern of a file must be one of these to the letter. So the cost of cutting is known, and no text from a file is
//! ever compiled as a regular expression.

use serde::{Deserialize, Serialize};

/// A pattern of the list. In JSON `{"Regex": "…"}` with the text of [`SplitPattern::regex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub enum SplitPattern {
    /// GPT-2: contractions, words, numbers and signs, each with the space before it.
    Gpt2,
    /// Llama 3: as GPT-2 with numbers of at most three digits, and signs with the line ends after them.
    Llama3,
    /// Qwen 2 and 2.5: as Llama 3 with single digits.
    Qwen2,
    /// Mistral's Tekken: words are also cut where lower case turns to upper case.
    Tekken,
    /// Single digits.
    Digit,
    /// Numbers.
    Number,
    /// Three ASCII digits.
    ThreeDigits,
    /// Signs and punctuation.
    Signs,
}

impl SplitPattern {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Gpt2, Self::Llama3, Self::Qwen2, Self::Tekken, Self::Digit, Self::Number, Self::ThreeDigits, Self::Signs];

    /// The text of the pattern as `tokenizer.json` has it.
    pub fn regex(self) -> &'static str {
        match self {
            Self::Gpt2 => r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            Self::Llama3 => {
                r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            }
            Self::Qwen2 => {
                r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            }
            Self::Tekken => concat!(
                r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|",
                r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|",
                r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            ),
            Self::Digit => r"\p{N}",
            Self::Number => r"\p{N}+",
            Self::ThreeDigits => r"[0-9][0-9][0-9]",
            Self::Signs => r"[\p{P}\$\+<=>\^~\|]+",
        }
    }
}

/// How a pattern is written in JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Wire {
    Regex(String),
    String(String),
}

impl From<SplitPattern> for Wire {
    fn from(pattern: SplitPattern) -> Self {
        Self::Regex(pattern.regex().to_owned())
    }
}

impl TryFrom<Wire> for SplitPattern {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        let (Wire::Regex(text) | Wire::String(text)) = &wire;
        let known = SplitPattern::ALL.into_iter().find(|p| matches!(wire, Wire::Regex(_)) && p.regex() == text);
        known.ok_or_else(|| format!("unknown split pattern {:?}", super::error::short(text)))
    }
}
