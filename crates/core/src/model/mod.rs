//! The integer model: its configuration, its weights, the file that carries both, and the forward pass.

pub mod config;
pub mod draw;
pub mod file;
pub mod forward;
pub mod image;
mod loaded;
pub mod matrix;
pub mod program;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use loaded::{Model, ModelTokenizerError};
