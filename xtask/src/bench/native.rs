//! Native speed: decoding, prefill, loading, and verifying against generating.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use openimo_core::model::Model;
use openimo_core::model::config::Config;
use openimo_core::model::file::load;
use openimo_core::model::forward::Session;
use openimo_core::simd::Simd;
use openimo_core::simd::head::greedy;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;
use serde_json::json;

use super::probe::{self, Roof};
use super::{figure, median, seconds};

/// Ids a forward call takes, as in verification.
const WINDOW: usize = 64;
/// Ids decoded in one measurement.
const DECODED: usize = 32;
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
        let results = measure(&base, level, count);
        report(&results, &base.manifest.config, bytes.len(), roof, level, count);
    }
    Ok(())
}

/// Seconds of each measurement.
struct Times {
    /// (positions before, seconds an id)
    decode: Vec<(usize, f64)>,
    /// (ids, seconds)
    prefill: Vec<(usize, f64)>,
    generate: f64,
    verify: f64,
}

/// All ranks run the same; rank 0's times count.
fn measure(base: &Model<Simd>, level: Level, count: usize) -> Times {
    let exchanges = threads::exchanges(count);
    let ranks: Vec<Model<Simd>> =
        exchanges.into_iter().map(|end| base.share(Simd::ranked(level, Box::new(end), false))).collect();
    std::thread::scope(|scope| {
        let handles: Vec<_> = ranks.into_iter().map(|model| scope.spawn(move || one_rank(model, level))).collect();
        let mut times: Vec<Times> = handles.into_iter().map(|h| h.join().expect("a rank does not panic")).collect();
        times.swap_remove(0)
    })
}

fn one_rank(mut model: Model<Simd>, level: Level) -> Times {
    let vocab = model.manifest.config.vocab;
    // Any ids do: no speed depends on them.
    let ids: Vec<u32> = (0..512u32).map(|i| (i * 7919 + 1) % vocab).collect();
    let mut decode = Vec::new();
    for before in [32, 256] {
        let time = median(RUNS, || {
            let mut session = model.session(WINDOW);
            let next = prefill(&mut model, &mut session, &ids[..before], level);
            seconds(|| drop(decode_ids(&mut model, &mut session, next, DECODED, level))) / DECODED as f64
        });
        decode.push((before, time));
    }
    let mut prefills = Vec::new();
    for n in [32, 256] {
        let time = median(RUNS, || {
            let mut session = model.session(WINDOW);
            seconds(|| _ = prefill(&mut model, &mut session, &ids[..n], level))
        });
        prefills.push((n, time));
    }
    let (mut generate, mut verify) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let mut session = model.session(WINDOW);
        let start = Instant::now();
        let first = prefill(&mut model, &mut session, &ids[..32], level);
        let mut output = vec![first];
        output.extend(decode_ids(&mut model, &mut session, first, 127, level));
        generate.push(start.elapsed().as_secs_f64());
        verify.push(seconds(|| teacher_forced(&mut model, &ids[..32], &output, level)));
    }
    let middle = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    Times { decode, prefill: prefills, generate: middle(generate), verify: middle(verify) }
}

/// Read `ids`; the greedy choice after them.
fn prefill(model: &mut Model<Simd>, session: &mut Session<Simd>, ids: &[u32], level: Level) -> u32 {
    let chunks: Vec<&[u32]> = ids.chunks(WINDOW).collect();
    let (last, before) = chunks.split_last().expect("there are ids");
    for chunk in before {
        model.forward(session, chunk, 0);
    }
    greedy(level, &model.forward(session, last, 1).v)
}

fn decode_ids(model: &mut Model<Simd>, session: &mut Session<Simd>, mut id: u32, n: usize, level: Level) -> Vec<u32> {
    let step = |_| {
        id = greedy(level, &model.forward(session, &[id], 1).v);
        id
    };
    (0..n).map(step).collect()
}

/// Run prompt and output in windows and compare every choice.
///
/// # Panics
/// If a choice differs: the bits would not be the same.
fn teacher_forced(model: &mut Model<Simd>, prompt: &[u32], output: &[u32], level: Level) {
    let mut session = model.session(WINDOW);
    let vocab = model.manifest.config.vocab as usize;
    let all: Vec<u32> = prompt.iter().chain(&output[..output.len() - 1]).copied().collect();
    let mut chosen = Vec::new();
    for (i, chunk) in all.chunks(WINDOW).enumerate() {
        let heads = (i * WINDOW + chunk.len()).saturating_sub(prompt.len() - 1).min(chunk.len());
        let logits = model.forward(&mut session, chunk, heads);
        if heads > 0 {
            chosen.extend(logits.v[..heads * vocab].chunks(vocab).map(|logits| greedy(level, logits)));
        }
    }
    assert_eq!(chosen, output, "teacher forcing parts from generation");
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
