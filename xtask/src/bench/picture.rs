//! The models that draw: the time of a picture, and how near the integer model is to the float64 model of the same weights.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::task::Poll;

use anyhow::{Context, Result};
use openimo_core::backend::Backend;
use openimo_core::generate::{Progress, generate};
use openimo_core::import::Source;
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::request::Request;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::verify::verify;
use openimo_models::{BUNDLED, Bundled, golden};
use serde_json::json;

use super::float_model::FloatModel;
use super::quality::{Sums, compare};
use super::{browser, figure, median, seconds};
use crate::paths;
use crate::setup::model;

/// The prompts, which were fixed before training.
const PROMPTS: &str = "models/pixel/prompts.txt";

/// Measure and print.
///
/// # Errors
/// If a model cannot be made, or a figure cannot be measured.
pub fn run(all_threads: &[usize]) -> Result<()> {
    for bundled in &BUNDLED {
        let file = bundled.model_file(all_threads.iter().copied().max().unwrap_or(1))?;
        figure("picture.model", file.len() as f64, "bytes", json!({"model": bundled.name, "file": "imo"}));
        times(bundled, &file, all_threads)?;
        quality(bundled, &file)?;
    }
    browser::pictures(&model::imo(&model::source(None)?)?)
}

fn request<B: Backend>(model: &Model<B>, tokenizer: &Tokenizer, prompt: &str, seed: u32) -> Result<Request> {
    golden::request(model, tokenizer, prompt, seed).map_err(anyhow::Error::msg)
}

fn go_on(_: Progress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Milliseconds of a whole picture, of its decoder alone, and of a verification.
fn times(bundled: &Bundled, file: &[u8], all_threads: &[usize]) -> Result<()> {
    const RUNS: usize = 9;
    let level = Level::detect();
    for &size in all_threads {
        let found = threads::run(size, |end| -> Result<[f64; 3]> {
            let mut model = load(file, Simd::ranked(level, Box::new(end), false))?;
            let tokenizer = model.tokenizer()?;
            let request = request(&model, &tokenizer, "a smiling cat", 7)?;
            let output = generate(&mut model, &tokenizer, &request, &mut go_on)?;
            let bundle =
                output.bundle(openimo_core::bundle::ModelRef { id: model.id, name: "it".into(), sources: Vec::new() }, &request);
            let bundle = bundle.to_json();
            let drawn = median(RUNS, || seconds(|| drop(generate(&mut model, &tokenizer, &request, &mut go_on))));
            let decoded =
                median(RUNS, || seconds(|| drop(model.draw(&output.ids).map(|mut drawing| drawing.poll().map(Result::unwrap)))));
            let at_hand = || seconds(|| drop(verify(bundle.as_bytes(), Some((&mut model, &tokenizer)), &mut go_on)));
            let verified = median(RUNS, at_hand);
            Ok([drawn, decoded, verified])
        });
        let [drawn, decoded, verified] = found.into_iter().next().context("no rank")??;
        let conditions = json!({"model": bundled.name, "threads": size, "level": level.name()});
        for (name, value) in [("picture.generate", drawn), ("picture.decode", decoded), ("picture.verify", verified)] {
            figure(name, value * 1000.0, "ms", conditions.clone());
        }
    }
    Ok(())
}

/// Divergence of the ids' distributions, agreement of the greedy choice, and how far the colours are apart, over the pictures of the
/// prompts.
fn quality(bundled: &Bundled, file: &[u8]) -> Result<()> {
    let files: BTreeMap<String, &[u8]> = bundled.files.iter().map(|&(name, bytes)| (name.to_owned(), bytes)).collect();
    let source = Source::hugging_face(files)?;
    let float = FloatModel::new(&source, std::thread::available_parallelism().map_or(1, usize::from))?;
    let mut model = load(file, Simd::new(Level::detect()))?;
    let tokenizer = model.tokenizer()?;
    let prompts = std::fs::read_to_string(paths::root().join(PROMPTS))?;
    let (mut sums, mut worst, mut changed, mut bytes, mut square) = (Sums::default(), 0u32, 0usize, 0usize, 0.0f64);
    for prompt in prompts.lines() {
        let request = request(&model, &tokenizer, prompt, 1)?;
        let output = generate(&mut model, &tokenizer, &request, &mut go_on)?;
        let read = tokenizer.encode_prompt(&request.prompt)?;
        let sequence: Vec<u32> = read.iter().chain(&output.ids).copied().collect();
        let hidden = float.hidden(&[&sequence])?;
        compare(&mut model, &float, &sequence, &hidden, read.len() - 1, &mut sums)?;

        let mut drawing = model.draw(&output.ids).context("the model draws")?;
        let Poll::Ready(picture) = drawing.poll() else { unreachable!("a processor is ready") };
        for (&got, exact) in picture?.pixels.iter().zip(float.colours(&output.ids)?) {
            let exact = ((exact.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8;
            let apart = u32::from(got.abs_diff(exact));
            worst = worst.max(apart);
            changed += usize::from(apart > 0);
            square += f64::from(apart).powi(2);
            bytes += 1;
        }
    }
    let n = sums.n as f64;
    let conditions = json!({"model": bundled.name, "prompts": prompts.lines().count(), "ids": sums.n});
    figure("picture.kl", sums.divergence / n, "nats", conditions.clone());
    figure("picture.kl_worst", sums.worst, "nats", conditions.clone());
    figure("picture.greedy_agreement", 100.0 * sums.agree as f64 / n, "%", conditions.clone());
    figure("picture.colours_changed", 100.0 * changed as f64 / bytes as f64, "%", conditions.clone());
    figure("picture.colour_worst", worst.into(), "of 255", conditions.clone());
    figure("picture.colour_psnr", 10.0 * (255.0f64.powi(2) / (square / bytes as f64)).log10(), "dB", conditions);
    Ok(())
}
