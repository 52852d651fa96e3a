//! What computes, and what can go wrong with it. A device that fails costs time, never a result: whoever runs a job goes on with
//! another executor at the last good id.

use std::fmt;

use serde::Serialize;

/// What an executor computes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Executor {
    /// Its kind.
    pub kind: ExecutorKind,
    /// The instructions it uses, or the name of the adapter.
    pub name: String,
}

/// The kinds of executors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutorKind {
    /// The processor.
    Cpu,
    /// A GPU.
    Gpu,
}

impl Executor {
    /// The processor, with these instructions.
    pub fn cpu(name: &str) -> Self {
        Self { kind: ExecutorKind::Cpu, name: name.to_owned() }
    }
}

/// Why a device is not used, or not any longer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no device.
    #[error("no GPU can be used here: {0}")]
    Unavailable(String),
    /// An operator failed the known-answer test.
    #[error("the GPU failed its self-test: {operator} is not exact (case {case})")]
    SelfTest {
        /// The operator.
        operator: &'static str,
        /// The case.
        case: usize,
    },
    /// The model does not fit.
    #[error("the GPU is too small for this model: {what} needs {needed} bytes, it has {}", available.map_or("fewer".into(), |n| n.to_string()))]
    TooSmall {
        /// What does not fit.
        what: &'static str,
        /// Bytes.
        needed: u64,
        /// Bytes; a device need not tell.
        available: Option<u64>,
    },
    /// It went away: a driver was restarted, a laptop slept, a browser took it back.
    #[error("the GPU was lost: {0}")]
    Lost(String),
    /// It has no memory left.
    #[error("the GPU ran out of memory: {0}")]
    OutOfMemory(String),
    /// A product that was checked on the processor is not the exact one.
    #[error("the GPU computed a wrong product ({operator}, row {row} of the batch)")]
    Mismatch {
        /// The operator.
        operator: &'static str,
        /// Row of the batch.
        row: usize,
    },
}

/// The codes of [`Fault`] with what each means; part of the public interface.
pub const FAULTS: [(&str, &str); 6] = [
    ("device.unavailable", "no GPU can be used here"),
    ("device.self_test", "the GPU does not compute exactly, by its self-test"),
    ("device.too_small", "the model does not fit the GPU's memory or its limits"),
    ("device.lost", "the GPU went away during the run"),
    ("device.out_of_memory", "the GPU ran out of memory during the run"),
    ("device.mismatch", "a product that was checked on the processor was wrong"),
];

impl Fault {
    /// Stable, such as `device.lost`.
    pub const fn code(&self) -> &'static str {
        let index = match self {
            Self::Unavailable(_) => 0,
            Self::SelfTest { .. } => 1,
            Self::TooSmall { .. } => 2,
            Self::Lost(_) => 3,
            Self::OutOfMemory(_) => 4,
            Self::Mismatch { .. } => 5,
        };
        FAULTS[index].0
    }

    /// Whether what the device gave before stands: a device that was lost computed exactly until then, one that was found wrong may
    /// have been wrong before.
    pub const fn keeps_results(&self) -> bool {
        !matches!(self, Self::Mismatch { .. })
    }
}

/// Where an output was run again, and why not where it was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecomputedOn {
    /// What finished it.
    #[serde(flatten)]
    pub executor: Executor,
    /// The fault of the device that began it.
    pub fallback: Option<Fallback>,
}

impl fmt::Display for RecomputedOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.executor.kind {
            ExecutorKind::Cpu => "CPU",
            ExecutorKind::Gpu => "GPU",
        };
        write!(f, "{kind} ({})", self.executor.name)?;
        self.fallback.as_ref().map_or(Ok(()), |why| write!(f, ", {}: {}", why.code, why.message))
    }
}

/// A fault in its plain form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fallback {
    /// A code of [`FAULTS`].
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

impl From<&Fault> for Fallback {
    fn from(fault: &Fault) -> Self {
        Self { code: fault.code(), message: fault.to_string() }
    }
}
