//! Speed on this machine's GPU, or a software one: decoding, prefill, loading, verifying against generating.

use std::path::Path;

use anyhow::{Context, Result};
use openimo_core::model::file::load;
use openimo_gpu::{Gpu, Options};
use serde_json::json;

use super::speed::{DECODED, WINDOW, measure};
use super::{figure, seconds};

/// Measure and print; a device that fails its self-test is an error.
///
/// # Errors
/// If there is no device, it is not exact, or the model cannot be read.
pub fn run(imo: &Path) -> Result<()> {
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
    let runs = if adapter.software { 1 } else { 5 };
    let times = measure(&mut model, runs);
    for (before, seconds) in times.decode {
        figure(&format!("gpu.decode_after_{before}"), 1.0 / seconds, "ids/s", on(json!({"ids": DECODED, "runs": runs})));
        let rate = bytes.len() as f64 / seconds / 1e9;
        figure(&format!("gpu.decode_after_{before}.weights_read"), rate, "GB/s", on(json!({"bytes_an_id": bytes.len()})));
    }
    for (n, seconds) in times.prefill {
        figure(&format!("gpu.prefill_{n}"), n as f64 / seconds, "ids/s", on(json!({"window": WINDOW, "runs": runs})));
    }
    let conditions = json!({"prompt": 32, "output": 128, "window": WINDOW, "runs": runs});
    figure("gpu.verify_over_generate", times.generate / times.verify, "times as fast", on(conditions));
    Ok(())
}
