//! What can be wrong with a tokenizer, a chat template, or a text given to them.

/// Errors of this module. Texts of the source that are quoted are cut to a readable length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// A stated limit is passed.
    #[error("{what} is too large: {got}, at most {limit}")]
    TooLarge {
        /// What is limited.
        what: &'static str,
        /// Its size.
        got: usize,
        /// The largest accepted size.
        limit: usize,
    },
    /// A file or section is not the JSON that it should be.
    #[error("{what} is not valid: {reason}")]
    Json {
        /// Which file or section.
        what: &'static str,
        /// Where and why reading stopped.
        reason: String,
    },
    /// A tokenizer that this version cannot run. Nothing is wrong with it.
    #[error("not supported: {what} {got:?} (supported: {supported})")]
    Unsupported {
        /// The kind of setting.
        what: &'static str,
        /// Its value in the source.
        got: String,
        /// What would be accepted.
        supported: &'static str,
    },
    /// Something that the source must say is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The vocabulary contradicts itself.
    #[error("the vocabulary is not consistent: {0}")]
    Vocabulary(String),
    /// The chat template does not compile or asks for something that it may not have.
    #[error("the chat template cannot be used: {0}")]
    Template(String),
    /// The chat template asked for the time of day, which would make the same request give different ids.
    #[error("the chat template asks for the time (strftime_now), so its output would not be reproducible")]
    Clock,
    /// The chat template refused the messages with `raise_exception`.
    #[error("the chat template refuses these messages: {0}")]
    Refused(String),
    /// The chat template did more work than is allowed.
    #[error("the chat template passes its limit of {0}")]
    Exhausted(&'static str),
    /// Messages for a model that has no chat template.
    #[error("this model has no chat template, so it takes text, not messages")]
    NoTemplate,
    /// The text cannot be encoded.
    #[error("the text cannot be encoded: {0}")]
    Encode(String),
}

impl TokenizerError {
    pub(super) fn json(what: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Json { what, reason: short(&error.to_string()) }
    }

    pub(super) fn unsupported(what: &'static str, got: impl AsRef<str>, supported: &'static str) -> Self {
        Self::Unsupported { what, got: short(got.as_ref()), supported }
    }

    pub(super) fn vocabulary(reason: impl AsRef<str>) -> Self {
        Self::Vocabulary(short(reason.as_ref()))
    }
}

/// Fails if `got` passes `limit`.
pub(super) fn limit(what: &'static str, got: usize, limit: usize) -> Result<(), TokenizerError> {
    if got > limit { Err(TokenizerError::TooLarge { what, got, limit }) } else { Ok(()) }
}

/// The first 200 characters of a text that comes from a file.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
