//! Source files for tests and measurements: a GGUF writer, encoders of every tensor type, small models as they are published, and
//! real ones in other encodings.

mod encode;
mod gguf_file;
mod published;
mod requantise;

pub use encode::encode;
pub use gguf_file::GgufFile;
pub use published::{Family, Published};
pub use requantise::requantise;
