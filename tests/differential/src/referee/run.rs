//! A run of a model with everything that can be asked about it.

use alloy_primitives::B256;
use openimo_core::commit::Hash;
use openimo_core::commit::merkle;
use openimo_core::model::Model;
use openimo_core::model::file::{Header, Parsed, load};
use openimo_core::ops::sample::{Sampler, draw, sample};
use openimo_core::scalar::Ints;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::trace::step::choice::{ChoiceTrace, EmbeddingTrace};
use openimo_core::trace::step::layer::LayerTrace;
use openimo_core::trace::step::opened::Part as _;
use openimo_core::trace::step::picture::PictureTrace;
use openimo_core::trace::step::program::program;
use openimo_core::trace::step::weights::Weights;
use openimo_core::trace::step::{Kind, Step};
use openimo_core::trace::{Observer, vector};

use super::Part;

/// A run.
pub struct Run {
    /// The model.
    pub model: Model<Simd>,
    header: Header,
    file: Vec<u8>,
    /// What the referee knows of it.
    pub program: Vec<u8>,
    /// Ids of the run.
    pub ids: Vec<u32>,
    prompt: usize,
    sampler: Sampler,
    seed: [u8; 32],
    /// Vectors of each boundary.
    boundaries: Vec<Vec<i32>>,
}

struct Boundaries(Vec<Vec<i32>>);

impl Observer<Simd> for Boundaries {
    fn boundary(&mut self, _: &mut Simd, boundary: usize, x: &Ints) {
        self.0[boundary].extend_from_slice(&x.v);
    }
}

impl Run {
    /// A model reads a prompt and goes on by `more` ids.
    ///
    /// # Panics
    /// If the file is none of a model, or the ids are too many for it.
    pub fn new(file: Vec<u8>, prompt: &[u32], more: usize, sampler: Sampler, seed: [u8; 32]) -> Self {
        let mut run = Self::begun(file, prompt, sampler, seed);
        let mut seen = Boundaries(vec![Vec::new(); run.model.manifest.config.n_layers as usize + 1]);
        let (model, ids) = (&mut run.model, &mut run.ids);
        let mut session = model.session(prompt.len());
        for index in 0..more {
            let next = if index == 0 { ids.clone() } else { ids[ids.len() - 1..].to_vec() };
            let logits = model.forward_observed(&mut session, &next, 1, Some(&mut seen));
            let u = if sampler.beta > 0 { draw(&seed, index as u64) } else { 0 };
            ids.push(sample(&logits.v, &sampler, u));
        }
        run.boundaries = seen.0;
        run
    }

    /// A model reads these ids, the first `prompt` of which are the prompt's, whatever it would choose itself.
    ///
    /// # Panics
    /// If the file is none of a model, or the ids are too many for it.
    pub fn forced(file: Vec<u8>, ids: &[u32], prompt: usize, sampler: Sampler, seed: [u8; 32]) -> Self {
        let mut run = Self::begun(file, ids, sampler, seed);
        run.prompt = prompt;
        let mut seen = Boundaries(vec![Vec::new(); run.model.manifest.config.n_layers as usize + 1]);
        let mut session = run.model.session(ids.len() - 1);
        run.model.forward_observed(&mut session, &ids[..ids.len() - 1], 0, Some(&mut seen));
        run.boundaries = seen.0;
        run
    }

    fn begun(file: Vec<u8>, ids: &[u32], sampler: Sampler, seed: [u8; 32]) -> Self {
        let model = load(&file, Simd::new(Level::detect())).expect("a model file");
        let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a model file has a head") };
        let (program, ids) = (program(&model.manifest), ids.to_vec());
        Self { model, header: *header, file, program, prompt: ids.len(), ids, sampler, seed, boundaries: Vec::new() }
    }

    /// The head of the model file.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Ids of the prompt.
    pub const fn prompt(&self) -> usize {
        self.prompt
    }

    /// The digests of a boundary, one a position.
    pub fn digests(&self, boundary: usize) -> Vec<Hash> {
        vector::digests(&self.boundaries[boundary], self.model.manifest.config.d_model as usize)
    }

    /// Positions that the model reads.
    pub fn positions(&self) -> usize {
        self.ids.len() - 1
    }

    /// The first position that chooses.
    pub const fn first_choice(&self) -> usize {
        self.prompt - 1
    }

    /// The openings of weights.
    pub fn weights(&self) -> Weights<'_> {
        Weights::new(&self.header, &self.file)
    }

    /// The tensors of a layer at a position.
    pub fn layer(&mut self, layer: usize, position: usize) -> LayerTrace {
        let (before, later) = self.history(layer, position);
        LayerTrace::new(&mut self.model, layer, &before, &later)
    }

    /// The tensors of the choice after a position, of these ids.
    pub fn choice(&mut self, ids: &[u32], position: usize) -> ChoiceTrace {
        let (before, later) = self.history(self.boundaries.len() - 1, position);
        ChoiceTrace::new(&mut self.model, &self.sampler, ids, &before, &later)
    }

    /// What is committed about a layer.
    pub fn layer_part(&self, trace: &LayerTrace, layer: usize, position: usize) -> Part {
        Part {
            layer: layer as u32,
            before: word(trace.before()),
            tensors: trace.roots().into_iter().map(word).collect(),
            ..self.part(position)
        }
    }

    /// What is committed about a choice.
    pub fn choice_part(&self, trace: &ChoiceTrace, position: usize) -> Part {
        let tensors = trace.roots().into_iter().map(word).collect();
        Part { ids: word(trace.ids()), before: word(trace.before()), tensors, ..self.part(position) }
    }

    /// The tensors of the picture that the ids stand for.
    ///
    /// # Panics
    /// If the model writes.
    pub fn picture(&mut self) -> PictureTrace {
        PictureTrace::new(&mut self.model, &self.ids, self.prompt).expect("the model draws")
    }

    /// What is committed about a picture.
    pub fn picture_part(&self, trace: &PictureTrace) -> Part {
        let tensors = trace.roots().into_iter().map(word).collect();
        Part { layer: trace.convolutions() as u32, ids: word(vector::ids(&self.ids)), tensors, ..self.part(0) }
    }

    /// What is committed about the embedding at a position, where its vector is `after`, and the witness of an element.
    pub fn embedding(&self, ids: &[u32], position: usize, after: &[i32], column: usize) -> (Part, Vec<u8>) {
        let digest = vector::digests(after, after.len())[0];
        let part = Part { ids: word(vector::ids(ids)), tensors: vec![word(digest)], ..self.part(position) };
        let trace = EmbeddingTrace::new(ids, position, after);
        let witness = trace.witness(self.weights(), Step::new(Kind::Embedding, 0, 0, column));
        (part, witness.expect("the step is there"))
    }

    /// The vector of a boundary at a position.
    pub fn vector(&self, boundary: usize, position: usize) -> &[i32] {
        let width = self.model.manifest.config.d_model as usize;
        &self.boundaries[boundary][position * width..(position + 1) * width]
    }

    fn history(&self, boundary: usize, position: usize) -> (Vec<i32>, Vec<Hash>) {
        let width = self.model.manifest.config.d_model as usize;
        let (before, later) = self.boundaries[boundary].split_at((position + 1) * width);
        (before.to_vec(), vector::digests(later, width))
    }

    /// What is known of every part at a position.
    pub fn part(&self, position: usize) -> Part {
        Part {
            modelId: B256::from(self.model.id.0),
            positions: self.positions() as u32,
            prompt: self.prompt as u32,
            position: position as u32,
            layer: 0,
            sampler: super::Sampler {
                beta: self.sampler.beta,
                topK: self.sampler.top_k,
                topP: self.sampler.top_p,
                seed: B256::from(self.seed),
            },
            ids: word(merkle::leaf(&[])),
            before: word(merkle::leaf(&[])),
            tensors: Vec::new(),
        }
    }

    /// Steps of a layer at a position: all that are at its edges and `more` others of each kind.
    pub fn layer_steps(&self, trace: &LayerTrace, position: usize, more: usize, mut below: impl FnMut(u64) -> u64) -> Vec<Step> {
        let config = &self.model.manifest.config;
        let most = [position + 1, config.n_heads as usize, (config.d_ff.max(config.d_model) as usize).max(config.q_dim())];
        let mut steps = Vec::new();
        for kind in Kind::LAYER {
            let mut found = Vec::new();
            // Positions and chunks from the last on, since a window hides the first ones.
            let firsts = [position, position.saturating_sub(1), 0].into_iter().flat_map(|a| [(a, 0, 0), (a, most[1] - 1, 1)]);
            let random = |below: &mut dyn FnMut(u64) -> u64| {
                let [a, b, c] = most.map(|n| below(n as u64) as usize);
                // Few kinds have all three.
                [(a, b, c), (0, 0, c), (position, 0, c), (a, b, 0), (0, b, c % 64), (a, 0, c % 64), (a, b, c % 8), (a, 0, 0)]
            };
            let mut tries: Vec<_> = firsts.collect();
            for _ in 0..40 * (1 + more) {
                tries.extend(random(&mut below));
            }
            for (a, b, c) in tries {
                let step = Step::new(kind, a, b, c);
                if trace.has(step) && !found.contains(&step) && found.len() < 3 + more {
                    found.push(step);
                }
            }
            assert!(!found.is_empty(), "no step of {kind:?} at {position}");
            steps.extend(found);
        }
        steps
    }
}

fn word(hash: Hash) -> B256 {
    B256::from(hash.0)
}
