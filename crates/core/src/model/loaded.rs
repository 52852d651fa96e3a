//! A model that is ready to run.

use super::file::Manifest;
use super::forward::{Session, Weights};
use crate::backend::Backend;
use crate::commit::ModelId;

/// A model in the form of one back end, with the back end that runs it.
pub struct Model<B: Backend> {
    /// What names it.
    pub id: ModelId,
    /// What it says about itself.
    pub manifest: Manifest,
    /// The executor.
    pub backend: B,
    /// Its weights.
    pub weights: Weights<B::Matrix>,
    /// Bytes of the section `tokenizer`.
    pub tokenizer_section: Vec<u8>,
}

impl<B: Backend> Model<B> {
    /// An empty sequence that takes up to `capacity` ids a call.
    pub fn session(&self, capacity: usize) -> Session<B> {
        Session::new(&self.backend, &self.manifest.config, capacity)
    }

    /// Run `ids` through the model after what `session` holds; see [`Session::forward`].
    ///
    /// # Panics
    /// As [`Session::forward`].
    pub fn forward<'s>(&mut self, session: &'s mut Session<B>, ids: &[u32], heads: usize) -> &'s B::Ints {
        session.forward(&mut self.backend, &self.manifest.config, &self.weights, ids, heads)
    }
}
