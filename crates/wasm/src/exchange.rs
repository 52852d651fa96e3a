//! How the workers of a page hand each other their parts: through memory that their JavaScript shares.
//!
//! Each worker has a module instance of its own, with its share of the rows. `globalThis.openimoExchange` is set by the package's worker
//! script before a model is loaded for more than one rank; it waits for the other ranks as the trait says.

use std::ops::Range;

use openimo_core::simd::exchange::Exchange;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Gather `data`, `[rows, stride]`: rank r has the columns `starts[r]..ends[r]` of each row.
    #[wasm_bindgen(js_namespace = openimoExchange)]
    fn gather(data: &mut [i32], stride: u32, starts: &[u32], ends: &[u32]);
}

/// One worker of a page.
#[derive(Clone, Copy, Debug)]
pub struct Worker {
    /// Which one.
    pub rank: usize,
    /// Of how many.
    pub ranks: usize,
}

impl Exchange for Worker {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.ranks
    }

    fn gather(&mut self, data: &mut [i32], stride: usize, parts: &[Range<usize>]) {
        let ends = |f: fn(&Range<usize>) -> usize| parts.iter().map(|part| f(part) as u32).collect::<Vec<u32>>();
        gather(data, stride as u32, &ends(|part| part.start), &ends(|part| part.end));
    }
}
