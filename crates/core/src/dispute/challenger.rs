//! The challenger's side of a dispute, move by move.

use super::abi::{Part, Place};
use super::book::{Book, Revealed};
use super::examine::Fault;
use super::locate::Locate;
use super::stage;
use crate::backend::Backend;
use crate::commit::Hash;
use crate::model::Model;
use crate::scalar::Ints;
use crate::trace::step::inquiry::Inquiry;
use crate::trace::step::weights::Weights;
use crate::trace::step::{Kind, Step, Tensor, picture};
use crate::trace::vector;

/// What the challenger does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// `prove`: this witness does not hold.
    Prove(Vec<u8>),
    /// `relocate`: what was revealed here is right.
    Relocate(Place),
    /// `ask`: for this step.
    Ask(Step),
    /// There is nothing more to say: everything that was shown is right. Of a wrong run this does not happen.
    Nothing,
}

/// A challenger who knows what is wrong.
pub struct Challenger {
    fault: Fault,
    book: Option<Book>,
    locate: Option<Locate>,
    place: Place,
    mine: Option<(Revealed, Inquiry)>,
    /// Ids of an asserted run that the model cannot read.
    ids: Vec<u32>,
    /// The content that is asserted, where it is known.
    content: Option<Tensor>,
}

impl Challenger {
    /// Of a fault that a challenge can show; `ids` are all of the asserted run.
    ///
    /// # Errors
    /// The fault, if it needs no challenge.
    pub fn new(fault: Fault, book: Option<Book>, ids: Vec<u32>) -> Result<Self, Fault> {
        let locate = match (&fault, &book) {
            (Fault::Boundary { boundary }, Some(book)) => Some(Locate::new(book.digests(*boundary))),
            _ => None,
        };
        match fault.place(0) {
            Some(place) => Ok(Self { fault, book, locate, place, mine: None, ids, content: None }),
            None => Err(fault),
        }
    }

    /// Who knows also the content that is asserted: of a picture nothing has to be asked then.
    #[must_use]
    pub fn knowing(mut self, content: &[u8]) -> Self {
        self.content = Some(picture::content(content));
        self
    }

    /// The part that is challenged now.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Another part is challenged now: what was moved to before this challenger was made.
    pub fn relocated(&mut self, place: Place) {
        self.place = place;
        self.mine = None;
    }

    /// The asserter has revealed the part.
    pub fn revealed<B: Backend<Ints = Ints>>(&mut self, model: &mut Model<B>, part: &Part, siblings: &[u8]) {
        let Some(book) = self.book.as_ref().filter(|book| book.has(&self.place)) else { return };
        let position = self.place.position as usize;
        let last = part.tensors.last().map_or(Hash([0; 32]), |root| Hash(root.0));
        if self.locate.as_mut().is_some_and(|locate| !locate.learn(position, last, siblings)) {
            self.mine = None;
            return;
        }
        let mine = book.reveal(model, part.modelId, &self.place);
        // The contract takes no other number of them: it is the node that says so.
        if part.tensors.len() != mine.part.tensors.len() {
            self.mine = None;
            return;
        }
        let roots: Vec<Hash> = part.tensors.iter().map(|root| Hash(root.0)).collect();
        let mut inquiry = Inquiry::new(mine.trace.as_ref(), &roots);
        if let Some(content) = self.content.as_ref().filter(|_| self.place.stage == stage::PICTURE) {
            inquiry.see(mine.trace.as_ref(), roots.len() - 1, content);
        }
        self.mine = Some((mine, inquiry));
    }

    /// The asserter has shown the step that was asked for. A witness that is not one of that step teaches nothing.
    pub fn defended(&mut self, weights: Weights<'_>, step: Step, witness: &[u8]) {
        if let Some((mine, inquiry)) = &mut self.mine {
            inquiry.learn(mine.trace.as_ref(), weights, step, witness);
        }
    }

    /// The next move, after a part was revealed: `holds` asks the referee about a witness.
    ///
    /// # Errors
    /// Those of `holds`.
    pub fn next<E>(&mut self, weights: Weights<'_>, holds: &mut dyn FnMut(&[u8]) -> Result<bool, E>) -> Result<Move, E> {
        if matches!(self.fault, Fault::Id { .. }) {
            return Ok(Move::Prove(self.unknown_id()));
        }
        let Some((mine, inquiry)) = &self.mine else {
            let next = self.locate.as_ref().and_then(Locate::next);
            return Ok(match next.and_then(|position| self.fault.place(position as u32)) {
                Some(place) => {
                    self.place = Place { ..place };
                    Move::Relocate(place)
                }
                None => Move::Nothing,
            });
        };
        for (_, witness) in inquiry.witnesses(mine.trace.as_ref(), weights) {
            if !holds(&witness)? {
                return Ok(Move::Prove(witness));
            }
        }
        Ok(inquiry.question(mine.trace.as_ref()).map_or(Move::Nothing, Move::Ask))
    }

    /// The witness that an id which is read is none of the model's: nothing else is opened.
    fn unknown_id(&self) -> Vec<u8> {
        let ids: Vec<i32> = self.ids.iter().map(|id| id.cast_signed()).collect();
        let leaf = self.place.position as usize / vector::LEAF;
        let opened = Tensor::new([vector::leaves(&ids)]).open(0, leaf..leaf + 1);
        [Step::new(Kind::Embedding, 0, 0, 0).to_bytes(), opened].concat()
    }
}
