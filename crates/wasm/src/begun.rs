//! `Begun`: what a job had found when its device failed.

use openimo_core::device::Fault;
use wasm_bindgen::prelude::*;

/// Handed on to an engine on another executor, which goes on from there.
#[wasm_bindgen]
pub struct Begun {
    pub(crate) fault: Fault,
    /// Of a generation.
    pub(crate) ids: Vec<u32>,
    /// Of a verification: ids that were found the same.
    pub(crate) checked: usize,
}

impl Begun {
    /// Of the ids, those that stand as they are.
    pub(crate) const fn stand(&self) -> usize {
        if self.fault.keeps_results() { self.ids.len() } else { 0 }
    }
}
