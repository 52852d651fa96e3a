//! The manifest: what the model is, as canonical JSON. Its bytes are the first leaf under the model id.

use serde::{Deserialize, Serialize};

use super::error::{FileError, field, first_difference};
use super::layout::{Expected, Layout, expected_sections};
use crate::model::config::Config;
use crate::model::matrix::MatrixSpec;
use crate::ops::ARITHMETIC;

/// The manifest's `format`.
pub const FORMAT: &str = "openimo-model";
/// The manifest's `version`.
pub const VERSION: u64 = 1;
/// Longest manifest in bytes.
pub const MANIFEST_MAX: u64 = 4 << 20;

/// What a model file says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u64,
    /// [`ARITHMETIC`].
    pub arithmetic: String,
    /// Name for people.
    pub name: String,
    /// SPDX expression of the weights' licence, or other words where there is none.
    pub licence: String,
    /// What shapes the model.
    pub config: Config,
    /// Id put before every prompt, where the model wants one.
    pub bos_id: Option<u32>,
    /// Ids that end an output; ascending.
    pub stop_ids: Vec<u32>,
    /// The payloads in file order.
    pub sections: Vec<Section>,
}

/// One payload of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Section {
    /// A weight matrix.
    Matrix(MatrixSection),
    /// Other bytes.
    Bytes(BytesSection),
}

/// A weight matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixSection {
    /// Name, as [`super::matrix_shapes`] gives it.
    pub name: String,
    /// Shape and encoding.
    pub matrix: MatrixSpec,
}

/// A payload that is no matrix: `program`, `tables`, `tokenizer`, `pieces`, `norms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BytesSection {
    /// Name.
    pub name: String,
    /// Length in bytes.
    pub len: u64,
}

impl Section {
    /// A section of bytes.
    pub fn bytes(name: &str, len: u64) -> Self {
        Self::Bytes(BytesSection { name: name.to_owned(), len })
    }

    /// A matrix.
    pub fn matrix(name: &str, matrix: MatrixSpec) -> Self {
        Self::Matrix(MatrixSection { name: name.to_owned(), matrix })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Matrix(s) => &s.name,
            Self::Bytes(s) => &s.name,
        }
    }

    /// The shape, if it is a matrix.
    pub const fn spec(&self) -> Option<&MatrixSpec> {
        match self {
            Self::Matrix(s) => Some(&s.matrix),
            Self::Bytes(_) => None,
        }
    }

    /// How it is cut; the section must be valid.
    pub fn layout(&self) -> Layout {
        match self {
            Self::Matrix(s) => Layout::matrix(&s.matrix),
            Self::Bytes(s) => Layout::bytes(s.len),
        }
    }
}

impl Manifest {
    /// Read and check a manifest.
    ///
    /// # Errors
    /// What is wrong with it: another version, no canonical JSON, or a value out of its domain.
    pub fn parse(bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() as u64 > MANIFEST_MAX {
            return Err(FileError::TooLong { what: "the manifest", got: bytes.len() as u64, bound: MANIFEST_MAX });
        }
        let unreadable = |e: serde_json::Error| FileError::Manifest { detail: e.to_string() };
        let kind: Kind = serde_json::from_slice(bytes).map_err(unreadable)?;
        kind.check()?;
        let manifest: Self = serde_json::from_slice(bytes).map_err(unreadable)?;
        manifest.validate()?;
        let canonical = manifest.canonical();
        if canonical != bytes {
            return Err(FileError::NotCanonical { at: first_difference(&canonical, bytes) });
        }
        Ok(manifest)
    }

    /// The bytes that stand in the file. The manifest must be valid.
    pub fn canonical(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("a manifest is plain data")
    }

    /// Check every value.
    ///
    /// # Errors
    /// The first one out of its domain.
    pub fn validate(&self) -> Result<(), FileError> {
        Kind { format: self.format.clone(), version: self.version, arithmetic: Some(self.arithmetic.clone()) }.check()?;
        let config = &self.config;
        config.validate()?;
        if config.eps > MAX_EXACT {
            return Err(field("config.eps", config.eps, "at most 2^53 - 1, so that JSON carries it exactly"));
        }
        for (name, text) in [("name", &self.name), ("licence", &self.licence)] {
            if text.is_empty() || text.len() > TEXT_MAX || text.chars().any(char::is_control) {
                return Err(field(name, format!("{:?}", head(text)), "1 to 256 bytes without control characters"));
            }
        }
        let ids = self.stop_ids.iter().chain(&self.bos_id);
        if let Some(id) = ids.clone().find(|&&id| id >= config.vocab) {
            return Err(field("stop_ids or bos_id", id, format!("below the vocabulary of {}", config.vocab)));
        }
        if config.image.is_some() && !self.stop_ids.is_empty() {
            return Err(field("stop_ids", format!("{:?}", self.stop_ids), "none: a picture ends when it is full"));
        }
        if !self.stop_ids.is_sorted_by(|a, b| a < b) {
            return Err(field("stop_ids", "not ascending", "ascending, each once"));
        }
        self.validate_sections()
    }

    fn validate_sections(&self) -> Result<(), FileError> {
        let expected = expected_sections(&self.config);
        if self.sections.len() != expected.len() {
            return Err(field("sections", self.sections.len(), expected.len().to_string()));
        }
        for (section, expected) in self.sections.iter().zip(&expected) {
            let name = section.name();
            match (section, expected) {
                (Section::Bytes(s), Expected::Bytes(want, len)) => {
                    if name != *want {
                        return Err(field("section", format!("{:?}", head(name)), format!("{want:?}")));
                    }
                    let bound = len.unwrap_or(MAX_EXACT);
                    if s.len > bound || len.is_some_and(|len| len != s.len) {
                        return Err(field(format!("section {name} len"), s.len, bound.to_string()));
                    }
                    let pieces = 4 * u64::from(self.config.vocab)..=u64::from(u32::MAX);
                    if name == "pieces" && s.len > 0 && !pieces.contains(&s.len) {
                        return Err(field("section pieces len", s.len, format!("0, or {pieces:?}")));
                    }
                }
                (Section::Matrix(s), Expected::Matrix(want)) => {
                    if name != want.name {
                        return Err(field("section", format!("{:?}", head(name)), format!("{:?}", want.name)));
                    }
                    s.matrix.validate().map_err(|source| FileError::Matrix { section: want.name.clone(), source })?;
                    if (s.matrix.rows, s.matrix.cols) != (want.rows, want.cols) {
                        let got = format!("{} x {}", s.matrix.rows, s.matrix.cols);
                        return Err(field(format!("section {name}"), got, format!("{} x {}", want.rows, want.cols)));
                    }
                    if s.matrix.has_bias && !want.may_have_bias {
                        return Err(field(format!("section {name} has_bias"), true, "false, entries are looked up without one"));
                    }
                }
                (_, Expected::Bytes(want, _)) => {
                    return Err(field("section", format!("{:?}", head(name)), format!("bytes {want:?}")));
                }
                (_, Expected::Matrix(want)) => {
                    return Err(field("section", format!("{:?}", head(name)), format!("matrix {:?}", want.name)));
                }
            }
        }
        Ok(())
    }
}

/// What decides whether the rest is understood at all.
#[derive(Deserialize)]
struct Kind {
    format: String,
    version: u64,
    arithmetic: Option<String>,
}

impl Kind {
    fn check(&self) -> Result<(), FileError> {
        if self.format != FORMAT {
            return Err(field("format", format!("{:?}", head(&self.format)), format!("{FORMAT:?}")));
        }
        if self.version != VERSION {
            return Err(FileError::UnsupportedVersion { what: "model file", got: self.version, expected: VERSION });
        }
        match &self.arithmetic {
            Some(a) if a == ARITHMETIC => Ok(()),
            other => Err(FileError::UnsupportedArithmetic { got: head(other.as_deref().unwrap_or("")).to_owned() }),
        }
    }
}

/// The beginning of a text, for messages.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(80)]
}

/// Integers up to here survive JSON numbers.
const MAX_EXACT: u64 = (1 << 53) - 1;
/// Longest name and licence in bytes.
const TEXT_MAX: usize = 256;
