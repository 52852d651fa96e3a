//! Opens a run: runs it again and takes out one step at one position. Nothing of a run has to be kept for that, since running it again
//! gives the same numbers.

use std::ops::ControlFlow;

use super::Observer;
use super::recorder::{Shape, Which, parts, trace_root};
use super::spot::{FORMAT, History, Row, Spot, Step, VERSION};
use crate::backend::Backend;
use crate::bundle::Bundle;
use crate::commit::{Hash, TraceRoot, merkle};
use crate::generate::{Phase, Progress, window};
use crate::model::Model;
use crate::scalar::Ints;

/// Why a run was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The bundle has no trace root.
    #[error("the bundle has no trace root to open")]
    NoTraceRoot,
    /// The trace root is another one.
    #[error("the run has the trace root {found}, the bundle has {claimed}")]
    OtherRoot {
        /// The run's.
        found: TraceRoot,
        /// The bundle's.
        claimed: TraceRoot,
    },
    /// There is no such step.
    #[error("the run has {positions} positions (choices from {first_choice} on) and {layers} layers")]
    NoSuchStep {
        /// Positions.
        positions: usize,
        /// The first position that chooses.
        first_choice: usize,
        /// Layers.
        layers: u32,
    },
    /// The caller stopped it.
    #[error("opening was cancelled")]
    Cancelled,
}

/// Open a step of the run of a bundle whose prompt has these ids. The bundle must have been verified, or be consistent at least.
///
/// # Errors
/// If there is no such step, or the trace root is not that of the run.
///
/// # Panics
/// If an id is outside the vocabulary, or they exceed the context.
pub fn open<B: Backend<Ints = Ints>>(
    model: &mut Model<B>,
    bundle: &Bundle,
    prompt: &[u32],
    which: Which,
    position: usize,
    progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Spot, OpenError> {
    let claimed = bundle.statement.trace_root.ok_or(OpenError::NoTraceRoot)?;
    let config = model.manifest.config.clone();
    let ids: Vec<u32> = prompt.iter().chain(&bundle.output.ids).copied().collect();
    let positions = ids.len() - 1;
    let shape =
        Shape { positions: positions as u32, prompt: prompt.len() as u32, layers: config.n_layers, width: config.d_model };
    if !u32::try_from(position).is_ok_and(|position| which.is_in(shape, position)) {
        let first_choice = prompt.len().saturating_sub(1);
        return Err(OpenError::NoSuchStep { positions, first_choice, layers: config.n_layers });
    }

    let layers = config.n_layers as usize;
    let (before, after) = match which {
        Which::Embedding => (None, Some(0)),
        Which::Layer(layer) => (Some(layer as usize), Some(layer as usize + 1)),
        Which::Choice => (Some(layers), None),
    };
    let mut taker =
        Taker { digests: vec![Vec::new(); layers + 1], before: (before, Vec::new()), after: (after, Vec::new()), position };
    let mut session = model.session(window(&config).min(positions));
    for chunk in ids[..positions].chunks(session.capacity()) {
        model.forward_observed(&mut session, chunk, 0, Some(&mut taker));
        let step = Progress::new(Phase::Verify, session.position(), positions);
        let stop = progress(step).is_break();
        if model.backend.agree(stop) {
            return Err(OpenError::Cancelled);
        }
    }

    let boundaries: Vec<Hash> = taker.digests.iter().map(|digests| merkle::root(digests)).collect();
    let found = trace_root(&parts(shape, &ids, boundaries.iter().copied()));
    if found != claimed {
        return Err(OpenError::OtherRoot { found, claimed });
    }
    let step = taker.step(which, config.d_model as usize);
    Ok(Spot {
        format: FORMAT.into(),
        version: VERSION,
        statement: bundle.statement,
        request: bundle.request.clone(),
        prompt: prompt.len() as u32,
        ids,
        boundaries,
        position: position as u32,
        step,
    })
}

/// Keeps all digests, and the vectors that are wanted.
struct Taker {
    digests: Vec<Vec<Hash>>,
    /// The boundary before the step, and its vectors up to the position.
    before: (Option<usize>, Vec<i32>),
    /// The boundary after the step, and its vectors up to the position.
    after: (Option<usize>, Vec<i32>),
    position: usize,
}

impl<B: Backend<Ints = Ints>> Observer<B> for Taker {
    fn boundary(&mut self, backend: &mut B, boundary: usize, x: &Ints) {
        self.digests[boundary].extend(backend.digests(x).expect("these tensors are here"));
        for (wanted, values) in [&mut self.before, &mut self.after] {
            if *wanted == Some(boundary) {
                let room = (self.position + 1) * x.n - values.len();
                values.extend_from_slice(&x.v[..room.min(x.v.len())]);
            }
        }
    }
}

impl Taker {
    fn step(self, which: Which, width: usize) -> Step {
        let row = |(boundary, values): &(Option<usize>, Vec<i32>)| {
            let digests = &self.digests[boundary.expect("the step has this side")];
            Row { values: values[self.position * width..].to_vec(), path: merkle::open(digests, self.position).path }
        };
        match which {
            Which::Embedding => Step::Embedding { after: row(&self.after) },
            Which::Choice => Step::Choice { before: row(&self.before) },
            Which::Layer(layer) => {
                let later = self.digests[layer as usize][self.position + 1..].to_vec();
                Step::Layer { layer, before: History { values: self.before.1.clone(), later }, after: row(&self.after) }
            }
        }
    }
}
