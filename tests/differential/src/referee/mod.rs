//! Steps of runs in the referee's bytecode, on the witnesses that the core makes: what the model did holds, and what it did not do does not.

pub mod chain;
pub mod compare;
pub mod run;

pub use openimo_core::dispute::abi::{
    NoSuchLeaves, NoSuchStep, NotCommitted, NotOfModel, Part, Sampler, WitnessTooLong, WitnessTooShort, WrongTensors, holdsCall,
};
