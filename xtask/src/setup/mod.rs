//! What the other verbs need on a machine, installed where it can be and said plainly where it cannot.
//!
//! A requirement is a function that gives the ready thing or a [`Missing`]; nothing is installed twice. Tools and models go into the
//! user's cache ([`crate::paths::cache`]), system packages are only touched where the user may install them.

pub mod browsers;
pub mod model;
pub mod node;
mod packages;
pub mod rust;
pub mod vulkan;

use std::fmt;

use anyhow::Result;

/// Something that could not be installed, and how a person can.
#[derive(Clone, Debug)]
pub struct Missing {
    /// The thing.
    pub what: String,
    /// What to do.
    pub how: String,
}

/// A requirement that is ready, or is missing.
pub type Ready<T> = std::result::Result<T, Missing>;

impl Missing {
    /// `what` is missing; `how` is what to do.
    pub fn new(what: impl Into<String>, how: impl Into<String>) -> Self {
        Self { what: what.into(), how: how.into() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing: {}", self.what, self.how)
    }
}

impl std::error::Error for Missing {}

/// Install everything and list what is ready.
///
/// # Errors
/// If something is missing.
pub fn run() -> Result<()> {
    let shown = |path: std::path::PathBuf| path.display().to_string();
    let steps: [(&str, Ready<String>); 11] = [
        ("wasm32 target, clippy, rustfmt", rust::toolchain().map(|()| "ready".into())),
        ("cargo-nextest", rust::nextest().map(|()| "ready".into())),
        ("wasm test runner", rust::wasm_test_runner().map(shown)),
        ("geckodriver", rust::geckodriver().map(shown)),
        ("Node.js and npm packages", node::packages().map(|n| format!("{n} folders"))),
        ("Chromium", browsers::chromium().map(shown)),
        ("ChromeDriver", browsers::chromedriver().map(shown)),
        ("Firefox", browsers::firefox().map(shown)),
        ("Vulkan driver", vulkan::driver().map(shown)),
        ("test model", model::gguf(None).map(shown)),
        ("test model, imported", model::gguf(None).and_then(|gguf| model::imo(&gguf)).map(shown)),
    ];
    let mut missing = 0;
    for (what, ready) in steps {
        match ready {
            Ok(found) => println!("{what}: {found}"),
            Err(error) => {
                missing += 1;
                println!("{what}: MISSING. {error}");
            }
        }
    }
    anyhow::ensure!(missing == 0, "{missing} of the requirements are missing");
    Ok(())
}
