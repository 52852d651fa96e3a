//! The rules of money of `openimo_core::revshare` against the bytecode of the contracts: both do the same random operations, and everything
//! that a contract answers, pays or refuses must be what the rules say, to the unit and to the byte of an error.
//!
//! A model of a contract keeps what the contract keeps, in plain maps; every amount is computed by the core. A model with one rule changed
//! must be found out, else the comparison proves nothing.

#![forbid(unsafe_code)]

use std::path::PathBuf;

pub mod dispute;
pub mod evm;
pub mod offering;
pub mod referee;
pub mod revshare;
pub mod tally;

/// The file of SmolLM2, imported: that which `OPENIMO_MODEL` names, or `smollm2.imo` in the cache folder.
///
/// # Panics
/// If there is none.
pub fn model_file() -> Vec<u8> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let named = std::env::var_os("OPENIMO_MODEL").map(PathBuf::from);
    let path = named.or_else(|| cache.map(|cache| cache.join("openimo/smollm2.imo"))).expect("a cache folder");
    std::fs::read(&path)
        .unwrap_or_else(|e| panic!("no model file at {} ({e}): `cargo xtask setup` puts it there", path.display()))
}
