//! What recording a trace adds to a verification.
//!
//! A few per cent are less than what other programs on the machine take, so runs with and without it are interleaved, each ratio is of runs
//! beside each other, and the median of many is printed. Where the system says it, the clock is the thread's time on a processor.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::trace::Recorder;
use serde_json::json;

use super::native::ranks;
use super::speed::{WINDOW, generated, teacher_forced};
use super::{figure, middle};

/// Ratios, each of four runs.
const RATIOS: usize = 15;

/// Measure and print.
///
/// # Errors
/// If the model cannot be read.
pub fn run(imo: &Path, threads: &[usize]) -> Result<()> {
    let level = Level::detect();
    let bytes = std::fs::read(imo).with_context(|| format!("cannot read {}", imo.display()))?;
    let base = load(&bytes, Simd::new(level))?;
    for &count in threads {
        let ratios = ranks(&base, level, count, ratios);
        let (least, most) = ratios.iter().fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), &r| (least.min(r), most.max(r)));
        let clock = if processor().is_some() { "time of a rank on a processor" } else { "wall" };
        let conditions = json!({
            "threads": count,
            "level": level.name(),
            "prompt": 32,
            "output": 128,
            "window": WINDOW,
            "ratios": RATIOS,
            "least": least - 1.0,
            "most": most - 1.0,
            "clock": clock,
        });
        figure("native.trace_overhead", middle(ratios) - 1.0, "of the verification", conditions);
    }
    Ok(())
}

/// Time with a trace over time without one, again and again.
fn ratios(model: &mut Model<Simd>) -> Vec<f64> {
    let vocab = model.manifest.config.vocab;
    let prompt: Vec<u32> = (0..32u32).map(|i| (i * 7919 + 1) % vocab).collect();
    let output = generated(model, &prompt);
    let mut timed = |is_traced: bool| {
        let mut recorder = Recorder::new(&model.manifest.config);
        let (start, on_processor) = (Instant::now(), processor());
        teacher_forced(model, &prompt, &output, is_traced.then_some(&mut recorder));
        match (on_processor, processor()) {
            (Some(before), Some(after)) => after - before,
            _ => start.elapsed().as_secs_f64(),
        }
    };
    // The order within a group cancels what grows or falls steadily.
    let ratio = |_| {
        let [plain, traced, again_traced, again_plain] = [false, true, true, false].map(&mut timed);
        (traced + again_traced) / (plain + again_plain)
    };
    (0..RATIOS).map(ratio).collect()
}

/// Seconds that this thread has had on a processor, where Linux tells.
fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    (nanoseconds > 0.0).then_some(nanoseconds / 1e9)
}
