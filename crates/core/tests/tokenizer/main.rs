//! The tokenizer and the chat template, from outside.

mod checks;
mod hostile;
mod hostile_templates;
mod smollm2;
mod vectors;
