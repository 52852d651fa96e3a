//! Speed on this machine's GPU, or a software one: decoding, prefill, loading, verifying against generating.

use std::path::Path;

use anyhow::{Context, Result};
use openimo_core::model::Model;
use openimo_core::model::config::Config;
use openimo_core::model::file::load;
use openimo_gpu::{Gpu, Options};
use serde_json::json;

use super::speed::{DECODED, WINDOW, measure};
use super::synthetic::SHAPES;
use super::{figure, seconds};

/// Measure and print, the real model and models of the shapes that are named; a device that fails its self-test is an error.
///
/// # Errors
/// If there is no device, it is not exact, or the model cannot be read.
pub fn run(imo: &Path, shapes: &[&str]) -> Result<()> {
    let bytes = std::fs::read(imo).with_context(|| format!("cannot read {}", imo.display()))?;
    let mut gpu = pollster::block_on(Gpu::new(&Options::default()))?;
    let mut cases = Ok(0);
    let tested = seconds(|| cases = pollster::block_on(gpu.self_test()));
    let cases = cases?;
    let adapter = gpu.adapter().clone();
    let on = |more: serde_json::Value| {
        let mut conditions = json!({"adapter": adapter.name, "driver": adapter.driver, "api": adapter.api});
        conditions.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        conditions
    };
    figure("gpu.self_test", tested, "s", on(json!({"cases": cases, "kernels": "compiled in this time"})));
    let mut model = None;
    let loading = seconds(|| model = Some(load(&bytes, gpu)));
    figure("gpu.load", loading, "s", on(json!({"MB": bytes.len() as f64 / 1e6, "file": "in memory, each chunk hashed"})));
    let mut model = model.expect("it was loaded")?;
    let software = adapter.software;
    let roofs = pollster::block_on(async {
        Ok::<_, anyhow::Error>(Roofs { copy: model.backend.copy_rate().await?, dots: model.backend.dot_rate().await? })
    })?;
    figure("gpu.copy_read", roofs.copy / 1e9, "GB/s", on(json!({"written": "as much"})));
    figure("gpu.int8_dots", roofs.dots / 1e9, "G multiply-adds/s", on(json!({"packed": model.backend.packed_dot()})));
    let config = &model.manifest.config;
    let work = Work { bytes: bytes.len() as u64, multiply_adds: Work::of(config) };
    report("gpu", &mut model, &work, &roofs, if software { 1 } else { 5 }, &on);
    let like = model.manifest.clone();
    drop(model);
    for (name, shape) in SHAPES.iter().filter(|(name, _)| shapes.contains(name)) {
        let gpu = pollster::block_on(Gpu::new(&Options::default()))?;
        let mut model = shape.model(gpu, &like);
        let work = Work { bytes: shape.weight_bytes(), multiply_adds: shape.multiply_adds() };
        report(&format!("gpu.{name}"), &mut model, &work, &roofs, if software { 1 } else { 3 }, &on);
    }
    Ok(())
}

/// What the device can do at most, a second.
struct Roofs {
    /// Bytes read by copies.
    copy: f64,
    /// Multiply-adds.
    dots: f64,
}

/// What one decoded id takes.
struct Work {
    bytes: u64,
    multiply_adds: u64,
}

impl Work {
    /// Multiply-adds of the matrices of a model.
    fn of(c: &Config) -> u64 {
        let (d, q, kv, ff) = (u64::from(c.d_model), c.q_dim() as u64, c.kv_dim() as u64, u64::from(c.d_ff));
        u64::from(c.n_layers) * d * (2 * q + 2 * kv + 3 * ff) + u64::from(c.vocab) * d
    }
}

/// Measure and print a model's figures.
fn report(
    name: &str,
    model: &mut Model<Gpu>,
    work: &Work,
    roofs: &Roofs,
    runs: usize,
    on: &dyn Fn(serde_json::Value) -> serde_json::Value,
) {
    let times = measure(model, runs);
    for (before, seconds) in times.decode {
        figure(&format!("{name}.decode_after_{before}"), 1.0 / seconds, "ids/s", on(json!({"ids": DECODED, "runs": runs})));
        // A copy reads and writes; decoding only reads.
        let share = work.bytes as f64 / seconds / (2.0 * roofs.copy);
        figure(
            &format!("{name}.decode_after_{before}.of_copy"),
            share,
            "of bytes moved by copies",
            on(json!({"bytes": work.bytes})),
        );
    }
    for (n, seconds) in times.prefill {
        figure(&format!("{name}.prefill_{n}"), n as f64 / seconds, "ids/s", on(json!({"window": WINDOW, "runs": runs})));
        // Two 8-bit products a weight; the head runs for one row only.
        let share = 2.0 * work.multiply_adds as f64 * n as f64 / seconds / roofs.dots;
        figure(&format!("{name}.prefill_{n}.of_dots"), share, "of int8 dot products", on(json!({"digits": 2})));
    }
    let conditions = json!({"prompt": 32, "output": 128, "window": WINDOW, "runs": runs});
    figure(&format!("{name}.verify_over_generate"), times.generate / times.verify, "times as fast", on(conditions));
}
