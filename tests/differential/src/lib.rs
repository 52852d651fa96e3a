//! The rules of money of `openimo_core::revshare` against the bytecode of the contracts: both do the same random operations, and everything
//! that a contract answers, pays or refuses must be what the rules say, to the unit and to the byte of an error.
//!
//! A model of a contract keeps what the contract keeps, in plain maps; every amount is computed by the core. A model with one rule changed
//! must be found out, else the comparison proves nothing.

#![forbid(unsafe_code)]

pub mod evm;
pub mod offering;
pub mod revshare;
pub mod tally;
