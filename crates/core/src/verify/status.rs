//! The status codes: every check that a verifier makes, defined once.
//!
//! The order of the table is the order of every report. Codes are append-only. `docs/status-codes.md` and the TypeScript union are
//! rendered from here.

use crate::device::FAULTS;
use serde::{Serialize, Serializer};

/// One row of the table.
struct Row {
    code: &'static str,
    checks: &'static str,
    failure: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $checks:literal $failure:literal)*) => {
        /// One check.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $checks] $name,)*
        }

        impl Code {
            /// Every check, in the order of a report.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row { code: $code, checks: $checks, failure: $failure },)*
                }
            }
        }
    };
}

codes! {
    BundleParse "bundle.parse"
        "The file is a bundle: JSON with exactly the fields of its version, within the size limits."
        "The file is damaged or is not a bundle; nothing in it was believed."
    BundleVersion "bundle.version"
        "The bundle's version is one that this verifier knows."
        "This cannot fail: an unknown version is unsupported, not false."
    RequestParse "request.parse"
        "The request in the bundle has exactly the fields of its version."
        "The request cannot be read, so nobody can run it again."
    RequestVersion "request.version"
        "The request's version is one that this verifier knows."
        "This cannot fail: an unknown version is unsupported, not false."
    RequestCanonical "request.canonical"
        "The request is written in its one canonical form (RFC 8785), the form that is hashed."
        "The same request spelt differently has another hash; the bundle was not written by a correct program."
    RequestSampler "request.sampler"
        "The sampler's integers are in their domain."
        "No sampler has these parameters, so no model can have produced the output with them."
    RequestLimits "request.limits"
        "The request asks for 1 to 131072 ids."
        "No generation has this length."
    StatementRequestHash "statement.request_hash"
        "The statement's request hash is the hash of the request in the bundle."
        "The statement is about another request than the one shown: the prompt, sampler, seed or length was changed."
    StatementContentHash "statement.content_hash"
        "The statement's content hash is the hash of the content in the bundle."
        "The statement is about another content than the one shown: the text was changed."
    StatementModelId "statement.model_id"
        "The statement's model id is the id of the model that the bundle names."
        "The statement is about another model than the one that the bundle names."
    StatementTraceRoot "statement.trace_root"
        "The statement's trace root is the root over the run's intermediates."
        "The run's intermediates are not the committed ones."
    OutputIds "output.ids"
        "There are 1 to max_tokens ids, each in the model's vocabulary."
        "No model can have produced these ids for this request."
    OutputFinish "output.finish"
        "The output ends with its only stop id, or has exactly max_tokens ids and none."
        "The output was cut short, continued, or says wrongly why it ended."
    ModelId "model.id"
        "The model at hand is the one that the statement names."
        "This cannot fail: with another model at hand the statement could not be checked."
    RequestPromptIds "request.prompt_ids"
        "The prompt's ids, made by the model's own tokenizer and template, have the hash in the request."
        "The request commits to other ids than those of the prompt shown: the model was given something else to read."
    RequestContext "request.context"
        "Prompt and requested length fit the model's context."
        "The model cannot have run on a sequence of this length."
    OutputText "output.text"
        "The ids decode to exactly the content in the bundle."
        "What is shown is not what the ids decode to, be it text or picture: one of them was changed."
    RecomputeIds "recompute.ids"
        "Run again here, the model picks exactly these ids, one after the other."
        "The model picks another id at the position named: this output is not what this model produces for this request."
}

impl Code {
    /// How it is written: `recompute.ids`.
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }

    /// What is checked.
    pub const fn checks(self) -> &'static str {
        self.row().checks
    }

    /// What a failure means.
    pub const fn failure(self) -> &'static str {
        self.row().failure
    }

    /// The code that is written `text`.
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What came of one check. "Could not check" has statuses of its own and is never shown as false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed {
        /// What was expected and what was found.
        detail: String,
    },
    /// It was not made.
    Skipped {
        /// Why not.
        reason: String,
    },
    /// What would be checked is of a version that this verifier does not know.
    Unsupported {
        /// That version, and what this verifier knows.
        version: String,
    },
}

impl Status {
    /// A check that does not hold, with what was expected and found.
    pub fn failed(detail: impl Into<String>) -> Self {
        Self::Failed { detail: detail.into() }
    }

    /// A check that was not made, with the reason.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::Skipped { reason: reason.into() }
    }

    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::Skipped { .. } => "skipped",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// What comes with it.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed { detail: text } | Self::Skipped { reason: text } | Self::Unsupported { version: text } => Some(text),
        }
    }
}

/// The table as `docs/status-codes.md`.
pub fn render_markdown() -> String {
    let mut text = String::from(
        "# Status codes\n\n\
         Written by `cargo xtask vectors` from `crates/core/src/verify/status.rs`; do not edit.\n\n\
         A report lists every check in this order, each `passed`, `failed` with a detail, `skipped` with a reason, or `unsupported` with\n\
         the unknown version. For each code there is a bundle in `vectors/bundles/`.\n\n\
         | code | what is checked | what a failure means |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        text.push_str(&format!("| `{}` | {} | {} |\n", code.as_str(), code.checks(), code.failure()));
    }
    text.push_str(
        "\n## Devices\n\n\
         Why a GPU is not used, or not any longer: the processor goes on, nothing is lost, and the report's `recomputed_on` says so.\n\n\
         | code | what it means |\n|---|---|\n",
    );
    for (code, meaning) in FAULTS {
        text.push_str(&format!("| `{code}` | {meaning} |\n"));
    }
    text
}

/// The table as TypeScript: `crates/wasm/js/generated/status.ts`.
pub fn render_typescript() -> String {
    let mut text = String::from(
        "// Written by `cargo xtask vectors` from crates/core/src/verify/status.rs; do not edit.\n\n\
         /** One check of a verification, in the order of a report. */\nexport type StatusCode =\n",
    );
    for (i, code) in Code::ALL.iter().enumerate() {
        let end = if i + 1 == Code::ALL.len() { ";" } else { "" };
        text.push_str(&format!("  | \"{}\"{end}\n", code.as_str()));
    }
    text.push_str(
        "\n/** What is checked, and what a failure means. */\n\
         export const STATUS_CODES: Readonly<Record<StatusCode, { readonly checks: string; readonly failure: string }>> = {\n",
    );
    for code in Code::ALL {
        let (checks, failure) = (quoted(code.checks()), quoted(code.failure()));
        text.push_str(&format!("  \"{}\": {{\n    checks: {checks},\n    failure: {failure},\n  }},\n", code.as_str()));
    }
    text.push_str("};\n\n/** Why a GPU is not used, or not any longer. */\nexport const DEVICE_CODES = {\n");
    for (code, meaning) in FAULTS {
        text.push_str(&format!("  \"{code}\": {},\n", quoted(meaning)));
    }
    text.push_str("} as const;\n");
    text
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string always has a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        for (i, &code) in Code::ALL.iter().enumerate() {
            assert_eq!(Code::from_text(code.as_str()), Some(code));
            assert!(Code::ALL[..i].iter().all(|other| other.as_str() != code.as_str() && *other < code));
        }
        assert_eq!(Code::from_text("no.such"), None);
    }

    #[test]
    fn renderings_name_every_code() {
        let (markdown, typescript) = (render_markdown(), render_typescript());
        for code in Code::ALL {
            assert!(markdown.contains(&format!("| `{}` |", code.as_str())));
            assert!(typescript.contains(&format!("  | \"{}\"", code.as_str())));
        }
        for (code, meaning) in FAULTS {
            assert!(markdown.contains(&format!("| `{code}` | {meaning} |")));
            assert!(typescript.contains(&format!("  \"{code}\": \"{meaning}\",")));
        }
        assert!(typescript.ends_with("} as const;\n"));
    }
}
