//! Disputes of asserted runs: what an asserter asserts and reveals, and how whoever runs the model finds what is wrong and shows it.
//!
//! Nothing here reads or sends. [`form::read`] finds in an asserted run what the chain finds in it; [`Book`] is a run of a model on given ids with
//! which any part can be revealed; [`examine`] says whether an asserted run is right, and if not, where to begin; [`Challenger`] plays the
//! challenger's side from there, and [`Case`] all of it, given what the chain says ([`look`]). The contracts are `contracts/src/dispute`.

pub mod abi;
mod book;
mod case;
mod challenger;
mod examine;
pub mod form;
mod locate;
pub mod look;
#[cfg(test)]
mod tests;

pub use book::{Book, Revealed, assertion, claimed};
pub use case::{Case, Deed, Holds, Next, Send};
pub use challenger::{Challenger, Move};
pub use examine::{Examination, Examining, Fault, examine};

/// Parts of a run, as the contracts number them.
pub mod stage {
    /// The embedding at a position.
    pub const EMBEDDING: u8 = 0;
    /// A layer at a position.
    pub const LAYER: u8 = 1;
    /// The choice of the id after a position.
    pub const CHOICE: u8 = 2;
    /// The picture of all output ids.
    pub const PICTURE: u8 = 3;
}

impl std::fmt::Display for abi::Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.stage {
            stage::EMBEDDING => write!(f, "the embedding at position {}", self.position),
            stage::LAYER => write!(f, "layer {} at position {}", self.layer, self.position),
            stage::PICTURE => write!(f, "the picture"),
            _ => write!(f, "the choice after position {}", self.position),
        }
    }
}
