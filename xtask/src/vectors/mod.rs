//! `cargo xtask vectors`: every generated file of the repository, written by its generator and by nobody else.
//!
//! A generator is a function that gives paths and texts; `cargo xtask check` runs the same generators and compares.

mod chain;
mod status;
mod tables;

use anyhow::{Context, Result};
use openimo_core::ops::Op;

use crate::paths;

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Path from the root of the checkout.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl Generated {
    fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// Folders in which every file is generated.
pub const FOLDERS: [&str; 6] =
    ["vectors/ops/", "vectors/golden/", "vectors/model_file/", status::BUNDLES, chain::DESCRIPTORS, chain::TYPESCRIPT];

/// Every generated file as it should be.
///
/// # Errors
/// If a generator fails.
pub fn generate() -> Result<Vec<Generated>> {
    let ops = Op::ALL.map(|op| Generated::new(format!("vectors/ops/{}.json", op.info().name), openimo_core::vectors::file(op)));
    let model_file = Generated::new("vectors/model_file/model_file.json", openimo_core::vectors::model_file::file());
    let models = Generated::new("vectors/golden/random_models.json", openimo_core::vectors::random_models::file());
    let pictures = Generated::new("vectors/golden/pictures.tsv", openimo_models::golden::file());
    Ok(ops
        .into_iter()
        .chain([model_file, models, pictures, tables::operators(), tables::solidity()])
        .chain(status::status())
        .chain(chain::chain())
        .collect())
}

/// Whether a path is that of a generated file outside [`FOLDERS`].
pub fn is_generated(path: &str) -> bool {
    [tables::OPERATORS, tables::SOLIDITY, status::DOCUMENT, status::TYPESCRIPT].contains(&path)
        || chain::DOCUMENTS.contains(&path)
        || path.starts_with(chain::TYPESCRIPT)
}

/// Write every generated file that differs.
///
/// # Errors
/// If a generator fails or a file cannot be written.
pub fn run() -> Result<()> {
    let root = paths::root();
    let files = generate()?;
    let mut written = 0;
    for file in &files {
        let path = root.join(&file.path);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            continue;
        }
        std::fs::create_dir_all(path.parent().expect("a generated file lies in a folder"))?;
        std::fs::write(&path, &file.text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}", file.path);
        written += 1;
    }
    println!("{written} of {} generated files changed", files.len());
    Ok(())
}
