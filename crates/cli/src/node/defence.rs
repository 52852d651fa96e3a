//! Answers to challenges of one's own assertions.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall;
use openimo_core::dispute::abi::{self, Place};
use openimo_core::dispute::look::{Event, turn};
use openimo_core::dispute::{Book, Revealed};
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::trace::step::Step;
use openimo_core::trace::step::weights::Weights;

use crate::chain::auto::Sender;
use crate::chain::verifier::Verifier;
use crate::failure::Failure;
use crate::report::Note;

/// An assertion that is defended.
pub struct Defended<'a> {
    /// Its number.
    pub number: B256,
    /// A block before its first challenge.
    pub block: u64,
    /// The run.
    pub book: &'a Book,
}

/// Make every move that is due in challenges of an assertion.
///
/// # Errors
/// If the node cannot be asked, or a transaction fails; it can be gone on with.
pub fn defend(
    defended: &Defended<'_>,
    verifier: &Verifier,
    sender: &mut Sender,
    model: &mut Model<Simd>,
    weights: Weights<'_>,
) -> Result<(), Failure> {
    for id in verifier.challenges(defended.number, defended.block)? {
        let whose = verifier.challenge(id)?.turn;
        if whose != turn::REVEAL && whose != turn::DEFEND {
            continue;
        }
        let (mut place, mut step) = (None, None);
        for event in verifier.events(id, defended.block)? {
            match event {
                Event::Challenged(found) => place = Some(found),
                Event::Asked(found) => step = Some(found),
                Event::Revealed(..) | Event::Defended(_) => {}
            }
        }
        let Some(place) = place else { continue };
        let revealed = defended.book.reveal(model, B256::from(model.id.0), &place);
        let call = match (whose, step) {
            (turn::REVEAL, _) => reveal(id, &place, revealed),
            (_, Some(step)) => show(id, verifier, &revealed, weights, step),
            _ => continue,
        };
        sender.send(&verifier.node, verifier.address, U256::ZERO, call)?;
        sender.tell(&Note::Defended { challenge: id.into(), assertion: defended.number });
    }
    Ok(())
}

fn reveal(id: U256, place: &Place, revealed: Revealed) -> Vec<u8> {
    let Revealed { part, end, siblings, .. } = revealed;
    abi::revealCall { id, stage: place.stage, part, end, siblings }.abi_encode()
}

/// The witness of a step; of one that is not there, the step alone.
fn show(id: U256, verifier: &Verifier, revealed: &Revealed, weights: Weights<'_>, step: [u8; 13]) -> Vec<u8> {
    let witness = Step::read(&step).and_then(|step| revealed.trace.witness(weights, step));
    let witness = witness.unwrap_or_else(|| step.to_vec()).into();
    let (program, part) = (verifier.program.clone(), revealed.part.clone());
    abi::defendCall { id, program, part, witness }.abi_encode()
}
