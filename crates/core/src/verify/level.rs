//! The level that a verification reached. A level is made from the marker values of its checks, and only the checks make markers, so
//! no code path can claim a level whose checks did not pass.

use serde::{Serialize, Serializer};

use super::checks::{
    BundleRead, ContentHashMatches, LimitsHold, ModelNamed, RequestCanonical, RequestHashMatches, RequestRead, SamplerValid,
    TraceSettled,
};
use super::model_checks::{ContextHolds, FinishHolds, IdsHold, ModelAtHand, PromptIdsMatch, TextMatches};
use super::recompute::IdsRecomputed;

/// Invalid < Consistent < Recomputed < Proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A check failed.
    Invalid,
    /// The parts of the bundle agree with its statement.
    Consistent(Consistent),
    /// Run again here, bit for bit.
    Recomputed(Recomputed),
    /// Proved in zero knowledge, or final after its challenge window.
    Proven(Proven),
}

/// Hashes agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consistent(());

/// Consistent, and the model picks the same ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recomputed(());

/// Consistent, and proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proven(());

/// A valid proof of the statement. No check of this version makes one, so this version calls nothing proven.
#[derive(Clone, Copy, Debug)]
pub enum ProofValid {}

/// What a consistent bundle rests on.
#[derive(Clone, Copy, Debug)]
pub struct ConsistentChecks {
    /// `bundle.parse` and `bundle.version`.
    pub bundle: BundleRead,
    /// `request.parse` and `request.version`.
    pub request: RequestRead,
    /// `request.canonical`.
    pub canonical: RequestCanonical,
    /// `request.sampler`.
    pub sampler: SamplerValid,
    /// `request.limits`.
    pub limits: LimitsHold,
    /// `statement.request_hash`.
    pub request_hash: RequestHashMatches,
    /// `statement.content_hash`.
    pub content_hash: ContentHashMatches,
    /// `statement.model_id`.
    pub model_named: ModelNamed,
}

/// What a recomputed output rests on.
#[derive(Clone, Copy, Debug)]
pub struct RecomputedChecks {
    /// `model.id`.
    pub model: ModelAtHand,
    /// `output.ids`.
    pub ids: IdsHold,
    /// `output.finish`.
    pub finish: FinishHolds,
    /// `request.prompt_ids`.
    pub prompt_ids: PromptIdsMatch,
    /// `request.context`.
    pub context: ContextHolds,
    /// `output.text`.
    pub text: TextMatches,
    /// `recompute.ids`.
    pub recomputed: IdsRecomputed,
    /// `statement.trace_root`.
    pub trace: TraceSettled,
}

impl Consistent {
    /// All of these checks passed.
    pub const fn new(_: ConsistentChecks) -> Self {
        Self(())
    }
}

impl Recomputed {
    /// The bundle is consistent, and all of these checks passed too.
    pub const fn new(_: Consistent, _: RecomputedChecks) -> Self {
        Self(())
    }
}

impl Proven {
    /// The bundle is consistent, and a proof of its statement is valid.
    pub const fn new(_: Consistent, proof: ProofValid) -> Self {
        match proof {}
    }
}

impl Level {
    /// The word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Consistent(_) => "consistent",
            Self::Recomputed(_) => "recomputed",
            Self::Proven(_) => "proven",
        }
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
