//! Records the boundaries of a run as it goes, in memory that grows with the logarithm of its length.

use std::ops::ControlFlow;
use std::task::Poll;

use super::{Observer, vector};
use crate::backend::Backend;
use crate::commit::frontier::Frontier;
use crate::commit::merkle;
use crate::commit::{Hash, TraceRoot, keccak256};
use crate::device::Fault;
use crate::forced::Forced;
use crate::generate::{Phase, Progress};
use crate::model::Model;
use crate::model::config::Config;
use crate::request::Request;

/// Domain of a trace root.
const DOMAIN: &[u8] = b"openimo/trace/1";

/// The boundaries so far.
#[derive(Clone, Debug)]
pub struct Recorder {
    boundaries: Vec<Frontier>,
    layers: u32,
    width: u32,
    /// Whether an executor could not give its tensors.
    blind: bool,
}

impl Recorder {
    /// Nothing recorded yet of a run of a model.
    pub fn new(config: &Config) -> Self {
        let boundaries = vec![Frontier::default(); config.n_layers as usize + 1];
        Self { boundaries, layers: config.n_layers, width: config.d_model, blind: false }
    }

    /// The parts of the trace of a sequence, the first `prompt` of whose ids are the prompt's; none if the executor was blind.
    ///
    /// # Panics
    /// If another number of positions was recorded than the sequence has, without its last.
    pub fn parts(&self, sequence: &[u32], prompt: usize) -> Option<Vec<Hash>> {
        if self.blind {
            return None;
        }
        let positions = sequence.len() - 1;
        assert!(self.boundaries.iter().all(|b| b.leaves() == positions as u64), "not all positions were recorded");
        let shape = Shape { positions: positions as u32, prompt: prompt as u32, layers: self.layers, width: self.width };
        Some(parts(shape, sequence, self.boundaries.iter().map(Frontier::root)))
    }
}

impl<B: Backend> Observer<B> for Recorder {
    fn boundary(&mut self, backend: &mut B, boundary: usize, x: &B::Ints) {
        match backend.digests(x) {
            Some(digests) => self.boundaries[boundary].extend(&digests),
            None => self.blind = true,
        }
    }
}

/// What a trace is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Positions that the model reads.
    pub positions: u32,
    /// Ids of the prompt.
    pub prompt: u32,
    /// Layers of the model.
    pub layers: u32,
    /// Columns of the residual stream.
    pub width: u32,
}

/// A step of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The embedding.
    Embedding,
    /// A layer, from 0.
    Layer(u32),
    /// The choice of the next id.
    Choice,
}

impl Which {
    /// Whether a run of this shape has the step at a position. The last position of the prompt chooses the first generated id.
    pub fn is_in(self, shape: Shape, position: u32) -> bool {
        match self {
            Self::Embedding => position < shape.positions,
            Self::Layer(layer) => position < shape.positions && layer < shape.layers,
            Self::Choice => (shape.prompt.saturating_sub(1)..shape.positions).contains(&position),
        }
    }
}

impl Shape {
    /// The first part of a trace.
    pub fn leaf(self) -> Hash {
        let Self { positions, prompt, layers, width } = self;
        merkle::leaf(&[positions, prompt, layers, width].map(u32::to_be_bytes).concat())
    }
}

/// The parts of the trace of a sequence.
pub fn parts(shape: Shape, sequence: &[u32], boundaries: impl IntoIterator<Item = Hash>) -> Vec<Hash> {
    [shape.leaf(), vector::ids(sequence)].into_iter().chain(boundaries).collect()
}

/// The root over the parts of a trace.
pub fn trace_root(parts: &[Hash]) -> TraceRoot {
    let bytes = [DOMAIN, &merkle::root(parts).0].concat();
    TraceRoot(keccak256(&bytes).0)
}

/// Run a sequence of a request through the model and record it: the parts of its trace. Where a run is split over ranks, each calls this.
/// None if the caller stopped it, or the executor cannot read its tensors.
///
/// # Errors
/// If the device failed.
///
/// # Panics
/// If the sequence has fewer than two ids or exceeds the context, or the prompt is not a part of it.
pub fn record<B: Backend>(
    model: &mut Model<B>,
    request: &Request,
    sequence: &[u32],
    prompt: usize,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Option<Vec<Hash>>, Fault> {
    assert!((1..sequence.len()).contains(&prompt), "a run has a prompt and generated ids");
    let read = &sequence[..sequence.len() - 1];
    let mut run = Forced::new(model, prompt, sequence.len() - prompt, read.len());
    run.recorder = Some(Recorder::new(&model.manifest.config));
    while run.session.position() < read.len() {
        match run.step(model, read, request) {
            Poll::Pending => std::thread::yield_now(),
            Poll::Ready(outcome) => {
                outcome?;
                let step = Progress::new(Phase::Verify, run.session.position(), read.len());
                let stop = progress(step).is_break();
                if model.backend.agree(stop) {
                    return Ok(None);
                }
            }
        }
    }
    Ok(run.recorder.and_then(|recorder| recorder.parts(sequence, prompt)))
}
