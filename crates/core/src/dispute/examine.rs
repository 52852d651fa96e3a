//! Whether an asserted run is right.

use super::abi::{Place, Run};
use super::book::Book;
use super::form::{self, Form};
use super::stage;
use crate::backend::Backend;
use crate::model::Model;
use crate::scalar::Ints;
use crate::tokenizer::Tokenizer;

/// What is wrong with a run, in the order in which it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// A run with what running the model found.
#[derive(Debug)]
pub struct Examination {
    /// What is wrong; none if the run is right.
    pub fault: Option<Fault>,
    /// The model's own run, where it could be run.
    pub book: Option<Book>,
}

/// Run the model on an asserted run of it.
///
/// # Panics
/// If the run is of another model.
pub fn examine<B: Backend<Ints = Ints>>(model: &mut Model<B>, tokenizer: &Tokenizer, run: &Run) -> Examination {
    assert_eq!(run.modelId.0, model.id.0, "the run is of another model");
    let found = |fault| Examination { fault: Some(fault), book: None };
    let Some(form) = form::read(run, &model.manifest) else { return found(Fault::Form) };
    let vocab = model.manifest.config.vocab;
    if let Some(index) = other_piece(tokenizer, vocab, run, &form) {
        return found(Fault::Piece { index });
    }
    if let Some(position) = form.ids[..form.ids.len() - 1].iter().position(|&id| id >= vocab) {
        return found(Fault::Id { position: position as u32 });
    }
    let book = Book::new(model, form);
    let other = book.boundaries().iter().zip(&run.boundaries).position(|(a, b)| a != b);
    let fault = match other {
        Some(boundary) => Some(Fault::Boundary { boundary }),
        None => book.other_choice().map(|position| Fault::Choice { position }),
    };
    Examination { fault, book: Some(book) }
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

impl Fault {
    /// The part to challenge first, for what needs a challenge.
    pub(super) const fn place(&self, position: u32) -> Option<Place> {
        match *self {
            Self::Form | Self::Piece { .. } => None,
            Self::Id { position } => Some(Place { stage: stage::EMBEDDING, layer: 0, position }),
            Self::Boundary { boundary: 0 } => Some(Place { stage: stage::EMBEDDING, layer: 0, position }),
            Self::Boundary { boundary } => Some(Place { stage: stage::LAYER, layer: boundary as u32 - 1, position }),
            Self::Choice { position } => Some(Place { stage: stage::CHOICE, layer: 0, position }),
        }
    }
}
