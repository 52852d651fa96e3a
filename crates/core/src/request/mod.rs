//! What a model is asked: prompt, sampler, seed and length, in a canonical form whose hash a statement commits to.
//!
//! [`Draft`] is what a person gives (decimal temperature, any seed); [`Request`] is what is hashed.

mod canonical;
mod decimal;
mod draft;
pub mod prompt;

pub use canonical::{MAX_OUTPUT_IDS, Request, RequestError, VERSION, prompt_hash};
pub use decimal::{DecimalError, beta, beta_from_milli, share};
pub use draft::{Draft, DraftError, parse_seed};
pub use prompt::{Message, Prompt};
