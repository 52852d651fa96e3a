//! What `tokenizer.ggml.pre` names: how a byte-level BPE model cuts text into words.

use super::TokenizerError;
use super::components::{Behavior, Normalizer, Off, PreTokenizer};
use super::pattern::SplitPattern;

/// The parts of a tokenizer that the name decides.
pub(super) struct Pre {
    pub normalizer: Option<Normalizer>,
    pub pre_tokenizer: PreTokenizer,
    /// Words that are in the vocabulary are not merged.
    pub ignore_merges: bool,
    /// Whether texts start with the bos id if the file does not say.
    pub add_bos: bool,
}

const SUPPORTED: &str = "default, gpt-2, smollm, llama-bpe, llama3, llama-v3, qwen2, tekken";

/// The meaning of a name; files without one are `default`.
pub(super) fn named(pre: &str) -> Result<Pre, TokenizerError> {
    use SplitPattern as P;
    let plain = |steps: Vec<PreTokenizer>| Pre {
        normalizer: None,
        pre_tokenizer: PreTokenizer::Sequence { pretokenizers: steps },
        ignore_merges: false,
        add_bos: false,
    };
    Ok(match pre {
        // Files from before the name existed. The cuts are those of the program that wrote the format.
        "default" => plain(vec![split(P::Signs), split(P::Gpt2), split(P::Number), split(P::ThreeDigits), byte_level(false)]),
        "gpt-2" => plain(vec![byte_level(true)]),
        "smollm" => plain(vec![PreTokenizer::Digits { individual_digits: true }, byte_level(true)]),
        "llama-bpe" | "llama3" | "llama-v3" => {
            Pre { ignore_merges: true, add_bos: true, ..plain(vec![split(P::Llama3), byte_level(false)]) }
        }
        "qwen2" => Pre { normalizer: Some(Normalizer::NFC), ..plain(vec![split(P::Qwen2), byte_level(false)]) },
        "tekken" => Pre { ignore_merges: true, add_bos: true, ..plain(vec![split(P::Tekken), byte_level(false)]) },
        other => return Err(TokenizerError::unsupported("tokenizer.ggml.pre", other, SUPPORTED)),
    })
}

fn byte_level(use_regex: bool) -> PreTokenizer {
    PreTokenizer::ByteLevel { add_prefix_space: false, trim_offsets: true, use_regex }
}

fn split(pattern: SplitPattern) -> PreTokenizer {
    PreTokenizer::Split { pattern, behavior: Behavior::Isolated, invert: Off }
}
