//! A court with an honest run of a small model, which is where most disputes begin.

use alloy_primitives::{B256, FixedBytes, U256};
use openimo_core::trace::step::Step;
use openimo_core::verify::testing::bundle_model;

use super::asserted::{Asserted, LAYER, answer};
use super::court::{CHALLENGER, Court, FEE, Sent};
use super::{Place, askCall};

/// A part of the run: its second layer, in the middle.
pub const PLACE: Place = Place { stage: LAYER, layer: 1, position: 4 };

/// A court and the run.
pub struct Case {
    /// The court.
    pub court: Court,
    /// The run.
    pub honest: Asserted,
    /// The program of its model.
    pub program: Vec<u8>,
}

/// Both, with the model registered and nothing asserted.
pub fn case() -> Case {
    let (mut court, tiny) = (Court::default(), bundle_model());
    let answer = answer(&tiny, "Hi there", "1", 6, 3);
    let id = court.register(Asserted::new(&tiny, B256::ZERO, &answer).run.header());
    let honest = Asserted::new(&tiny, id, &answer);
    Case { program: honest.run.program.clone(), court, honest }
}

/// A step as a question names it.
pub fn asked(step: Step) -> FixedBytes<13> {
    FixedBytes::from_slice(&step.to_bytes())
}

impl Case {
    /// The run is asserted and a part of it challenged.
    ///
    /// # Panics
    /// If that is refused.
    pub fn opened(&mut self, place: &Place) -> U256 {
        self.court.assert(&self.honest.sol).expect("the run is asserted");
        self.court.challenge(CHALLENGER, &self.honest.sol, &self.program, place).expect("it can be challenged").0
    }

    /// The challenger asks for a step.
    ///
    /// # Errors
    /// What refuses it.
    pub fn ask(&mut self, id: U256, step: Step) -> Sent {
        self.court.send(CHALLENGER, FEE, &askCall { id, step: asked(step) })
    }
}
