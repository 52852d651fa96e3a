//! Goes on with one wrong assertion: asks the chain, and does what the case says.

use openimo_core::dispute::{Case, Deed, Next, Send};
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::trace::step::weights::Weights;

use crate::chain::auto::Sender;
use crate::chain::verifier::Verifier;
use crate::failure::Failure;
use crate::report::Note;

/// Do what can be done now; whether it is over. No challenge of it is before block `from`.
///
/// # Errors
/// If the node cannot be asked, or a transaction fails; it can be gone on with.
pub fn go_on(
    case: &mut Case,
    contract: &Verifier,
    sender: &mut Sender,
    model: &mut Model<Simd>,
    weights: Weights<'_>,
    from: u64,
) -> Result<bool, Failure> {
    let assertion = case.number();
    // A node that is behind what was sent would have it done twice.
    let mut sent = 0;
    loop {
        let (look, block) = contract.look(assertion, sender.account(), from)?;
        if block.number < sent {
            return Ok(false);
        }
        let before = case.challenge();
        case.catch_up(&look, block.timestamp, model, weights);
        if let Some(id) = before.filter(|&id| case.challenge() != Some(id) && look.challenges.iter().any(|open| open.id == id)) {
            sender.tell(&Note::Late { challenge: id.into(), assertion });
        }
        match case.next(&look, block.timestamp, weights, &mut |part, witness| contract.holds(part, witness))? {
            Next::Wait => return Ok(false),
            Next::Refuted => {
                sender.tell(&Note::Refuted { assertion });
                return Ok(true);
            }
            Next::Beyond => {
                sender.tell(&Note::Beyond { assertion });
                return Ok(true);
            }
            Next::Gone => return Ok(true),
            Next::Nothing(id) => return Err(Failure::new(format!("nothing wrong is found in challenge {id} of {assertion}"))),
            Next::Send(Send { value, data, deed }) => {
                sent = sender.send(&contract.node, contract.address, value, data)?.block;
                let note = match deed {
                    Deed::Challenge(_) => Note::Challenged { assertion },
                    Deed::Prove(id) => Note::Proof { challenge: id.into(), assertion },
                    Deed::Ask(id, step) => Note::Question { challenge: id.into(), assertion, step: format!("{:?}", step.kind) },
                    Deed::Relocate(id, place) => Note::Elsewhere { challenge: id.into(), assertion, position: place.position },
                    Deed::Timeout(id) => Note::Silence { challenge: id.into(), assertion },
                    // What follows says so.
                    Deed::Refute | Deed::Reclaim(_) | Deed::Withdraw => continue,
                };
                sender.tell(&note);
            }
        }
    }
}
