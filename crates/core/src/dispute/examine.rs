//! Whether an asserted run is right.

use std::fmt;

use alloy_primitives::{B256, Bytes};
use serde::Serialize;

use super::abi::{Place, Run};
use super::book::{Book, Running};
use super::form::{self, Form};
use super::stage;
use crate::backend::Backend;
use crate::model::Model;
use crate::scalar::Ints;
use crate::tokenizer::Tokenizer;

/// What is wrong with a run, in the order in which it is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Fault {
    /// No model could give it: `refuteForm`.
    Form,
    /// An output id stands for other bytes: `refutePiece`.
    Piece {
        /// Its number among those of the output.
        index: usize,
    },
    /// An id that is read is none of the model's, at this position.
    Id {
        /// The position.
        position: u32,
    },
    /// A boundary is another, somewhere.
    Boundary {
        /// The first.
        boundary: usize,
    },
    /// All boundaries are right, and the model chooses another id after this position.
    Choice {
        /// The position.
        position: u32,
    },
    /// All ids are right, and the picture that they stand for is another.
    Picture,
}

/// A run with what running the model found.
#[derive(Debug)]
pub struct Examination {
    /// What is wrong; none if the run is right.
    pub fault: Option<Fault>,
    /// The model's own run, where it could be run.
    pub book: Option<Book>,
}

/// An examination that is being made.
pub struct Examining<B: Backend> {
    state: State<B>,
    boundaries: Vec<B256>,
    content: Bytes,
}

enum State<B: Backend> {
    /// What is wrong was found without running the model.
    Found(Fault),
    Running(Box<Running<B>>),
}

impl<B: Backend<Ints = Ints>> Examining<B> {
    /// Look at what can be seen without the model's numbers.
    ///
    /// # Panics
    /// If the run is of another model.
    pub fn new(model: &Model<B>, tokenizer: &Tokenizer, run: &Run) -> Self {
        assert_eq!(run.modelId.0, model.id.0, "the run is of another model");
        let state = match seen(model, tokenizer, run) {
            Ok(form) => State::Running(Box::new(Running::new(model, form))),
            Err(fault) => State::Found(fault),
        };
        Self { state, boundaries: run.boundaries.clone(), content: run.content.clone() }
    }

    /// Run the model on the next positions: how many are done, of all. None if nothing is left to do.
    pub fn step(&mut self, model: &mut Model<B>) -> Option<(usize, usize)> {
        match &mut self.state {
            State::Found(_) => None,
            State::Running(running) => running.step(model).then(|| running.progress()),
        }
    }

    /// What was found, once nothing is left to do.
    ///
    /// # Panics
    /// If something is.
    pub fn finish(self) -> Examination {
        let book = match self.state {
            State::Found(fault) => return Examination { fault: Some(fault), book: None },
            State::Running(running) => running.finish(),
        };
        let other = book.boundaries().iter().zip(&self.boundaries).position(|(a, b)| a != b);
        let fault = match other {
            Some(boundary) => Some(Fault::Boundary { boundary }),
            None => match book.other_choice() {
                Some(position) => Some(Fault::Choice { position }),
                None => book.picture().is_some_and(|picture| *picture != self.content[..]).then_some(Fault::Picture),
            },
        };
        Examination { fault, book: Some(book) }
    }
}

/// Run the model on an asserted run of it.
///
/// # Panics
/// If the run is of another model.
pub fn examine<B: Backend<Ints = Ints>>(model: &mut Model<B>, tokenizer: &Tokenizer, run: &Run) -> Examination {
    let mut examining = Examining::new(model, tokenizer, run);
    while examining.step(model).is_some() {}
    examining.finish()
}

/// What a run says, or what is wrong with it before the model's numbers are looked at.
fn seen<B: Backend>(model: &Model<B>, tokenizer: &Tokenizer, run: &Run) -> Result<Form, Fault> {
    let form = form::read(run, &model.manifest).ok_or(Fault::Form)?;
    let vocab = model.manifest.config.vocab;
    if let Some(index) = other_piece(tokenizer, vocab, run, &form) {
        return Err(Fault::Piece { index });
    }
    match form.ids[..form.ids.len() - 1].iter().position(|&id| id >= vocab) {
        Some(position) => Err(Fault::Id { position: position as u32 }),
        None => Ok(form),
    }
}

/// The first output id of the model that stands for other bytes. An id that the model does not have stands for nothing that could be looked up;
/// it is wrong where it is read, or chosen.
fn other_piece(tokenizer: &Tokenizer, vocab: u32, run: &Run, form: &Form) -> Option<usize> {
    let mut rest = &run.content[..];
    let output = &form.ids[form.prompt..];
    form.lengths.iter().zip(output).position(|(&length, &id)| {
        let (piece, after) = rest.split_at(length);
        rest = after;
        id < vocab && piece != tokenizer.id_bytes(id)
    })
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => write!(f, "no model gives a run of this form to this request"),
            Self::Piece { index } => write!(f, "output id {index} stands for other bytes"),
            Self::Id { position } => write!(f, "the id at position {position} is none of the model's"),
            Self::Boundary { boundary: 0 } => write!(f, "the embedding gives other numbers"),
            Self::Boundary { boundary } => write!(f, "layer {} gives other numbers", boundary - 1),
            Self::Choice { position } => write!(f, "the model chooses another id after position {position}"),
            Self::Picture => write!(f, "the ids stand for another picture"),
        }
    }
}

impl Fault {
    /// The part to challenge first, for what needs a challenge.
    pub(super) const fn place(&self, position: u32) -> Option<Place> {
        match *self {
            Self::Form | Self::Piece { .. } => None,
            Self::Id { position } => Some(Place { stage: stage::EMBEDDING, layer: 0, position }),
            Self::Boundary { boundary: 0 } => Some(Place { stage: stage::EMBEDDING, layer: 0, position }),
            Self::Boundary { boundary } => Some(Place { stage: stage::LAYER, layer: boundary as u32 - 1, position }),
            Self::Choice { position } => Some(Place { stage: stage::CHOICE, layer: 0, position }),
            Self::Picture => Some(Place { stage: stage::PICTURE, layer: 0, position: 0 }),
        }
    }
}
