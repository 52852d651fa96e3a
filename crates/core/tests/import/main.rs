//! The importer: raw blocks against vectors, small models from both containers, the real model, and hostile files.

mod published;
mod requantised;
mod smollm2;
mod vectors;
