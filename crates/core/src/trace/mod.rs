//! The trace of a run: commitments to what lies between the operators, so that one step of it can be checked, or disputed, without the
//! rest.
//!
//! A run reads a sequence: the ids of the prompt and the generated ones but for the last, which is only chosen. At every position there
//! are *boundaries*: the residual stream after the embedding (boundary 0) and after each layer (boundary l + 1). Between two boundaries
//! lies a *step*. A [`root`](recorder::trace_root) covers the ids and the boundaries of all positions; what is inside a step follows
//! from the boundary before it, and is committed only when the step is disputed.
//!
//! ```text
//! trace root = keccak("openimo/trace/1" ‖ tree(parts))       parts: head, ids, boundary 0, boundary 1, ...
//! head       = leaf(positions ‖ prompt ‖ layers ‖ width)     u32 big-endian each
//! ids        = vector(all ids)
//! boundary   = tree(vector(values) of position 0, of position 1, ...)
//! vector     = tree(leaves of 512 numbers)                   32 bits big-endian each, as they lie in EVM words
//! ```
//!
//! Trees are those of [`crate::commit::merkle`].

pub mod open;
pub mod recorder;
pub mod spot;
pub mod step;
#[cfg(test)]
mod tests;
pub mod vector;

use crate::backend::Backend;
use crate::model::program::Tensor;
pub use recorder::{Recorder, record};

/// Sees a run as it goes.
pub trait Observer<B: Backend> {
    /// The next positions of a boundary: one row of `x` each.
    fn boundary(&mut self, _backend: &mut B, _boundary: usize, _x: &B::Ints) {}

    /// The next positions of an integer tensor inside a layer, or before a choice, that runs alone.
    fn tensor(&mut self, _tensor: Tensor, _x: &B::Ints) {}
}
