//! The referee on a chain.

use alloy_primitives::Address;
use alloy_sol_types::{SolCall, SolError};

use super::{NoSuchLeaves, NoSuchStep, NotCommitted, NotOfModel, Part, WitnessTooLong, WitnessTooShort, WrongTensors, holdsCall};
use crate::evm::Evm;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It gives what is committed.
    Holds,
    /// It does not.
    DoesNotHold,
    /// The witness is refused, with an error of this name.
    Refused(&'static str),
}

/// What the referee refuses witnesses with.
pub const ERRORS: [([u8; 4], &str); 7] = [
    (NoSuchStep::SELECTOR, "NoSuchStep"),
    (WrongTensors::SELECTOR, "WrongTensors"),
    (NotCommitted::SELECTOR, "NotCommitted"),
    (NotOfModel::SELECTOR, "NotOfModel"),
    (NoSuchLeaves::SELECTOR, "NoSuchLeaves"),
    (WitnessTooShort::SELECTOR, "WitnessTooShort"),
    (WitnessTooLong::SELECTOR, "WitnessTooLong"),
];

/// A chain with a referee.
pub struct Chain {
    evm: Evm,
    referee: Address,
}

impl Default for Chain {
    fn default() -> Self {
        let mut evm = Evm::default();
        let referee = evm.deploy("Referee", &[]).expect("it takes nothing");
        Self { evm, referee }
    }
}

impl Chain {
    /// What the referee says of a step, and the gas of a transaction that asks it.
    ///
    /// # Panics
    /// If it reverts with an error that is not one of its own.
    pub fn rule(&mut self, program: &[u8], part: &Part, witness: &[u8]) -> (Ruling, u64) {
        let call = holdsCall { program: program.to_vec().into(), part: part.clone(), witness: witness.to_vec().into() };
        let (answer, gas) = self.evm.call(self.referee, call.abi_encode());
        let ruling = match answer {
            Ok(data) => match holdsCall::abi_decode_returns(&data).expect("a bool") {
                true => Ruling::Holds,
                false => Ruling::DoesNotHold,
            },
            Err(data) => {
                let name = ERRORS.iter().find(|(selector, _)| data.starts_with(selector));
                Ruling::Refused(name.unwrap_or_else(|| panic!("the referee reverts with {data}")).1)
            }
        };
        (ruling, gas)
    }
}
