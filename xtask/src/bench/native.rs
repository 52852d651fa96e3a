//! Native speed: decoding, prefill, loading, and verifying against generating.

use std::path::Path;

use anyhow::{Context, Result};
use openimo_core::model::Model;
use openimo_core::model::config::Config;
use openimo_core::model::file::load;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;
use serde_json::json;

use super::probe::{self, Roof};
use super::speed::{DECODED, Times, WINDOW, measure};
use super::{figure, median, seconds};

const RUNS: usize = 5;

/// Measure and print.
///
/// # Errors
/// If the model cannot be read.
pub fn run(imo: &Path, threads: &[usize]) -> Result<()> {
    let level = Level::detect();
    let bytes = std::fs::read(imo).with_context(|| format!("cannot read {}", imo.display()))?;
    let base = load(&bytes, Simd::new(level))?;
    let megabytes = bytes.len() as f64 / 1e6;
    let loading = median(RUNS, || seconds(|| drop(load(&bytes, Simd::new(level)))));
    figure("native.load", loading, "s", json!({"level": level.name(), "MB": megabytes, "file": "in memory, each chunk hashed"}));
    for &count in threads {
        let roof = probe::run(level, count);
        let results = ranks(&base, level, count, |model| measure(model, RUNS));
        report(&results, &base.manifest.config, bytes.len(), roof, level, count);
    }
    Ok(())
}

/// All ranks do the same work; rank 0's result counts.
pub fn ranks<T: Send>(base: &Model<Simd>, level: Level, count: usize, work: impl Fn(&mut Model<Simd>) -> T + Sync) -> T {
    let exchanges = threads::exchanges(count);
    let ranks: Vec<Model<Simd>> =
        exchanges.into_iter().map(|end| base.share(Simd::ranked(level, Box::new(end), false))).collect();
    std::thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = ranks.into_iter().map(|mut model| scope.spawn(move || work(&mut model))).collect();
        let mut results: Vec<T> = handles.into_iter().map(|h| h.join().expect("a rank does not panic")).collect();
        results.swap_remove(0)
    })
}

fn report(times: &Times, config: &Config, file_bytes: usize, roof: Roof, level: Level, threads: usize) {
    let on = |extra: serde_json::Value| {
        let mut conditions = json!({"threads": threads, "level": level.name()});
        conditions.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        conditions
    };
    for &(before, seconds) in &times.decode {
        figure(&format!("native.decode_after_{before}"), 1.0 / seconds, "ids/s", on(json!({"ids": DECODED})));
        let share = file_bytes as f64 / seconds / roof.bandwidth;
        figure(&format!("native.decode_after_{before}.of_memory_roof"), share, "ratio", on(json!({"bytes_an_id": file_bytes})));
    }
    // Two digits a weight; the head runs at the last id alone.
    let dots = 2.0 * layer_weights(config) as f64;
    for &(n, seconds) in &times.prefill {
        figure(&format!("native.prefill_{n}"), n as f64 / seconds, "ids/s", on(json!({"window": WINDOW})));
        let share = dots * n as f64 / seconds / roof.dots;
        figure(&format!("native.prefill_{n}.of_int8_roof"), share, "ratio", on(json!({"dots_an_id": dots})));
    }
    let conditions = json!({"prompt": 32, "output": 128, "window": WINDOW});
    figure("native.verify_over_generate", times.generate / times.verify, "times as fast", on(conditions));
}

/// Weights of all layers.
const fn layer_weights(c: &Config) -> u64 {
    let (d, ff) = (c.d_model as u64, c.d_ff as u64);
    let attention = d * (2 * c.q_dim() as u64 + 2 * c.kv_dim() as u64);
    c.n_layers as u64 * (attention + 3 * d * ff)
}
