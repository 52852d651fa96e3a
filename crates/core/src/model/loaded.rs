//! A model that is ready to run.

use std::sync::Arc;

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
    /// Its weights; the ranks of one process share them.
    pub weights: Arc<Weights<B::Matrix>>,
    /// Bytes of the section `tokenizer`.
    pub tokenizer_section: Vec<u8>,
}

impl<B: Backend> Model<B> {
    /// The same model for another rank: another executor on the same weights.
    pub fn share(&self, backend: B) -> Self {
        let (manifest, weights) = (self.manifest.clone(), Arc::clone(&self.weights));
        Self { id: self.id, manifest, backend, weights, tokenizer_section: self.tokenizer_section.clone() }
    }

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
