//! Speed in headless Chromium, through the built package: one worker, and two where the page is cross-origin isolated.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::serve::{self, Site};
use crate::setup::{browsers, node};
use crate::sh::cmd;
use crate::{paths, pkg};

/// Measure and print.
///
/// # Errors
/// If Chromium or Node.js is missing, or the page fails.
pub fn run(imo: &Path) -> Result<()> {
    let chromium = browsers::chromium()?;
    let tests = paths::root().join("tests/e2e");
    node::install(&tests)?;
    pkg::pkg(&paths::root())?;
    let name = imo.file_name().expect("a model file has a name").to_string_lossy();
    for (isolated, workers) in [(false, "1"), (true, "2")] {
        let site = Site::bind(&serve::Args { port: 0, isolated })?;
        let origin = site.origin.clone();
        site.start();
        let model = format!("/models/{name}");
        let bench = cmd("node").arg("bench.mjs").args([&origin, &model]).arg(workers);
        let output = bench.dir(&tests).env("CHROMIUM", &chromium).tee()?;
        ensure!(output.ok, "the bench in the browser failed");
    }
    Ok(())
}
