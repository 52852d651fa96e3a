//! Real models in: GGUF files and Hugging Face folders become integer models, exactly as section 4 of the semantics says.
//!
//! Every number of a source is taken as the exact rational that it is, and rounded once. The same source gives the same integer
//! model everywhere.

pub mod architecture;
pub mod blocks;
pub mod convert;
pub mod error;
pub mod float;
pub mod gguf;
pub mod hf;
pub mod norm;
pub mod plan;
pub mod real;
pub mod safetensors;
pub mod tensor;
pub mod write;
