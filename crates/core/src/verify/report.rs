//! The report of a verification: plain data, the same for the same bytes and verifier version but for what ran the
//! model. There is no clock in it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::level::Level;
use super::status::{Code, Status};
use crate::bundle::{Finish, ModelRef};
use crate::commit::{Seed, StatementHash};
use crate::device::RecomputedOn;
use crate::ops::ARITHMETIC;
use crate::ops::sample::Sampler;
use crate::picture::{Picture, is_png};
use crate::request::{Prompt, Request};
use crate::statement::Statement;

/// Everything that was checked and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Who checked.
    pub verifier: Verifier,
    /// The answer.
    pub verdict: Verdict,
    /// The level that was reached; none where not even consistency could be checked.
    pub level: Option<Level>,
    /// The answer in one sentence.
    pub summary: String,
    /// Every check, in the order of the table.
    pub checks: Vec<Check>,
    /// The statement that the bundle makes.
    pub statement: Option<Statement>,
    /// Its hash.
    pub statement_hash: Option<StatementHash>,
    /// The model that the bundle names.
    pub model: Option<ModelRef>,
    /// What was asked, as far as it could be read.
    pub request: Option<RequestView>,
    /// What was produced, id by id.
    pub output: Option<OutputView>,
    /// Where the output parts from what the model picks.
    pub difference: Option<Difference>,
    /// What ran it again, if anything did.
    pub recomputed_on: Option<RecomputedOn>,
}

/// Name and version of the code that made a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verifier {
    /// The crate.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The arithmetic that it computes.
    pub arithmetic: &'static str,
    /// The bundle version that it knows.
    pub bundle_version: u32,
    /// The request version that it knows.
    pub request_version: u32,
}

/// The answer of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Recomputed, or proved.
    Verified,
    /// A check failed.
    NotVerified,
    /// Nothing is wrong, but not enough could be checked.
    CouldNotCheck,
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub code: Code,
    /// What came of it.
    #[serde(flatten)]
    pub status: Status,
    /// What is checked, or, where it failed, what that means.
    pub explanation: &'static str,
}

/// The request, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestView {
    /// `prompt` or `messages`.
    #[serde(flatten)]
    pub prompt: Prompt,
    /// The sampler's integers.
    pub sampler: Sampler,
    /// Seed of the draws.
    pub seed: Seed,
    /// Most ids.
    pub max_tokens: u32,
}

/// The output, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputView {
    /// The content as text.
    pub text: String,
    /// Its picture, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureView>,
    /// Why it ended.
    pub finish: Finish,
    /// Each id.
    pub ids: Vec<IdView>,
}

/// The picture of an output: what the bundle claims, and what its ids give. Files are PNG in base 64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PictureView {
    /// The file in the bundle.
    pub claimed: String,
    /// The file that the ids give here, if they were drawn.
    pub recreated: Option<String>,
    /// Pixels that differ, if both can be read and have the same size.
    pub differing: Option<usize>,
}

impl PictureView {
    /// What the claimed file is, in words.
    pub(super) fn size(&self) -> String {
        let file = STANDARD.decode(&self.claimed).unwrap_or_default();
        match Picture::read(&file) {
            Ok(picture) => format!("a picture of {} by {} pixels", picture.width, picture.height),
            Err(_) => format!("a PNG file of {} bytes that no model drew", file.len()),
        }
    }

    /// Of the claimed content and the picture drawn here; none if the content is no picture.
    pub(super) fn new(content: &[u8], drawn: Option<&Picture>) -> Option<Self> {
        let differing = drawn.zip(Picture::read(content).ok()).and_then(|(drawn, claimed)| match drawn.differing(&claimed) {
            Some(differing) => Some(differing.pixels),
            None => (*drawn == claimed).then_some(0),
        });
        let recreated = drawn.map(|drawn| STANDARD.encode(drawn.png()));
        is_png(content).then(|| Self { claimed: STANDARD.encode(content), recreated, differing })
    }
}

/// One generated id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdView {
    /// The id.
    pub id: u32,
    /// Its piece of the text, where the tokenizer is at hand; empty within a character and for a stop id.
    pub text: Option<String>,
    /// What running it again said.
    pub outcome: IdOutcome,
}

/// What running an id again said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdOutcome {
    /// The model picks it.
    Same,
    /// The model picks another.
    Differs,
    /// It was not run again.
    Unchecked,
}

/// Where an output parts from what the model picks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Index among the generated ids.
    pub position: usize,
    /// What the model picks.
    pub expected: Piece,
    /// What the bundle has.
    pub found: Piece,
}

/// An id with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The id.
    pub id: u32,
    /// Its text.
    pub text: String,
}

impl Verifier {
    /// This code.
    pub const THIS: Self = Self {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        arithmetic: ARITHMETIC,
        bundle_version: crate::bundle::VERSION,
        request_version: crate::request::VERSION,
    };
}

impl Verdict {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotVerified => "not verified",
            Self::CouldNotCheck => "could not check",
        }
    }

    /// The exit status of a program that verifies: 0, 1 or 2.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::NotVerified => 1,
            Self::CouldNotCheck => 2,
        }
    }
}

impl From<&Request> for RequestView {
    fn from(r: &Request) -> Self {
        Self { prompt: r.prompt.clone(), sampler: r.sampler, seed: r.seed, max_tokens: r.max_tokens }
    }
}

impl Report {
    /// The status of one check.
    pub fn status(&self, code: Code) -> &Status {
        let check = self.checks.iter().find(|check| check.code == code);
        &check.expect("a report lists every check").status
    }

    /// The checks that failed, in order.
    pub fn failed(&self) -> impl Iterator<Item = Code> {
        self.checks.iter().filter(|check| matches!(check.status, Status::Failed { .. })).map(|check| check.code)
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report is plain data")
    }
}
