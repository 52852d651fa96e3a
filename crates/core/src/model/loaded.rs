//! A model that is ready to run.

use std::sync::Arc;

use super::draw::Drawing;
use super::file::{Manifest, first_difference};
use super::forward::{Session, Weights};
use crate::backend::Backend;
use crate::commit::ModelId;
use crate::tokenizer::{Tokenizer, TokenizerError};
use crate::trace::Observer;

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
    /// Bytes of the section `pieces`.
    pub pieces_section: Vec<u8>,
}

/// A tokenizer section that cannot be used with its model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelTokenizerError {
    /// The section is not valid.
    #[error(transparent)]
    Section(#[from] TokenizerError),
    /// It has ids that the model does not.
    #[error("the tokenizer has {got} entries, the model {expected}")]
    Vocabulary {
        /// Entries of the tokenizer.
        got: usize,
        /// Entries of the model.
        expected: u32,
    },
    /// It disagrees with the manifest.
    #[error("the tokenizer starts with {got:?} and stops at {got_stop:?}, the manifest says {expected:?} and {expected_stop:?}")]
    Ids {
        /// The tokenizer's first id.
        got: Option<u32>,
        /// The tokenizer's stop ids.
        got_stop: Vec<u32>,
        /// The manifest's first id.
        expected: Option<u32>,
        /// The manifest's stop ids.
        expected_stop: Vec<u32>,
    },
    /// The section `pieces` has other bytes.
    #[error("the section `pieces` differs from the tokenizer at byte {at}")]
    Pieces {
        /// The first byte that differs.
        at: usize,
    },
}

impl<B: Backend> Model<B> {
    /// The tokenizer, found to agree with the manifest: so no text can lead to an id that the model does not have.
    ///
    /// # Errors
    /// If the section is not valid, or disagrees.
    pub fn tokenizer(&self) -> Result<Tokenizer, ModelTokenizerError> {
        let (tokenizer, m) = (Tokenizer::new(&self.tokenizer_section)?, &self.manifest);
        let Some(pieces) = tokenizer.pieces(m.config.vocab) else {
            return Err(ModelTokenizerError::Vocabulary { got: tokenizer.vocab_size(), expected: m.config.vocab });
        };
        if tokenizer.bos_id() != m.bos_id || tokenizer.stop_ids() != m.stop_ids {
            return Err(ModelTokenizerError::Ids {
                got: tokenizer.bos_id(),
                got_stop: tokenizer.stop_ids().to_vec(),
                expected: m.bos_id,
                expected_stop: m.stop_ids.clone(),
            });
        }
        if pieces != self.pieces_section {
            return Err(ModelTokenizerError::Pieces { at: first_difference(&pieces, &self.pieces_section) });
        }
        Ok(tokenizer)
    }

    /// The same model for another rank: another executor on the same weights.
    pub fn share(&self, backend: B) -> Self {
        Self {
            id: self.id,
            manifest: self.manifest.clone(),
            backend,
            weights: Arc::clone(&self.weights),
            tokenizer_section: self.tokenizer_section.clone(),
            pieces_section: self.pieces_section.clone(),
        }
    }

    /// Begin to draw the picture of `ids`, if this model draws; see [`Drawing::new`].
    pub fn draw(&mut self, ids: &[u32]) -> Option<Drawing<B>> {
        let (config, weights) = (self.manifest.config.image.as_ref()?, self.weights.image.as_ref()?);
        Some(Drawing::new(&mut self.backend, config, weights, ids))
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
        self.forward_observed(session, ids, heads, None)
    }

    /// The same, with somebody who sees the boundaries between the layers.
    ///
    /// # Panics
    /// As [`Session::forward`].
    pub fn forward_observed<'s>(
        &mut self,
        session: &'s mut Session<B>,
        ids: &[u32],
        heads: usize,
        observer: Option<&mut dyn Observer<B>>,
    ) -> &'s B::Ints {
        session.forward_observed(&mut self.backend, &self.manifest.config, &self.weights, ids, heads, observer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file::load;
    use crate::model::testing::{Tiny, tiny_tokenizer};
    use crate::scalar::Scalar;

    #[test]
    fn the_tokenizer_agrees_with_the_manifest() {
        let tiny = Tiny::new(0);
        let model = |tiny: &Tiny| load(&tiny.imo(), Scalar).unwrap();
        let tokenizer = model(&tiny).tokenizer().unwrap();
        let ids = tokenizer.encode_text("a b").unwrap();
        assert_eq!(ids, [97, 32, 98]);
        assert_eq!(tokenizer.decode_bytes(&ids), b"a b");
        let vocab = tiny.config().vocab;
        let larger = Tiny { tokenizer: tiny_tokenizer(vocab + 1), ..tiny.clone() };
        assert!(matches!(model(&larger).tokenizer(), Err(ModelTokenizerError::Vocabulary { .. })));
        let mut other = tiny.clone();
        other.info.stop_ids = vec![0];
        assert!(matches!(model(&other).tokenizer(), Err(ModelTokenizerError::Ids { .. })));
        let none = Tiny { tokenizer: Vec::new(), ..tiny.clone() };
        assert!(matches!(model(&none).tokenizer(), Err(ModelTokenizerError::Section(_))));
        assert!(model(&none).pieces_section.is_empty());
        let mut forged = model(&tiny);
        forged.pieces_section[4 * vocab as usize + 97] ^= 1;
        assert!(matches!(forged.tokenizer(), Err(ModelTokenizerError::Pieces { at }) if at == 4 * vocab as usize + 97));
    }
}
