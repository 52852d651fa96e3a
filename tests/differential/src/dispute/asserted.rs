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
use openimo_core::trace::step::Step;
use openimo_core::trace::step::choice::EmbeddingTrace;
use openimo_core::trace::step::opened::{Part as Traced, Place};
use openimo_core::trace::vector;

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
        Self::of(tiny.imo(), claimed, answer)
    }

    /// The same of a model file.
    pub fn of(file: Vec<u8>, claimed: B256, answer: &Answer) -> Self {
        let ids = [&answer.prompt[..], &answer.output].concat();
        let (sampler, seed) = (answer.request.sampler, answer.request.seed.0);
        let run = Run::forced(file, &ids, answer.prompt.len(), sampler, seed);
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
    pub fn first_difference(&self, other: &Self) -> Option<super::Place> {
        for boundary in 0..self.sol.boundaries.len() {
            let (mine, others) = (self.run.digests(boundary), other.run.digests(boundary));
            if let Some(position) = mine.iter().zip(&others).position(|(a, b)| a != b) {
                let (stage, layer) = if boundary == 0 { (EMBEDDING, 0) } else { (LAYER, boundary as u32 - 1) };
                return Some(super::Place { stage, layer, position: position as u32 });
            }
        }
        None
    }

    /// What the asserter reveals of a part.
    pub fn part(&mut self, place: &super::Place) -> Revealed {
        let (layer, position) = (place.layer as usize, place.position as usize);
        let (trace, end): (Box<dyn Traced>, _) = match place.stage {
            EMBEDDING => {
                let after = self.run.vector(0, position);
                (Box::new(EmbeddingTrace::new(&self.run.ids, position, after)), Some(0))
            }
            LAYER => (Box::new(self.run.layer(layer, position)), Some(layer + 1)),
            _ => {
                let ids = self.run.ids.clone();
                (Box::new(self.run.choice(&ids, position)), None)
            }
        };
        let before = match place.stage {
            EMBEDDING => B256::ZERO,
            LAYER => self.sol.boundaries[layer],
            _ => *self.sol.boundaries.last().expect("there is one"),
        };
        let siblings = end.map(|end| {
            let digests = self.run.digests(end);
            merkle::open_range(&digests, position..position + 1).iter().flat_map(|hash| hash.0).collect::<Vec<_>>()
        });
        let part = Part {
            modelId: self.claimed,
            layer: place.layer,
            ids: word(vector::ids(&self.run.ids)),
            before,
            tensors: trace.roots().into_iter().map(word).collect(),
            ..self.run.part(position)
        };
        let end = end.map_or(B256::ZERO, |end| self.sol.boundaries[end]);
        Revealed { part, trace, end, siblings: siblings.unwrap_or_default().into() }
    }
}

/// A part with what its asserter knows of it.
pub struct Revealed {
    /// What is committed to.
    pub part: Part,
    /// Its tensors.
    pub trace: Box<dyn Traced>,
    /// The root of the boundary that it ends in.
    pub end: B256,
    /// The way of the last tensor to it.
    pub siblings: Bytes,
}

impl Revealed {
    /// Every step of the part.
    pub fn steps(&self) -> Vec<Step> {
        let tensors = self.trace.tensors().iter().enumerate();
        let places = tensors.flat_map(|(tensor, t)| {
            let leaves = move |row| (0..t.leaves(row)).map(move |leaf| Place { tensor, row, leaves: (leaf, leaf + 1) });
            (0..t.rows()).flat_map(leaves)
        });
        places.flat_map(|place| self.trace.writing(&place)).chain(self.trace.choosing()).collect()
    }
}

/// A digest as a word.
pub fn word(hash: Hash) -> B256 {
    B256::from(hash.0)
}
