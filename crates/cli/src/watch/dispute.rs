//! Goes on with one wrong assertion: asks the chain, and does what the case says.

use openimo_core::dispute::{Case, Deed, Next, Send};
use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::trace::step::weights::Weights;

use crate::chain::auto::Sender;
use crate::chain::verifier::Verifier;
use crate::failure::Failure;

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
    let number = case.number();
    // A node that is behind what was sent would have it done twice.
    let mut sent = 0;
    loop {
        let (look, block) = contract.look(number, sender.account(), from)?;
        if block.number < sent {
            return Ok(false);
        }
        case.catch_up(&look, block.timestamp, model, weights);
        match case.next(&look, block.timestamp, weights, &mut |part, witness| contract.holds(part, witness))? {
            Next::Wait => return Ok(false),
            Next::Refuted => {
                println!("refuted {number}");
                return Ok(true);
            }
            Next::Beyond => {
                println!("lost {number}: it is wrong, and beyond every challenge");
                return Ok(true);
            }
            Next::Nothing(id) => return Err(Failure::new(format!("nothing wrong is found in challenge {id} of {number}"))),
            Next::Send(Send { value, data, deed }) => {
                sent = sender.send(&contract.node, contract.address, value, data)?.block;
                match deed {
                    Deed::Challenge(place) => println!("challenged {number}: {place}"),
                    deed => println!("{deed} ({number})"),
                }
            }
        }
    }
}
