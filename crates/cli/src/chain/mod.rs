//! What reaches a chain: a node, a signer, and between them a run that shows what it signs, notes what it sends, and can be resumed.

pub mod auto;
pub mod journal;
pub mod node;
pub mod pending;
pub mod present;
pub mod quote;
pub mod rounds;
pub mod rpc;
pub mod run;
pub mod session;
pub mod verifier;
