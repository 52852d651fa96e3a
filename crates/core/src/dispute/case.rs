//! One wrong assertion, until it is refuted: what somebody who has run the model does next, given what the chain says. The chain is the memory:
//! a case that is begun anew from the same look comes to the same next move.

use std::fmt;

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};

use super::abi::{self, Part, Place, Run};
use super::book::{Book, claimed};
use super::challenger::{Challenger, Move};
use super::examine::{Examination, Fault};
use super::look::{self, Event, Log, Look, Terms, status, turn};
use crate::backend::Backend;
use crate::model::Model;
use crate::scalar::Ints;
use crate::trace::step::Step;
use crate::trace::step::weights::Weights;

/// A wrong assertion and what is known of it.
pub struct Case {
    account: Address,
    terms: Terms,
    program: Bytes,
    number: B256,
    asserter: Address,
    run: Run,
    fault: Fault,
    book: Option<Book>,
    /// None where no challenge is needed.
    challenger: Option<Challenger>,
    /// The challenge that is gone on with.
    id: Option<U256>,
    /// Its events that the challenger has seen.
    seen: Vec<Log>,
    /// What was revealed last, and the step that was asked for.
    part: Option<Part>,
    asked: Option<[u8; 13]>,
}

/// Asks the referee whether a step of a part holds, given its witness.
pub type Holds<'a, E> = dyn FnMut(&Part, &[u8]) -> Result<bool, E> + 'a;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Call the verifier.
    Send(Send),
    /// Wait for somebody else, or for time to pass.
    Wait,
    /// It was refuted, and nothing is owed any more.
    Refuted,
    /// It is wrong, and beyond every challenge.
    Beyond,
    /// There is none any more: the chain was reorganised. It may come back.
    Gone,
    /// Nothing wrong is found in a challenge. With a right referee and a wrong run this does not happen.
    Nothing(U256),
}

/// A call of the verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// Wei.
    pub value: U256,
    /// Calldata.
    pub data: Vec<u8>,
    /// What it does.
    pub deed: Deed,
}

/// What a call does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Refutes at once.
    Refute,
    /// Challenges a part.
    Challenge(Place),
    /// Shows a step that does not hold.
    Prove(U256),
    /// Asks for a step.
    Ask(U256, Step),
    /// Challenges another part.
    Relocate(U256, Place),
    /// Ends a challenge whose asserter is silent.
    Timeout(U256),
    /// Fetches the bond of a challenge that somebody else has made needless.
    Reclaim(U256),
    /// Fetches what is owed.
    Withdraw,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refute => write!(f, "refutation at sight"),
            Self::Challenge(place) => write!(f, "challenge of {place}"),
            Self::Prove(id) => write!(f, "proof in challenge {id}: a step does not hold"),
            Self::Ask(id, step) => write!(f, "question in challenge {id}: {:?}", step.kind),
            Self::Relocate(id, place) => write!(f, "elsewhere in challenge {id}: {place}"),
            Self::Timeout(id) => write!(f, "silence in challenge {id}"),
            Self::Reclaim(id) => write!(f, "bond of challenge {id} back"),
            Self::Withdraw => write!(f, "what is owed"),
        }
    }
}

impl Case {
    /// Of an assertion in which running the model found a fault; none if it found none. `program` is the model's, and `account` challenges.
    pub fn new(account: Address, terms: Terms, program: Bytes, asserter: Address, run: Run, found: Examination) -> Option<Self> {
        let number = keccak256(claimed(asserter, &run).abi_encode());
        let (fault, book) = (found.fault?, found.book);
        let mut case = Self {
            account,
            terms,
            program,
            number,
            asserter,
            run,
            fault,
            book,
            challenger: None,
            id: None,
            seen: Vec::new(),
            part: None,
            asked: None,
        };
        case.start(None);
        Some(case)
    }

    /// What is wrong.
    pub const fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The challenge that is gone on with.
    pub const fn challenge(&self) -> Option<U256> {
        self.id
    }

    /// The assertion's number.
    pub const fn number(&self) -> B256 {
        self.number
    }

    /// Of a challenge that nothing is known of yet, or of none.
    fn start(&mut self, id: Option<U256>) {
        let ids = self.run.ids.chunks_exact(4).map(|id| u32::from_be_bytes(id.try_into().expect("four bytes"))).collect();
        let challenger = Challenger::new(self.fault.clone(), self.book.clone(), ids).ok();
        self.challenger = challenger.map(|challenger| challenger.knowing(&self.run.content));
        (self.id, self.part, self.asked) = (id, None, None);
        self.seen.clear();
    }

    /// Learn what happened since the last look; all of it after a new start. `now` is the time of the look's block. Of weights only the
    /// lengths are looked at.
    pub fn catch_up<B: Backend<Ints = Ints>>(&mut self, look: &Look, now: u64, model: &mut Model<B>, weights: Weights<'_>) {
        if look.standing.status != status::ASSERTED {
            return;
        }
        // One that is late is lost: another challenge is needed.
        let is_live = |challenge: &&look::Challenged| {
            challenge.turn != turn::CLOSED && !(challenge.turn == turn::CHALLENGER && now >= challenge.deadline)
        };
        let live = look.challenges.iter().filter(is_live);
        let found = live.clone().find(|challenge| Some(challenge.id) == self.id).or_else(|| live.clone().next());
        // Where the chain was reorganised, other things have happened.
        let goes_on = found.is_none_or(|challenge| challenge.events.starts_with(&self.seen));
        if found.map(|challenge| challenge.id) != self.id || !goes_on {
            self.start(found.map(|challenge| challenge.id));
        }
        let (Some(found), Some(challenger)) = (found, &mut self.challenger) else { return };
        for event in found.events[self.seen.len()..].iter().filter_map(Event::of) {
            match event {
                Event::Challenged(place) => challenger.relocated(place),
                Event::Revealed(part, siblings) => {
                    challenger.revealed(model, &part, &siblings);
                    self.part = Some(part);
                }
                Event::Asked(step) => self.asked = Some(step),
                Event::Defended(witness) => {
                    if let Some(step) = self.asked.take().as_ref().and_then(Step::read) {
                        challenger.defended(weights, step, &witness);
                    }
                }
            }
        }
        self.seen.clone_from(&found.events);
    }

    /// What to do next, after having caught up with the look. `holds` asks the referee about a witness.
    ///
    /// # Errors
    /// Those of `holds`.
    pub fn next<E>(&mut self, look: &Look, now: u64, weights: Weights<'_>, holds: &mut Holds<'_, E>) -> Result<Next, E> {
        let in_window = now < look.standing.deadline;
        Ok(match (look.standing.status, self.id) {
            (status::ASSERTED, Some(id)) => self.challenged(id, look, now, weights, holds)?,
            // While another's challenge is open it can be refuted at sight, but not be challenged any more.
            (status::ASSERTED, None) if in_window || (look.standing.open > 0 && self.challenger.is_none()) => self.begin(weights),
            (status::ASSERTED, None) if look.standing.open > 0 => Next::Wait,
            (status::REFUTED, _) => self.refuted(look),
            (status::NONE, _) => Next::Gone,
            _ => Next::Beyond,
        })
    }

    /// Refute at once, or challenge.
    fn begin(&self, weights: Weights<'_>) -> Next {
        let (asserter, run, program) = (self.asserter, self.run.clone(), self.program.clone());
        match (&self.fault, &self.challenger) {
            (Fault::Piece { index }, _) => {
                let at = 4 * (run.promptIds as usize + index);
                let id = u32::from_be_bytes(run.ids[at..at + 4].try_into().expect("four bytes"));
                let (index, witness) = (U256::from(*index), Bytes::from(weights.piece(id)));
                let call = abi::refutePieceCall { asserter, run, program, index, witness };
                free(Deed::Refute, &call)
            }
            (_, Some(challenger)) => {
                let place = Place { ..*challenger.place() };
                let call = abi::challengeCall { asserter, run, program, place: Place { ..place } };
                Next::Send(Send { value: self.terms.stake(), data: call.abi_encode(), deed: Deed::Challenge(place) })
            }
            (_, None) => free(Deed::Refute, &abi::refuteFormCall { asserter, run, program }),
        }
    }

    /// Go on with a challenge.
    fn challenged<E>(
        &mut self,
        id: U256,
        look: &Look,
        now: u64,
        weights: Weights<'_>,
        holds: &mut Holds<'_, E>,
    ) -> Result<Next, E> {
        let Some(found) = look.challenges.iter().find(|challenge| challenge.id == id) else { return Ok(Next::Wait) };
        if found.turn != turn::CHALLENGER {
            return Ok(if now >= found.deadline { free(Deed::Timeout(id), &abi::timeoutCall { id }) } else { Next::Wait });
        }
        let (Some(challenger), Some(part)) = (&mut self.challenger, &self.part) else { return Ok(Next::Wait) };
        let (asserter, program) = (self.asserter, self.program.clone());
        Ok(match challenger.next(weights, &mut |witness| holds(part, witness))? {
            Move::Prove(witness) => {
                free(Deed::Prove(id), &abi::proveCall { id, program, part: part.clone(), witness: witness.into() })
            }
            Move::Ask(step) => {
                let data = abi::askCall { id, step: FixedBytes::from_slice(&step.to_bytes()) }.abi_encode();
                Next::Send(Send { value: self.terms.question_fee, data, deed: Deed::Ask(id, step) })
            }
            Move::Relocate(place) => {
                let run = self.run.clone();
                let data = abi::relocateCall { id, asserter, run, program, place: Place { ..place } }.abi_encode();
                Next::Send(Send { value: self.terms.question_fee, data, deed: Deed::Relocate(id, place) })
            }
            Move::Nothing => Next::Nothing(id),
        })
    }

    /// The assertion is refuted, by this account or another: fetch what is owed.
    fn refuted(&self, look: &Look) -> Next {
        match look.challenges.iter().find(|challenge| challenge.turn != turn::CLOSED) {
            Some(&look::Challenged { id, .. }) => free(Deed::Reclaim(id), &abi::reclaimCall { id }),
            None if look.credit.is_zero() => Next::Refuted,
            None => free(Deed::Withdraw, &abi::withdrawCall { to: self.account }),
        }
    }
}

/// A call that pays nothing.
fn free(deed: Deed, call: &impl SolCall) -> Next {
    Next::Send(Send { value: U256::ZERO, data: call.abi_encode(), deed })
}
