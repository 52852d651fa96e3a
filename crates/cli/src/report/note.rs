//! What happens in a node or a watcher: each kind with its words, its level, and what it is about. Its name in JSON is the variant's.

use std::fmt;
use std::net::SocketAddr;

use alloy_primitives::{Address, B256, U256};
use openimo_core::commit::ModelId;
use serde::{Serialize, Serializer};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// All is as it should be.
    Info,
    /// Somebody may want to look.
    Warn,
    /// Something does not work.
    Error,
}

/// Something that happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Note {
    /// Metrics are served.
    Listening { address: SocketAddr },
    /// A node has begun.
    Serving { oracle: Address, chain_id: u64, model: ModelId },
    /// A watcher has begun.
    Watching { verifier: Address, chain_id: u64, model: ModelId },
    /// A program ends, and what that means.
    Stopped { note: &'static str },
    /// A round failed; the next one tries again.
    RoundFailed { failure: String },
    /// The secret of commitments cannot be kept.
    Unkept { why: String },
    /// A device failed, and the processor goes on.
    DeviceFailed { code: &'static str, fault: String },
    /// The model was run on a request.
    Generated { request: Number, ids: usize },
    /// An answer is committed to.
    Committed { request: Number },
    /// An answer is given.
    Answered { request: Number },
    /// A result is handed over.
    Final { request: Number },
    /// A request is left alone.
    Left { request: Number, why: String },
    /// An answer was refuted.
    Lost { request: Number },
    /// A request was decided, and is not any more.
    Reopened { request: Number },
    /// A challenge of an own answer was answered.
    Defended { challenge: Number, assertion: B256 },
    /// An assertion is what the model gives.
    Right { assertion: B256, ids: usize },
    /// An assertion is something else.
    Wrong { assertion: B256, why: String },
    /// An assertion is challenged.
    Challenged { assertion: B256 },
    /// An asserter has shown the step that is wrong.
    Proof { challenge: Number, assertion: B256 },
    /// A step is asked for.
    Question { challenge: Number, assertion: B256, step: String },
    /// The wrong number is elsewhere.
    Elsewhere { challenge: Number, assertion: B256, position: u32 },
    /// An asserter did not answer in time.
    Silence { challenge: Number, assertion: B256 },
    /// A challenge was not gone on with in time.
    Late { challenge: Number, assertion: B256 },
    /// A wrong assertion is refuted.
    Refuted { assertion: B256 },
    /// A wrong assertion cannot be refuted any more.
    Beyond { assertion: B256 },
    /// An assertion was decided, and is not any more.
    Undecided { assertion: B256 },
    /// A transaction is sent again at a higher price.
    Raised { nonce: u64, transaction: B256 },
}

/// A number of a contract, in decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub U256);

impl From<U256> for Number {
    fn from(number: U256) -> Self {
        Self(number)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Note {
    /// How much it matters.
    pub const fn level(&self) -> Level {
        match self {
            Self::RoundFailed { .. } | Self::Lost { .. } | Self::Beyond { .. } => Level::Error,
            Self::DeviceFailed { .. }
            | Self::Unkept { .. }
            | Self::Left { .. }
            | Self::Late { .. }
            | Self::Wrong { .. }
            | Self::Reopened { .. }
            | Self::Undecided { .. }
            | Self::Raised { .. } => Level::Warn,
            _ => Level::Info,
        }
    }

    /// Whether its sentence belongs on standard error.
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::RoundFailed { .. })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening { address } => write!(f, "metrics at http://{address}/metrics"),
            Self::Serving { oracle, chain_id, model } => {
                write!(f, "answering for {oracle} on chain {chain_id} with model {model}")
            }
            Self::Watching { verifier, chain_id, model } => {
                write!(f, "watching {verifier} on chain {chain_id} for model {model}")
            }
            Self::Stopped { note } => write!(f, "stopped; {note}"),
            Self::RoundFailed { failure } => f.write_str(failure),
            Self::DeviceFailed { code, fault } => write!(f, "{code}: {fault}; going on on the CPU, nothing is lost"),
            Self::Unkept { why } => {
                write!(f, "cannot keep the secret of commitments: {why}; after a new start they are made anew, at a fee")
            }
            Self::Generated { request, ids } => write!(f, "generated request {request}: {ids} ids"),
            Self::Committed { request } => write!(f, "committed to an answer of request {request}"),
            Self::Answered { request } => write!(f, "answered request {request}"),
            Self::Final { request } => write!(f, "final request {request}"),
            Self::Left { request, why } => write!(f, "left request {request}: {why}"),
            Self::Lost { request } => write!(f, "lost request {request}: the answer was refuted"),
            Self::Reopened { request } => write!(f, "open again request {request}: the chain was reorganised"),
            Self::Defended { challenge, assertion } => write!(f, "answered challenge {challenge} of {assertion}"),
            Self::Right { assertion, ids } => write!(f, "right {assertion}: {ids} ids"),
            Self::Wrong { assertion, why } => write!(f, "wrong {assertion}: {why}"),
            Self::Challenged { assertion } => write!(f, "challenged {assertion}"),
            Self::Proof { challenge, assertion } => {
                write!(f, "proof in challenge {challenge} of {assertion}: a step does not hold")
            }
            Self::Question { challenge, assertion, step } => {
                write!(f, "question in challenge {challenge} of {assertion}: {step}")
            }
            Self::Elsewhere { challenge, assertion, position } => {
                write!(f, "elsewhere in challenge {challenge} of {assertion}: position {position}")
            }
            Self::Silence { challenge, assertion } => write!(f, "silence in challenge {challenge} of {assertion}"),
            Self::Late { challenge, assertion } => {
                write!(f, "late in challenge {challenge} of {assertion}: another challenge is needed")
            }
            Self::Refuted { assertion } => write!(f, "refuted {assertion}"),
            Self::Beyond { assertion } => write!(f, "lost {assertion}: it is wrong, and beyond every challenge"),
            Self::Undecided { assertion } => write!(f, "open again {assertion}: the chain was reorganised"),
            Self::Raised { nonce, transaction } => {
                write!(f, "raised the price of the transaction with nonce {nonce}, which waits: now {transaction}")
            }
        }
    }
}
