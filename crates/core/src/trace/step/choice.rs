//! The tensors of a choice at one position, and the witnesses of its steps.
//!
//! Of a seeded choice there are two more tensors: the thresholds, `top i32 ‖ λ_k i32 ‖ λ i32`, and for each chunk of 512 logits the sums over all
//! chunks up to it: `max l i32 ‖ logits above λ_k u32 ‖ at and above λ_k u32 ‖ mass at and above λ_k u64 ‖ of it above λ u64 ‖ at and above λ
//! u64`.

use super::opened::{Opened, Part, Place};
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

/// The normalised stream among the tensors of a choice.
const NORMED: usize = 0;
const LOGITS: usize = 1;
const THRESHOLDS: usize = 2;
const SUMS: usize = 3;

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
}

impl Part for ChoiceTrace {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn openings(&self, weights: Weights<'_>, step: Step, _: Option<u32>) -> Option<Vec<Opened>> {
        let c = &self.config;
        let (a, i) = (step.a as usize, step.c as usize);
        let chunks = (c.vocab as usize).div_ceil(LEAF);
        let is_seeded = self.tensors.len() > 2;
        let id = || Opened::other(self.ids.open(0, (self.position + 1) / LEAF..(self.position + 1) / LEAF + 1));
        let leaf = |tensor: usize, leaf: usize| Opened::leaves(&self.tensors, tensor, 0, leaf..leaf + 1);
        let logit = |i: usize| leaf(LOGITS, i / LEAF);
        let row = |tensor: usize| Opened::row(&self.tensors, tensor, 0);
        let sums_before = |chunk: usize| (chunk > 0).then(|| leaf(SUMS, chunk - 1));
        let is_id = self.chosen < c.vocab as usize;
        Some(match step.kind {
            Kind::FinalNormed if (a, step.b, i) == (0, 0, 0) => {
                let norm = weights.norm(2 * c.n_layers as usize);
                vec![Opened::other(self.before.open_row(self.position)), Opened::other(norm), row(NORMED)]
            }
            Kind::Logits if (a, step.b) == (0, 0) && i < c.vocab as usize => {
                vec![row(NORMED), Opened::other(weights.row(Matrix::Head, i)), logit(i)]
            }
            Kind::Greedy if !is_seeded && (a, step.b) == (0, 0) && i < c.vocab as usize => {
                if is_id {
                    vec![id(), logit(self.chosen), logit(i)]
                } else {
                    vec![id()]
                }
            }
            Kind::Masses if is_seeded && a < chunks && (step.b, i) == (0, 0) => {
                let sums = sums_before(a).into_iter().chain([leaf(SUMS, a)]);
                [row(THRESHOLDS), logit(a * LEAF)].into_iter().chain(sums).collect()
            }
            Kind::Sampled if is_seeded && (a, step.b, i) == (0, 0, 0) => {
                let chosen = is_id.then(|| sums_before(self.chosen / LEAF).into_iter().chain([logit(self.chosen)]));
                [row(THRESHOLDS), leaf(SUMS, chunks - 1), id()].into_iter().chain(chosen.into_iter().flatten()).collect()
            }
            _ => return None,
        })
    }

    fn is_whole(&self, tensor: usize) -> bool {
        tensor == NORMED
    }

    fn writing(&self, place: &Place) -> Vec<Step> {
        let (leaf, end) = place.leaves;
        match place.tensor {
            NORMED => vec![Step::new(Kind::FinalNormed, 0, 0, 0)],
            LOGITS => {
                let last = (end * LEAF).min(self.config.vocab as usize);
                (leaf * LEAF..last).map(|c| Step::new(Kind::Logits, 0, 0, c)).collect()
            }
            // What they are rests on the sums, and the sums on what they are.
            THRESHOLDS => self.choosing().into_iter().chain((0..self.tensors[SUMS].leaves(0)).map(masses_step)).collect(),
            _ => vec![masses_step(leaf)],
        }
    }

    fn choosing(&self) -> Vec<Step> {
        if self.tensors.len() > 2 {
            return vec![Step::new(Kind::Sampled, 0, 0, 0)];
        }
        // Against the greatest logit, the first of equals, every other id fails.
        let logit = |i: usize| {
            let at = 4 * (i % LEAF);
            i32::from_be_bytes(self.tensors[LOGITS].leaf(0, i / LEAF)[at..at + 4].try_into().expect("four bytes"))
        };
        let best = (0..self.config.vocab as usize).max_by_key(|&i| (logit(i), std::cmp::Reverse(i)));
        best.map(|c| Step::new(Kind::Greedy, 0, 0, c)).into_iter().collect()
    }
}

const fn masses_step(chunk: usize) -> Step {
    Step::new(Kind::Masses, chunk, 0, 0)
}

/// The embedding at a position.
pub struct EmbeddingTrace {
    ids: Vec<u32>,
    position: usize,
    /// The vector, alone.
    pub tensors: [Tensor; 1],
}

impl EmbeddingTrace {
    /// Of all ids of the sequence, and the vector at the position.
    pub fn new(ids: &[u32], position: usize, after: &[i32]) -> Self {
        Self { ids: ids.to_vec(), position, tensors: [Tensor::new([leaves(after)])] }
    }
}

impl Part for EmbeddingTrace {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn openings(&self, weights: Weights<'_>, step: Step, _: Option<u32>) -> Option<Vec<Opened>> {
        let (column, width) = (step.c as usize, weights.config().d_model as usize);
        if step != Step::new(Kind::Embedding, 0, 0, column) || column >= width {
            return None;
        }
        let ids: Vec<i32> = self.ids.iter().map(|id| id.cast_signed()).collect();
        let id = Tensor::new([leaves(&ids)]).open(0, self.position / LEAF..self.position / LEAF + 1);
        // Of an id that the model does not have nothing else is read.
        if self.ids[self.position] >= weights.config().vocab {
            return Some(vec![Opened::other(id)]);
        }
        let element = weights.element(Matrix::Embedding, self.ids[self.position] as usize, column);
        let out = Opened::leaves(&self.tensors, 0, 0, column / LEAF..column / LEAF + 1);
        Some(vec![Opened::other(id), Opened::other(element), out])
    }

    fn writing(&self, place: &Place) -> Vec<Step> {
        let (leaf, end) = place.leaves;
        let width = (0..self.tensors[0].leaves(0)).map(|leaf| self.tensors[0].leaf(0, leaf).len() / 4).sum();
        (leaf * LEAF..(end * LEAF).min(width)).map(|c| Step::new(Kind::Embedding, 0, 0, c)).collect()
    }
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
