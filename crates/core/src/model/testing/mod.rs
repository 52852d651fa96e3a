//! Small random models for tests: every encoding and every edge of the format, made from a seed alone, with edge values first.

mod assemble;
mod rows;
pub mod runs;
mod tiny;

pub use assemble::assemble;
pub use rows::{random_row, random_spec};
pub use tiny::{Sizes, Tiny, tiny_tokenizer};
