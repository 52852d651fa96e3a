//! The revenue flow between a page, a wallet and a chain, without any transport: what to sign and what it says, what to ask a node and what
//! its answers mean, and what is risky about an offering.
//!
//! Nothing here waits or sends. A *plan* is a list of exact requests with previews; [`read`] gives the queries of a view and takes their
//! answers. Both ends are hostile: whatever a node or a contract's author says is bounded, checked and made inert.

pub mod abi;
pub mod action;
pub mod advice;
pub mod book;
pub mod calls;
pub mod code;
pub mod create;
pub mod date;
pub mod erc7730;
pub mod error;
pub mod inspect;
pub mod permit;
pub mod plan;
pub mod preview;
pub mod read;
pub mod revert;
pub mod text;
pub mod units;
mod value;

#[cfg(test)]
mod tests;
