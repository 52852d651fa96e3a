//! The tensors of a choice at one position, and the witnesses of its steps.
//!
//! Of a seeded choice there are two more tensors: the thresholds, `top i32 ‖ λ_k i32 ‖ λ i32`, and for each chunk of 512 logits the sums over all
//! chunks up to it: `max l i32 ‖ logits above λ_k u32 ‖ at and above λ_k u32 ‖ mass at and above λ_k u64 ‖ of it above λ u64 ‖ at and above λ
//! u64`.

use super::weights::{Matrix, Weights};
use super::{Kind, Step, Tensor};
use crate::backend::Backend;
use crate::commit::Hash;
use crate::model::Model;
use crate::model::config::Config;
use crate::model::forward::Session;
use crate::ops::rmsnorm::normalised;
use crate::ops::sample::{Sampler, Thresholds, thresholds, weight};
use crate::scalar::Ints;
use crate::trace::vector::{Group, LEAF, leaves};

/// The tensors of a choice.
pub struct ChoiceTrace {
    config: Config,
    position: usize,
    ids: Tensor,
    chosen: usize,
    before: Tensor,
    /// Normalised stream, logits, and of a seeded choice thresholds and sums.
    pub tensors: Vec<Tensor>,
}

impl ChoiceTrace {
    /// Run the choice after a position: `ids` are all of the sequence, `before` the vectors of the last boundary up to the position, and `later` the
    /// digests of the later ones.
    ///
    /// # Panics
    /// If there are no vectors, or no id after the position.
    pub fn new<B: Backend<Ints = Ints>>(
        model: &mut Model<B>,
        sampler: &Sampler,
        ids: &[u32],
        before: &[i32],
        later: &[Hash],
    ) -> Self {
        let (config, weights) = (model.manifest.config.clone(), std::sync::Arc::clone(&model.weights));
        let width = config.d_model as usize;
        let position = before.len() / width - 1;
        let last = &before[position * width..];
        let mut session = Session::new(&model.backend, &config, 1);
        let enter = |x: &mut Ints| last.clone_into(&mut x.v);
        let logits = session.head_alone(&mut model.backend, &config, &weights, enter).v.clone();
        let (n, fv) = normalised(last, &weights.norm, config.eps);
        let mut tensors = vec![Tensor::new([Group::new(&n, fv).leaves()]), Tensor::new([leaves(&logits)])];
        if sampler.beta > 0 {
            let t = thresholds(&logits, sampler);
            let head = [t.top, t.kth, t.mass].map(i32::to_be_bytes).concat();
            tensors.extend([Tensor::new([vec![head]]), Tensor::new([masses(&logits, sampler, &t)])]);
        }
        let chosen = ids[position + 1] as usize;
        let ids: Vec<i32> = ids.iter().map(|id| id.cast_signed()).collect();
        let before = Tensor::new(before.chunks(width).map(leaves)).followed_by(later);
        Self { config, position, ids: Tensor::new([leaves(&ids)]), chosen, before, tensors }
    }

    /// The root of the boundary after the last layer.
    pub fn before(&self) -> Hash {
        self.before.root()
    }

    /// The digest of the ids.
    pub fn ids(&self) -> Hash {
        self.ids.root()
    }

    /// The roots of the tensors.
    pub fn roots(&self) -> Vec<Hash> {
        self.tensors.iter().map(Tensor::root).collect()
    }

    /// The witness of a step; none if the choice has no such step.
    pub fn witness(&self, weights: Weights<'_>, step: Step) -> Option<Vec<u8>> {
        let c = &self.config;
        let (a, i) = (step.a as usize, step.c as usize);
        let chunks = (c.vocab as usize).div_ceil(LEAF);
        let is_seeded = self.tensors.len() > 2;
        let id = || self.ids.open(0, (self.position + 1) / LEAF..(self.position + 1) / LEAF + 1);
        let logit = |i: usize| self.tensors[1].open(0, i / LEAF..i / LEAF + 1);
        let sums = |chunk: usize| self.tensors[3].open(0, chunk..chunk + 1);
        let sums_before = |chunk: usize| if chunk > 0 { sums(chunk - 1) } else { Vec::new() };
        let parts = match step.kind {
            Kind::FinalNormed if (a, step.b, i) == (0, 0, 0) => {
                let norm = weights.norm(2 * c.n_layers as usize);
                vec![self.before.open_row(self.position), norm, self.tensors[0].open_row(0)]
            }
            Kind::Logits if (a, step.b) == (0, 0) && i < c.vocab as usize => {
                vec![self.tensors[0].open_row(0), weights.row(Matrix::Head, i), logit(i)]
            }
            Kind::Greedy if !is_seeded && (a, step.b) == (0, 0) && i < c.vocab as usize => {
                if self.chosen < c.vocab as usize {
                    vec![id(), logit(self.chosen), logit(i)]
                } else {
                    vec![id()]
                }
            }
            Kind::Masses if is_seeded && a < chunks && (step.b, i) == (0, 0) => {
                vec![self.tensors[2].open_row(0), logit(a * LEAF), sums_before(a), sums(a)]
            }
            Kind::Sampled if is_seeded && (a, step.b, i) == (0, 0, 0) => {
                let read = vec![self.tensors[2].open_row(0), sums(chunks - 1), id()];
                let chosen = || vec![sums_before(self.chosen / LEAF), logit(self.chosen)];
                read.into_iter().chain(if self.chosen < c.vocab as usize { chosen() } else { Vec::new() }).collect()
            }
            _ => return None,
        };
        Some([step.to_bytes(), parts.concat()].concat())
    }
}

/// The witness of an element of the embedding at a position: `ids` are all of the sequence, `after` the vector of the position.
///
/// # Panics
/// If there is no such position or element.
pub fn embedding_witness(weights: Weights<'_>, ids: &[u32], position: usize, after: &[i32], column: usize) -> Vec<u8> {
    let id = ids[position] as usize;
    let ids: Vec<i32> = ids.iter().map(|id| id.cast_signed()).collect();
    let id_leaf = Tensor::new([leaves(&ids)]).open(0, position / LEAF..position / LEAF + 1);
    let out = Tensor::new([leaves(after)]).open(0, column / LEAF..column / LEAF + 1);
    let step = Step::new(Kind::Embedding, 0, 0, column).to_bytes();
    [step, id_leaf, weights.element(Matrix::Embedding, id, column), out].concat()
}

/// The leaves of sums of a seeded choice.
fn masses(logits: &[i32], sampler: &Sampler, t: &Thresholds) -> Vec<Vec<u8>> {
    let (mut top, mut above_kth, mut from_kth) = (i32::MIN, 0u32, 0u32);
    let mut mass = [0u64; 3];
    logits
        .chunks(LEAF)
        .map(|logits| {
            for &l in logits {
                top = top.max(l);
                above_kth += u32::from(l > t.kth);
                from_kth += u32::from(l >= t.kth);
                if l >= t.kth {
                    let p = u64::from(weight(t.top, l, sampler.beta));
                    for (mass, counts) in mass.iter_mut().zip([true, l > t.mass, l >= t.mass]) {
                        *mass += if counts { p } else { 0 };
                    }
                }
            }
            let head = [top.to_be_bytes(), above_kth.to_be_bytes(), from_kth.to_be_bytes()].concat();
            head.into_iter().chain(mass.iter().flat_map(|mass| mass.to_be_bytes())).collect()
        })
        .collect()
}
