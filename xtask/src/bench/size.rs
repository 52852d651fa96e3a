//! What a visitor of a page downloads.

use anyhow::Result;
use serde_json::json;

use super::figure;
use crate::{paths, pkg};

/// Build the package and print the sizes of its main files.
///
/// # Errors
/// If the package cannot be built.
pub fn run() -> Result<()> {
    for size in pkg::pkg(&paths::root())? {
        for (encoding, bytes) in [("raw", size.raw), ("gzip", size.gzip), ("brotli", size.brotli)] {
            figure("package.size", bytes as f64, "bytes", json!({"file": size.file, "encoding": encoding}));
        }
    }
    Ok(())
}
