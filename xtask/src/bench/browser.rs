//! Speed in headless Chromium, through the built package: one worker, and two where the page is cross-origin isolated.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::serve::{self, Site};
use crate::setup::{browsers, node};
use crate::sh::cmd;
use crate::{paths, pkg};

/// Workers, each with whether the page is isolated so that it can have them.
const WORKERS: [(bool, &[&str]); 2] = [(false, &["1"]), (true, &["2"])];

/// Measure and print.
///
/// # Errors
/// If Chromium or Node.js is missing, or the page fails.
pub fn run(imo: &Path) -> Result<()> {
    measure(imo, "bench.mjs", &WORKERS)
}

/// Measure a model that draws, on a GPU too, and print.
///
/// # Errors
/// As [`run`].
pub fn pictures(imo: &Path) -> Result<()> {
    measure(imo, "bench-picture.mjs", &[WORKERS[0], WORKERS[1], (false, &["1", "gpu"])])
}

fn measure(imo: &Path, script: &str, ways: &[(bool, &[&str])]) -> Result<()> {
    let chromium = browsers::chromium()?;
    let tests = paths::root().join("tests/e2e");
    node::install(&tests)?;
    pkg::pkg(&paths::root())?;
    let name = imo.file_name().expect("a model file has a name").to_string_lossy();
    for &(isolated, workers) in ways {
        let site = Site::bind(&serve::Args { port: 0, isolated })?;
        let origin = site.origin.clone();
        site.start();
        let model = format!("/models/{name}");
        let bench = cmd("node").arg(script).args([&origin, &model]).args(workers);
        let output = bench.dir(&tests).env("CHROMIUM", &chromium).tee()?;
        ensure!(output.ok, "the bench in the browser failed");
    }
    Ok(())
}
