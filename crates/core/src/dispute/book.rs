//! A run of a model on given ids, from which every part can be revealed. Between questions only digests are kept; what a part needs is run again.

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolValue;

use super::abi::{Claimed, Part, Place, Run, Sampler as SolSampler};
use super::form::Form;
use super::stage;
use crate::backend::Backend;
use crate::commit::{Hash, merkle};
use crate::content::content_ids;
use crate::model::Model;
use crate::model::forward::Session;
use crate::ops::sample::{draw, sample};
use crate::request::Request;
use crate::scalar::Ints;
use crate::tokenizer::Tokenizer;
use crate::trace::step::choice::{ChoiceTrace, EmbeddingTrace};
use crate::trace::step::layer::LayerTrace;
use crate::trace::step::opened::Part as Traced;
use crate::trace::step::picture::{PictureTrace, drawn};
use crate::trace::{Observer, vector};

/// A run.
#[derive(Clone, Debug)]
pub struct Book {
    form: Form,
    /// Of each boundary, the digest of each position.
    digests: Vec<Vec<Hash>>,
    /// What the model chooses after each position from the last of the prompt on.
    choices: Vec<u32>,
    /// The file of the picture that the ids stand for, if the model draws.
    picture: Option<Vec<u8>>,
}

/// A part with its tensors.
pub struct Revealed {
    /// What is committed to.
    pub part: Part,
    /// The tensors.
    pub trace: Box<dyn Traced>,
    /// The root of the boundary that the part ends in; zero for a choice, and for a picture the digest of its file.
    pub end: B256,
    /// The digests beside the part's last tensor in that boundary.
    pub siblings: Bytes,
}

/// Collects digests, and the vectors of one boundary up to a position.
struct Taker {
    digests: Vec<Vec<Hash>>,
    wanted: Option<(usize, usize)>,
    vectors: Vec<i32>,
}

impl<B: Backend<Ints = Ints>> Observer<B> for Taker {
    fn boundary(&mut self, backend: &mut B, boundary: usize, x: &Ints) {
        match self.wanted {
            None => self.digests[boundary].extend(backend.digests(x).expect("these tensors are here")),
            Some((wanted, positions)) if wanted == boundary => {
                let room = positions * x.n - self.vectors.len();
                self.vectors.extend_from_slice(&x.v[..room.min(x.v.len())]);
            }
            Some(_) => {}
        }
    }
}

/// A run that is being made, a window of positions at a time.
pub struct Running<B: Backend> {
    form: Form,
    taker: Taker,
    choices: Vec<u32>,
    picture: Option<Vec<u8>>,
    session: Session<B>,
}

impl<B: Backend<Ints = Ints>> Running<B> {
    /// Begin to run the ids of a form through a model, whatever it would choose itself.
    pub fn new(model: &Model<B>, form: Form) -> Self {
        let boundaries = model.manifest.config.n_layers as usize + 1;
        let taker = Taker { digests: vec![Vec::new(); boundaries], wanted: None, vectors: Vec::new() };
        let window = crate::generate::window(&model.manifest.config).min(form.ids.len() - 1);
        Self { form, taker, choices: Vec::new(), picture: None, session: model.session(window) }
    }

    /// Positions that were run, and all of them.
    pub fn progress(&self) -> (usize, usize) {
        (self.session.position(), self.form.ids.len() - 1)
    }

    /// Run the next positions; false if there are none.
    ///
    /// # Panics
    /// If an id that is read is outside the vocabulary.
    pub fn step(&mut self, model: &mut Model<B>) -> bool {
        let (start, positions) = self.progress();
        if start == positions {
            return false;
        }
        let Form { ids, prompt, sampler, seed, .. } = &self.form;
        let end = positions.min(start + self.session.capacity());
        let heads = end.saturating_sub(start.max(prompt - 1));
        let logits = model.forward_observed(&mut self.session, &ids[start..end], heads, Some(&mut self.taker));
        let vocab = model.manifest.config.vocab as usize;
        for logits in logits.v.chunks_exact(vocab).take(heads) {
            let index = self.choices.len() as u64;
            let u = if sampler.beta > 0 { draw(&seed.0, index) } else { 0 };
            self.choices.push(sample(logits, sampler, u));
        }
        if end == positions {
            self.picture = model.draw(&self.form.ids[self.form.prompt..]).map(drawn);
        }
        true
    }

    /// The run, once nothing is left of it.
    ///
    /// # Panics
    /// If something is.
    pub fn finish(self) -> Book {
        let (done, total) = self.progress();
        assert_eq!(done, total, "the run has not ended");
        Book { form: self.form, digests: self.taker.digests, choices: self.choices, picture: self.picture }
    }
}

impl Book {
    /// Run the ids of a form through a model, whatever it would choose itself.
    ///
    /// # Panics
    /// If an id that is read is outside the vocabulary.
    pub fn new<B: Backend<Ints = Ints>>(model: &mut Model<B>, form: Form) -> Self {
        let mut running = Running::new(model, form);
        while running.step(model) {}
        running.finish()
    }

    /// What the run says.
    pub const fn form(&self) -> &Form {
        &self.form
    }

    /// The file of the picture that the ids stand for; none if the model writes.
    pub fn picture(&self) -> Option<&[u8]> {
        self.picture.as_deref()
    }

    /// The roots of the boundaries.
    pub fn boundaries(&self) -> Vec<B256> {
        self.digests.iter().map(|digests| word(merkle::root(digests))).collect()
    }

    /// The digests of a boundary.
    pub fn digests(&self, boundary: usize) -> &[Hash] {
        &self.digests[boundary]
    }

    /// The first position after which the model chooses another id than the run has.
    pub fn other_choice(&self) -> Option<u32> {
        let output = &self.form.ids[self.form.prompt..];
        let index = self.choices.iter().zip(output).position(|(a, b)| a != b)?;
        Some((self.form.prompt - 1 + index) as u32)
    }

    /// Whether the run has such a part.
    pub fn has(&self, place: &Place) -> bool {
        let position = place.position as usize;
        let is_layer = place.stage == stage::LAYER && (place.layer as usize) < self.digests.len() - 1;
        let is_choice = place.stage == stage::CHOICE && position + 1 >= self.form.prompt;
        if place.stage == stage::PICTURE {
            return self.picture.is_some() && (place.layer, place.position) == (0, 0);
        }
        position + 1 < self.form.ids.len() && (place.stage == stage::EMBEDDING || is_layer || is_choice)
    }

    /// Reveal a part of the run, as one of the model `claimed`.
    ///
    /// # Panics
    /// If the run has no such part.
    pub fn reveal<B: Backend<Ints = Ints>>(&self, model: &mut Model<B>, claimed: B256, place: &Place) -> Revealed {
        if place.stage == stage::PICTURE {
            return self.drawn(model, claimed, place);
        }
        let (layer, position) = (place.layer as usize, place.position as usize);
        let before = match place.stage {
            stage::EMBEDDING => 0,
            stage::LAYER => layer,
            _ => self.digests.len() - 1,
        };
        let vectors = self.vectors(model, before, position + 1);
        let later = &self.digests[before][position + 1..];
        let width = model.manifest.config.d_model as usize;
        let (trace, end): (Box<dyn Traced>, _) = match place.stage {
            stage::EMBEDDING => {
                let after = &vectors[position * width..];
                (Box::new(EmbeddingTrace::new(&self.form.ids, position, after)), Some(0))
            }
            stage::LAYER => (Box::new(LayerTrace::new(model, layer, &vectors, later)), Some(layer + 1)),
            _ => (Box::new(ChoiceTrace::new(model, &self.form.sampler, &self.form.ids, &vectors, later)), None),
        };
        let siblings = end.map(|end| merkle::open_range(&self.digests[end], position..position + 1)).unwrap_or_default();
        let part = Part {
            before: if place.stage == stage::EMBEDDING { B256::ZERO } else { word(merkle::root(&self.digests[before])) },
            tensors: trace.roots().into_iter().map(word).collect(),
            ..self.known(claimed, place)
        };
        let end = end.map_or(B256::ZERO, |end| word(merkle::root(&self.digests[end])));
        Revealed { part, trace, end, siblings: siblings.iter().flat_map(|hash| hash.0).collect() }
    }

    fn drawn<B: Backend<Ints = Ints>>(&self, model: &mut Model<B>, claimed: B256, place: &Place) -> Revealed {
        let trace = PictureTrace::new(model, &self.form.ids, self.form.prompt).expect("the model draws");
        let tensors: Vec<B256> = trace.roots().into_iter().map(word).collect();
        let end = *tensors.last().expect("the file of the picture is the last of them");
        let part = Part { layer: trace.convolutions() as u32, tensors, ..self.known(claimed, place) };
        Revealed { part, trace: Box::new(trace), end, siblings: Bytes::new() }
    }

    fn known(&self, claimed: B256, place: &Place) -> Part {
        let Form { ids, prompt, sampler, seed, .. } = &self.form;
        Part {
            modelId: claimed,
            positions: ids.len() as u32 - 1,
            prompt: *prompt as u32,
            position: place.position,
            layer: place.layer,
            sampler: SolSampler { beta: sampler.beta, topK: sampler.top_k, topP: sampler.top_p, seed: seed.0.into() },
            ids: word(vector::ids(ids)),
            before: B256::ZERO,
            tensors: Vec::new(),
        }
    }

    fn vectors<B: Backend<Ints = Ints>>(&self, model: &mut Model<B>, boundary: usize, positions: usize) -> Vec<i32> {
        let mut taker = Taker { digests: Vec::new(), wanted: Some((boundary, positions)), vectors: Vec::new() };
        let window = crate::generate::window(&model.manifest.config).min(positions);
        let mut session = model.session(window);
        for chunk in self.form.ids[..positions].chunks(window) {
            model.forward_observed(&mut session, chunk, 0, Some(&mut taker));
        }
        taker.vectors
    }
}

/// What is asserted of a model's answer to a request: the output ids, with what they stand for and the boundaries of the run.
///
/// # Panics
/// If an id is outside the vocabulary, or they exceed the context.
pub fn assertion<B: Backend<Ints = Ints>>(
    model: &mut Model<B>,
    tokenizer: &Tokenizer,
    request: &Request,
    prompt: &[u32],
    output: &[u32],
) -> (Run, Book) {
    let written = if model.manifest.config.image.is_some() { &[] } else { content_ids(output, tokenizer.stop_ids()) };
    let pieces: Vec<&[u8]> = written.iter().map(|&id| tokenizer.id_bytes(id)).collect();
    let ids = [prompt, output].concat();
    let lengths = pieces.iter().map(|piece| piece.len()).collect();
    let book = Book::new(model, Form { ids, prompt: prompt.len(), sampler: request.sampler, seed: request.seed, lengths });
    let run = Run {
        modelId: model.id.0.into(),
        prompt: request.canonical().into_bytes().into(),
        content: book.picture().map_or_else(|| pieces.concat(), <[u8]>::to_vec).into(),
        promptIds: prompt.len() as u32,
        ids: book.form.ids.iter().flat_map(|id| id.to_be_bytes()).collect(),
        lengths: pieces.iter().flat_map(|piece| (piece.len() as u16).to_be_bytes()).collect(),
        boundaries: book.boundaries(),
    };
    (run, book)
}

/// What an assertion of a run is about; the digest of its encoding is the assertion's number.
pub fn claimed(asserter: Address, run: &Run) -> Claimed {
    let rest = (run.promptIds, run.ids.clone(), run.lengths.clone(), run.boundaries.clone());
    Claimed {
        asserter,
        modelId: run.modelId,
        requestHash: keccak256(&run.prompt),
        contentHash: keccak256(&run.content),
        traceHash: keccak256(rest.abi_encode_params()),
    }
}

fn word(hash: Hash) -> B256 {
    hash.0.into()
}
