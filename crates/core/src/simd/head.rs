//! head, twin of [`crate::ops::head`].

use super::isa::{Isa, per_level};
use super::level::Level;

/// The id of the largest logit, the lowest among equals.
///
/// # Panics
/// If there is no logit.
pub fn greedy(level: Level, logits: &[i32]) -> u32 {
    assert!(!logits.is_empty(), "greedy: no logits");
    per_level!(level, argmax(logits: &[i32]) -> u32)
}

/// The maximum of each block is vectorised; only the first block with the largest is searched.
#[inline(always)]
fn argmax<I: Isa>(logits: &[i32]) -> u32 {
    const BLOCK: usize = 512;
    let (mut best, mut at) = (i32::MIN, 0);
    for (block, l) in logits.chunks(BLOCK).enumerate() {
        let largest = l.iter().copied().fold(i32::MIN, i32::max);
        if largest > best {
            (best, at) = (largest, block * BLOCK);
        }
    }
    let offset = logits[at..].iter().position(|&l| l == best).expect("the largest is there");
    (at + offset) as u32
}
