//! One wrong assertion, until it is refuted.

use alloy_primitives::{Bytes, FixedBytes, U256};
use alloy_sol_types::SolCall;
use openimo_core::dispute::abi::{self, Place};
use openimo_core::dispute::{Book, Challenger, Fault, Move};
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::trace::step::Step;
use openimo_core::trace::step::weights::Weights;

use crate::chain::auto::Sender;
use crate::chain::verifier::{Asserted, Event, Status, Verifier};
use crate::failure::Failure;
use crate::report::Note;

/// Whose turn it is, as the contract numbers it.
const CLOSED: u8 = 0;
const CHALLENGER: u8 = 2;

/// A wrong assertion and what was done about it.
pub struct Dispute {
    asserted: Asserted,
    fault: Fault,
    book: Option<Book>,
    challenger: Option<Challenger>,
    id: Option<U256>,
    /// Events of the challenge that the challenger has seen.
    applied: usize,
    /// What was revealed last, and the step that was asked for.
    part: Option<abi::Part>,
    asked: Option<[u8; 13]>,
}

impl Dispute {
    /// Nothing was done yet.
    pub fn new(asserted: Asserted, fault: Fault, book: Option<Book>) -> Self {
        let mut dispute = Self { asserted, fault, book, challenger: None, id: None, applied: 0, part: None, asked: None };
        dispute.start(None);
        dispute
    }

    /// Whether a challenge of this account is open.
    pub const fn is_challenged(&self) -> bool {
        self.id.is_some()
    }

    /// What is disputed.
    pub fn into_asserted(self) -> Asserted {
        self.asserted
    }

    /// Of a challenge that nothing is known of yet, or of none.
    fn start(&mut self, id: Option<U256>) {
        let ids = &self.asserted.run.ids;
        let ids = ids.chunks_exact(4).map(|id| u32::from_be_bytes(id.try_into().expect("four bytes"))).collect();
        self.challenger = Challenger::new(self.fault.clone(), self.book.clone(), ids).ok();
        (self.id, self.applied, self.part, self.asked) = (id, 0, None, None);
    }

    /// The account's challenge that can be gone on with.
    fn mine(&self, contract: &Verifier, sender: &Sender, now: u64) -> Result<Option<U256>, Failure> {
        for id in contract.challenges(self.asserted.number, Some(sender.account()), self.asserted.block)? {
            let challenge = contract.challenge(id)?;
            let is_lost = challenge.turn == CHALLENGER && now >= challenge.deadline.to::<u64>();
            if challenge.turn != CLOSED && !is_lost {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Do what can be done now; whether it is over.
    ///
    /// # Errors
    /// If the node cannot be asked, or a transaction fails; it can be gone on with.
    pub fn go_on(
        &mut self,
        contract: &Verifier,
        sender: &mut Sender,
        model: &mut Model<Simd>,
        weights: Weights<'_>,
        now: u64,
    ) -> Result<bool, Failure> {
        let number = self.asserted.number;
        // A challenge that is closed, or another's since the chain was reorganised, is none that can be gone on with.
        if let Some(id) = self.id {
            let challenge = contract.challenge(id)?;
            let is_mine = challenge.assertion == number && challenge.challenger == sender.account();
            if !is_mine || (challenge.turn == CLOSED && contract.status(number, now)? != Status::Refuted) {
                self.start(None);
            }
        }
        if self.id.is_none()
            && self.challenger.is_some()
            && let Some(id) = self.mine(contract, sender, now)?
        {
            self.start(Some(id));
        }
        match contract.status(number, now)? {
            Status::Asserted => {}
            Status::Challenged if self.id.is_some() || self.challenger.is_none() => {}
            // Too late for a challenge of one's own; others may still win.
            Status::Challenged => return Ok(false),
            Status::Refuted => return self.refuted(contract, sender),
            // The chain was reorganised; it may come back.
            Status::Gone => return Ok(true),
            Status::Other => {
                sender.tell(&Note::Beyond { assertion: number });
                return Ok(true);
            }
        }
        match self.id {
            Some(id) => self.challenged(id, contract, sender, model, weights, now)?,
            None => self.begin(contract, sender, weights)?,
        }
        match contract.status(number, now)? {
            Status::Refuted => self.refuted(contract, sender),
            _ => Ok(false),
        }
    }

    /// Refute at once, or challenge.
    fn begin(&mut self, contract: &Verifier, sender: &mut Sender, weights: Weights<'_>) -> Result<(), Failure> {
        let Asserted { asserter, run, number, .. } = &self.asserted;
        let (asserter, run, program) = (*asserter, run.clone(), contract.program.clone());
        match (&self.fault, &self.challenger) {
            (Fault::Piece { index }, _) => {
                let at = 4 * (run.promptIds as usize + index);
                let id = u32::from_be_bytes(run.ids[at..at + 4].try_into().expect("four bytes"));
                let (index, witness) = (U256::from(*index), Bytes::from(weights.piece(id)));
                let call = abi::refutePieceCall { asserter, run, program, index, witness };
                sender.send(&contract.node, contract.address, U256::ZERO, call.abi_encode())?;
            }
            (_, Some(challenger)) => {
                let place = Place { ..*challenger.place() };
                let call = abi::challengeCall { asserter, run, program, place };
                sender.send(&contract.node, contract.address, contract.stake(), call.abi_encode())?;
                sender.tell(&Note::Challenged { assertion: *number });
            }
            (_, None) => {
                let call = abi::refuteFormCall { asserter, run, program };
                sender.send(&contract.node, contract.address, U256::ZERO, call.abi_encode())?;
            }
        }
        Ok(())
    }

    /// Go on with a challenge.
    fn challenged(
        &mut self,
        id: U256,
        contract: &Verifier,
        sender: &mut Sender,
        model: &mut Model<Simd>,
        weights: Weights<'_>,
        now: u64,
    ) -> Result<(), Failure> {
        self.catch_up(id, contract, model, weights)?;
        let challenge = contract.challenge(id)?;
        let is_late = now >= challenge.deadline.to::<u64>();
        let number = self.asserted.number;
        let (challenger, part) = match (challenge.turn, &mut self.challenger, &self.part) {
            (CHALLENGER, ..) if is_late => {
                sender.tell(&Note::Late { challenge: id.into(), assertion: number });
                self.start(None);
                return Ok(());
            }
            (CHALLENGER, Some(challenger), Some(part)) => (challenger, part),
            (CLOSED | CHALLENGER, ..) => return Ok(()),
            _ if is_late => {
                sender.tell(&Note::Silence { challenge: id.into(), assertion: number });
                sender.send(&contract.node, contract.address, U256::ZERO, abi::timeoutCall { id }.abi_encode())?;
                return Ok(());
            }
            _ => return Ok(()),
        };
        let (asserter, program) = (self.asserted.asserter, contract.program.clone());
        let mut holds = |witness: &[u8]| contract.holds(part, witness);
        let (value, call) = match challenger.next(weights, &mut holds)? {
            Move::Prove(witness) => {
                sender.tell(&Note::Proof { challenge: id.into(), assertion: number });
                (U256::ZERO, abi::proveCall { id, program, part: part.clone(), witness: witness.into() }.abi_encode())
            }
            Move::Ask(step) => {
                sender.tell(&Note::Question { challenge: id.into(), assertion: number, step: format!("{:?}", step.kind) });
                let step = FixedBytes::from_slice(&step.to_bytes());
                (contract.fee(), abi::askCall { id, step }.abi_encode())
            }
            Move::Relocate(place) => {
                sender.tell(&Note::Elsewhere { challenge: id.into(), assertion: number, position: place.position });
                let run = self.asserted.run.clone();
                (contract.fee(), abi::relocateCall { id, asserter, run, program, place }.abi_encode())
            }
            Move::Nothing => return Err(Failure::new(format!("nothing wrong is found in challenge {id} of {number}"))),
        };
        sender.send(&contract.node, contract.address, value, call)?;
        Ok(())
    }

    /// Learn what happened since the last look; all of it after a new start.
    fn catch_up(&mut self, id: U256, contract: &Verifier, model: &mut Model<Simd>, weights: Weights<'_>) -> Result<(), Failure> {
        let events = contract.events(id, self.asserted.block)?;
        if events.len() < self.applied {
            self.start(Some(id));
        }
        let Some(challenger) = &mut self.challenger else { return Ok(()) };
        for event in events.into_iter().skip(self.applied) {
            self.applied += 1;
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
        Ok(())
    }

    /// The assertion is refuted, by this account or another: fetch what is owed.
    fn refuted(&self, contract: &Verifier, sender: &mut Sender) -> Result<bool, Failure> {
        if let Some(id) = self.id
            && contract.challenge(id)?.turn != CLOSED
        {
            sender.send(&contract.node, contract.address, U256::ZERO, abi::reclaimCall { id }.abi_encode())?;
        }
        let credit = contract.credit(sender.account())?;
        if !credit.is_zero() {
            let call = abi::withdrawCall { to: sender.account() };
            sender.send(&contract.node, contract.address, U256::ZERO, call.abi_encode())?;
        }
        sender.tell(&Note::Refuted { assertion: self.asserted.number });
        Ok(true)
    }
}
