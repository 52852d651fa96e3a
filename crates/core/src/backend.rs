//! The executors' contract: one method an operator, so that the transformer is written once.
//!
//! Tensors are the back end's own: `Ints` is `[T, n]` i32, `Bfp` is `[T, groups, n]` i16 with one exponent a group (groups = heads
//! for q, k, v, else 1). Every back end gives the bits of [`crate::ops`].

use std::borrow::Cow;
use std::task::Poll;

use crate::commit::Hash;
use crate::device::{Executor, Fault};
use crate::model::config::Config;
use crate::model::matrix::{MatrixSpec, Row};
use crate::ops::attention::ScoreScale;
use crate::ops::conv2d::MapShape;
use crate::ops::rmsnorm::Norm;
use crate::ops::sample::Sampler;

/// Takes the rows of one matrix in order while a model streams in.
pub trait MatrixLoader {
    /// What the back end computes with.
    type Matrix;

    /// Take the next row; it has been validated.
    fn push(&mut self, row: &Row);

    /// All rows are in.
    ///
    /// # Panics
    /// If rows are missing.
    fn finish(self) -> Self::Matrix;
}

/// How the heads of a rope call turn.
#[derive(Clone, Copy, Debug)]
pub struct RopeParams<'a> {
    /// Position of the first row of the batch.
    pub pos0: u32,
    /// Heads in a row of the input.
    pub heads: usize,
    /// The model's configuration: increments and pairing.
    pub config: &'a Config,
}

/// What the rows of an attention call see.
#[derive(Clone, Copy, Debug)]
pub struct AttentionParams<'a> {
    /// Position of the first row of the batch; the cache already holds the batch's own keys and values.
    pub pos0: u32,
    /// The model's configuration: heads, window, scale.
    pub config: &'a Config,
    /// From score to base-2 logit.
    pub scale: ScoreScale,
}

/// Choices that were asked for: ready at once where the operators ran in this thread, later where a device works on its own.
pub trait Choice {
    /// The chosen ids, if they are there. Asked again after it was ready, it may give anything.
    fn poll(&mut self) -> Poll<Result<Vec<u32>, Fault>>;
}

impl Choice for Vec<u32> {
    fn poll(&mut self) -> Poll<Result<Vec<u32>, Fault>> {
        Poll::Ready(Ok(std::mem::take(self)))
    }
}

/// One executor of the operators.
pub trait Backend {
    /// Weights in the form that it computes with.
    type Matrix;
    /// Receives them.
    type Loader: MatrixLoader<Matrix = Self::Matrix>;
    /// `[T, n]` i32.
    type Ints;
    /// `[T, groups, n]` block floating point.
    type Bfp;
    /// Keys and values of one layer.
    type Cache;
    /// What [`Backend::choose`] gives.
    type Choice: Choice;

    /// What it computes on.
    fn executor(&self) -> Executor;

    /// Begin to receive a matrix.
    fn load(&self, spec: &MatrixSpec) -> Self::Loader;
    /// A tensor for up to `t` rows of `n`.
    fn ints(&self, t: usize, n: usize) -> Self::Ints;
    /// A tensor for up to `t` rows of `groups` groups of `n`.
    fn bfp(&self, t: usize, groups: usize, n: usize) -> Self::Bfp;
    /// An empty cache for one layer.
    fn cache(&self, config: &Config) -> Self::Cache;

    /// Rows of vocabulary entries into the residual stream; sets the batch size of `x` to the number of ids.
    fn embedding(&mut self, ids: &[u32], w: &Self::Matrix, fres: i32, x: &mut Self::Ints);
    /// The same input through each matrix; `fo` fraction bits in every output.
    fn linear(&mut self, x: &Self::Bfp, ws: &[&Self::Matrix], fo: i32, ys: &mut [&mut Self::Ints]);
    /// The input through a matrix to `y`, and `residual ← residual + y`.
    fn linear_residual(&mut self, x: &Self::Bfp, w: &Self::Matrix, fo: i32, y: &mut Self::Ints, residual: &mut Self::Ints) {
        self.linear(x, &[w], fo, &mut [y]);
        self.residual(residual, y);
    }
    /// `x ← x + y`.
    fn residual(&mut self, x: &mut Self::Ints, y: &Self::Ints);
    /// Normalise each row.
    fn rmsnorm(&mut self, x: &Self::Ints, norm: &Norm, eps: u64, out: &mut Self::Bfp);
    /// Rotate and quantise each head.
    fn rope(&mut self, v: &Self::Ints, params: RopeParams<'_>, out: &mut Self::Bfp);
    /// Quantise each group of each row; `fv` fraction bits.
    fn bfpq(&mut self, v: &Self::Ints, fv: i32, out: &mut Self::Bfp);
    /// Append the batch's keys and values to a layer's cache.
    fn append(&mut self, cache: &mut Self::Cache, k: &Self::Bfp, v: &Self::Bfp);
    /// Attend with every head of every row.
    fn attention(&mut self, q: &Self::Bfp, cache: &Self::Cache, params: AttentionParams<'_>, out: &mut Self::Ints);
    /// Gate and quantise each row.
    fn swiglu(&mut self, g: &Self::Ints, u: &Self::Ints, out: &mut Self::Bfp);
    /// Keep the last `n` rows of `x` alone, so that the head runs only where it is needed.
    fn keep_last(&mut self, x: &mut Self::Ints, n: usize);
    /// Ask for the sampler's choice among the logits of each of the first rows, one a draw. Without draws nothing is chosen, but the
    /// answer is still ready only when all work so far is done.
    fn choose(&mut self, logits: &Self::Ints, sampler: &Sampler, draws: &[u64]) -> Self::Choice;
    /// The rows of `x` as one: a map of places.
    fn flatten(&self, x: &mut Self::Ints);
    /// Convolve the map `x`; `fo` fraction bits in `y`, a map with a channel for each row of `w`.
    fn conv2d(&mut self, x: &Self::Bfp, map: MapShape, w: &Self::Matrix, fo: i32, y: &mut Self::Ints);
    /// `x ← SiLU(x)`.
    fn silu(&mut self, x: &mut Self::Ints);
    /// The map `x` twice as high and wide.
    fn upsample(&mut self, x: &Self::Bfp, map: MapShape, out: &mut Self::Bfp);
    /// Ask for the bytes of colour of the map `x`, one a number.
    fn pixel(&mut self, x: &Self::Ints) -> Self::Choice;
    /// Digests of the rows of `x`, as [`crate::trace::vector`] defines them; none where tensors stay on a device.
    fn digests(&mut self, x: &Self::Ints) -> Option<Vec<Hash>>;
    /// Forget the positions from `len` on.
    fn truncate(&mut self, cache: &mut Self::Cache, len: usize);

    /// Whether to stop, decided together: called once a step by every rank of a run that is split over several, true if any of them
    /// wants to stop. A run that is not split decides alone.
    fn agree(&mut self, stop: bool) -> bool {
        stop
    }
}

/// An executor whose tensors can be read where it is called.
pub trait ReadBack: Backend {
    /// Row `t`.
    fn row<'a>(&self, x: &'a Self::Ints, t: usize) -> Cow<'a, [i32]>;
}
