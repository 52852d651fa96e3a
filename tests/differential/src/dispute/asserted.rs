//! Runs as they are asserted, and what their asserters can reveal of them.

use alloy_primitives::{B256, Bytes};
use openimo_core::commit::{Hash, merkle};
use openimo_core::content::content_ids;
use openimo_core::generate::generate;
use openimo_core::model::file::load;
use openimo_core::model::testing::Tiny;
use openimo_core::request::{Draft, Request};
use openimo_core::scalar::Scalar;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::trace::step::choice::ChoiceTrace;
use openimo_core::trace::step::layer::LayerTrace;
use openimo_core::trace::step::{Kind, Step};
use openimo_core::trace::vector;

use super::Place;
use crate::referee::Part;
use crate::referee::run::Run;

/// The place of an embedding.
pub const EMBEDDING: u8 = 0;
/// The place of a layer.
pub const LAYER: u8 = 1;
/// The place of a choice.
pub const CHOICE: u8 = 2;

/// A request with the prompt's ids, and an answer to it.
pub struct Answer {
    /// The request.
    pub request: Request,
    /// Ids of the prompt.
    pub prompt: Vec<u32>,
    /// Ids of the output.
    pub output: Vec<u32>,
}

/// The model's answer to a request.
///
/// # Panics
/// If the model has no tokenizer, or the request does not fit it.
pub fn answer(tiny: &Tiny, text: &str, temperature: &str, max_tokens: u32, seed: u32) -> Answer {
    let mut model = load(&tiny.imo(), Scalar).expect("the model is valid");
    let tokenizer = model.tokenizer().expect("it has one");
    let draft = Draft {
        prompt: Some(text.into()),
        temperature: Some(temperature.into()),
        seed: Some(seed.to_string()),
        max_tokens: Some(max_tokens),
        ..Draft::default()
    };
    let prompt = tokenizer.encode_prompt(&draft.prompt().expect("there is one")).expect("it can be encoded");
    let request = draft.request(&prompt).expect("it is valid");
    let go_on = &mut |_: openimo_core::generate::Progress<'_>| std::ops::ControlFlow::Continue(());
    let output = generate(&mut model, &tokenizer, &request, go_on).expect("it fits");
    Answer { request, prompt, output: output.ids }
}

/// A run that somebody asserts, of a model that he says is another.
pub struct Asserted {
    /// What was run.
    pub run: Run,
    /// What is asserted.
    pub sol: super::Run,
    claimed: B256,
}

impl Asserted {
    /// A run of `tiny` over an answer, asserted of the model `claimed`.
    pub fn new(tiny: &Tiny, claimed: B256, answer: &Answer) -> Self {
        let ids = [&answer.prompt[..], &answer.output].concat();
        let (sampler, seed) = (answer.request.sampler, answer.request.seed.0);
        let run = Run::forced(tiny.imo(), &ids, answer.prompt.len(), sampler, seed);
        let tokenizer = Tokenizer::new(&run.model.tokenizer_section).expect("it has one");
        let pieces: Vec<&[u8]> =
            content_ids(&answer.output, tokenizer.stop_ids()).iter().map(|&id| tokenizer.id_bytes(id)).collect();
        let boundaries = (0..=run.model.manifest.config.n_layers as usize).map(|b| word(merkle::root(&run.digests(b))));
        let sol = super::Run {
            modelId: claimed,
            prompt: answer.request.canonical().into_bytes().into(),
            content: pieces.concat().into(),
            promptIds: answer.prompt.len() as u32,
            ids: ids.iter().flat_map(|id| id.to_be_bytes()).collect(),
            lengths: pieces.iter().flat_map(|piece| (piece.len() as u16).to_be_bytes()).collect(),
            boundaries: boundaries.collect(),
        };
        Self { run, sol, claimed }
    }

    /// The first place where another run of the same ids differs: one of its own numbers, on equal ones before it.
    pub fn first_difference(&self, other: &Self) -> Option<Place> {
        for boundary in 0..self.sol.boundaries.len() {
            let (mine, others) = (self.run.digests(boundary), other.run.digests(boundary));
            if let Some(position) = mine.iter().zip(&others).position(|(a, b)| a != b) {
                let (stage, layer) = if boundary == 0 { (EMBEDDING, 0) } else { (LAYER, boundary as u32 - 1) };
                return Some(Place { stage, layer, position: position as u32 });
            }
        }
        None
    }

    /// What the asserter reveals of a part.
    pub fn part(&mut self, place: &Place) -> Revealed {
        let (layer, position) = (place.layer as usize, place.position as usize);
        let (tensors, end) = match place.stage {
            EMBEDDING => (Tensors::Embedding(self.run.vector(0, position).to_vec()), Some(0)),
            LAYER => (Tensors::Layer(Box::new(self.run.layer(layer, position))), Some(layer + 1)),
            _ => {
                let ids = self.run.ids.clone();
                (Tensors::Choice(Box::new(self.run.choice(&ids, position))), None)
            }
        };
        let siblings = end.map(|end| {
            let digests = self.run.digests(end);
            merkle::open_range(&digests, position..position + 1).iter().flat_map(|hash| hash.0).collect::<Vec<_>>()
        });
        let mut part = self.known(&tensors, layer, position);
        part.ids = word(vector::ids(&self.run.ids));
        part.modelId = self.claimed;
        Revealed {
            part,
            tensors,
            end: end.map_or(B256::ZERO, |end| self.sol.boundaries[end]),
            siblings: siblings.unwrap_or_default().into(),
        }
    }

    fn known(&self, tensors: &Tensors, layer: usize, position: usize) -> Part {
        match tensors {
            Tensors::Layer(trace) => self.run.layer_part(trace, layer, position),
            Tensors::Choice(trace) => self.run.choice_part(trace, position),
            Tensors::Embedding(after) => {
                let mut part = self.run.embedding(&self.run.ids, position, after, 0).0;
                part.before = B256::ZERO;
                part
            }
        }
    }
}

/// The tensors of a part.
pub enum Tensors {
    /// The vector after the embedding.
    Embedding(Vec<i32>),
    /// Of a layer.
    Layer(Box<LayerTrace>),
    /// Of a choice.
    Choice(Box<ChoiceTrace>),
}

/// A part with what its asserter knows of it.
pub struct Revealed {
    /// What is committed to.
    pub part: Part,
    /// The tensors.
    pub tensors: Tensors,
    /// The root of the boundary that it ends in.
    pub end: B256,
    /// The way of the last tensor to it.
    pub siblings: Bytes,
}

impl Revealed {
    /// The witness of a step on these tensors, with weights of `of`.
    pub fn witness(&self, of: &Run, step: Step) -> Option<Vec<u8>> {
        match &self.tensors {
            Tensors::Layer(trace) => trace.witness(of.weights(), step),
            Tensors::Choice(trace) => trace.witness(of.weights(), step),
            Tensors::Embedding(after) => {
                let position = self.part.position as usize;
                (step.kind == Kind::Embedding).then(|| of.embedding(&of.ids, position, after, step.c as usize).1)
            }
        }
    }

    /// Every step of the part, or for a large one some of each kind.
    pub fn steps(&self, of: &Run) -> Vec<Step> {
        let config = &of.model.manifest.config;
        let widest = (config.d_ff.max(config.d_model).max(config.vocab) as usize).max(config.q_dim());
        match &self.tensors {
            Tensors::Embedding(_) => (0..config.d_model as usize).map(|c| Step::new(Kind::Embedding, 0, 0, c)).collect(),
            Tensors::Layer(trace) => {
                let (positions, heads) = (self.part.position as usize + 1, config.n_heads as usize);
                let all = Kind::LAYER.into_iter().flat_map(|kind| {
                    (0..positions).flat_map(move |a| (0..heads).flat_map(move |b| (0..widest).map(move |c| Step::new(kind, a, b, c))))
                });
                all.filter(|&step| trace.has(step)).collect()
            }
            Tensors::Choice(trace) => {
                let all = Kind::CHOICE.into_iter().flat_map(|kind| (0..widest).map(move |i| match kind {
                    Kind::Masses => Step::new(kind, i, 0, 0),
                    _ => Step::new(kind, 0, 0, i),
                }));
                all.filter(|&step| trace.witness(of.weights(), step).is_some()).collect()
            }
        }
    }
}

/// A digest as a word.
pub fn word(hash: Hash) -> B256 {
    B256::from(hash.0)
}
