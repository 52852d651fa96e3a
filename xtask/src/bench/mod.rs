//! `cargo xtask bench`: one JSON line a figure, `{name, value, unit, conditions}`.
//!
//! Two probes of the machine, memory bandwidth and int8 dot products, run in the same call; speeds are also given as ratios to them, so
//! that figures of different machines can be compared. Each figure is the median of several runs.

mod browser;
mod dispute;
mod float_model;
mod gas;
mod gpu;
mod native;
mod picture;
mod probe;
mod quality;
mod requantised;
mod size;
mod speed;
mod synthetic;
mod trace;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::setup::model;

#[derive(clap::Args)]
pub struct Args {
    /// Run only these: native, picture, trace, quality, size, gas, dispute, browser; gpu (with 1b, 7b: models of these shapes too) and requantised run only when
    /// they are named.
    only: Vec<String>,
    /// A GGUF file other than the test model.
    #[arg(long)]
    model: Option<String>,
    /// Threads that native figures are measured with.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    threads: Vec<usize>,
}

/// Run the chosen benches.
///
/// # Errors
/// If something they need is missing.
pub fn run(args: &Args) -> Result<()> {
    let names = ["native", "picture", "trace", "quality", "size", "gas", "dispute", "browser", "gpu", "1b", "7b", "requantised"];
    ensure!(args.only.iter().all(|name| names.contains(&name.as_str())), "benches are {}", names.join(", "));
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    if wanted("picture") {
        picture::run(&args.threads)?;
    }
    if args.only == ["picture"] {
        return Ok(());
    }
    let gguf = model::gguf(args.model.as_deref())?;
    let imo = model::imo(&gguf)?;
    if wanted("native") {
        native::run(&imo, &args.threads)?;
    }
    if wanted("trace") {
        trace::run(&imo, &args.threads)?;
    }
    if wanted("quality") {
        quality::run(&gguf, &imo, &json!("as published"))?;
    }
    let named = |name: &str| args.only.iter().any(|only| only == name);
    if named("gpu") {
        let only: Vec<&str> = args.only.iter().map(String::as_str).collect();
        gpu::run(&imo, &only)?;
    }
    if named("requantised") {
        requantised::run(&gguf)?;
    }
    if wanted("size") {
        size::run()?;
    }
    if wanted("gas") {
        gas::run()?;
    }
    if wanted("dispute") {
        dispute::run(&imo)?;
    }
    if wanted("browser") {
        browser::run(&imo)?;
    }
    Ok(())
}

/// Print one figure, with six digits.
fn figure(name: &str, value: f64, unit: &str, conditions: Value) {
    let value = if value == 0.0 || !value.is_finite() { value } else { format!("{value:.5e}").parse().unwrap_or(value) };
    println!("{}", json!({"name": name, "value": value, "unit": unit, "conditions": conditions}));
}

/// Median of what `run` gives, over `times` runs.
fn median(times: usize, run: impl FnMut() -> f64) -> f64 {
    middle(std::iter::repeat_with(run).take(times).collect())
}

/// Median of values.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Seconds that `f` takes.
fn seconds(f: impl FnOnce()) -> f64 {
    let start = std::time::Instant::now();
    f();
    start.elapsed().as_secs_f64()
}
