//! The integer model: its configuration, its weights, the file that carries both, and the forward pass.

pub mod config;
pub mod forward;
pub mod matrix;
