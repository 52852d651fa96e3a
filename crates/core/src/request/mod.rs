//! What a model is asked: the prompt and its canonical form.

pub mod prompt;

pub use prompt::{Message, Prompt};
