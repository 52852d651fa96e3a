//! What is timed on any executor: decoding, prefill, and verifying against generating.

use std::task::Poll;
use std::time::Instant;

use openimo_core::backend::{Backend, Choice};
use openimo_core::model::Model;
use openimo_core::model::forward::Session;
use openimo_core::ops::sample::Sampler;
use openimo_core::trace::{Observer, Recorder};

use super::{median, middle, seconds};

/// Ids a forward call takes, as in verification.
pub const WINDOW: usize = 64;
/// Ids decoded in one measurement.
pub const DECODED: usize = 32;

/// Seconds of each measurement.
pub struct Times {
    /// (positions before, seconds an id)
    pub decode: Vec<(usize, f64)>,
    /// (ids, seconds)
    pub prefill: Vec<(usize, f64)>,
    /// Seconds for a prompt of 32 ids and 128 generated ones.
    pub generate: f64,
    /// Seconds for running them again as a verifier does.
    pub verify: f64,
}

/// Measure one executor, each figure the median of `runs`.
pub fn measure<B: Backend>(model: &mut Model<B>, runs: usize) -> Times {
    let vocab = model.manifest.config.vocab;
    // Any ids do: no speed depends on them.
    let ids: Vec<u32> = (0..512u32).map(|i| (i * 7919 + 1) % vocab).collect();
    let mut decode = Vec::new();
    for before in [32, 256] {
        let time = median(runs, || {
            let mut session = model.session(WINDOW);
            let next = prefill(model, &mut session, &ids[..before]);
            seconds(|| drop(decode_ids(model, &mut session, next, DECODED))) / DECODED as f64
        });
        decode.push((before, time));
    }
    let mut prefills = Vec::new();
    for n in [32, 256] {
        let time = median(runs, || {
            let mut session = model.session(WINDOW);
            seconds(|| _ = prefill(model, &mut session, &ids[..n]))
        });
        prefills.push((n, time));
    }
    let (mut generate, mut verify) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let start = Instant::now();
        let output = generated(model, &ids[..32]);
        generate.push(start.elapsed().as_secs_f64());
        verify.push(seconds(|| teacher_forced(model, &ids[..32], &output, None)));
    }
    Times { decode, prefill: prefills, generate: middle(generate), verify: middle(verify) }
}

/// 128 ids after a prompt.
pub fn generated<B: Backend>(model: &mut Model<B>, prompt: &[u32]) -> Vec<u32> {
    let mut session = model.session(WINDOW);
    let first = prefill(model, &mut session, prompt);
    let mut output = vec![first];
    output.extend(decode_ids(model, &mut session, first, 127));
    output
}

/// Read `ids`; the greedy choice after them.
fn prefill<B: Backend>(model: &mut Model<B>, session: &mut Session<B>, ids: &[u32]) -> u32 {
    let chunks: Vec<&[u32]> = ids.chunks(WINDOW).collect();
    let (last, before) = chunks.split_last().expect("there are ids");
    for chunk in before {
        model.forward(session, chunk, 0);
    }
    greedy(model, session, last)
}

fn decode_ids<B: Backend>(model: &mut Model<B>, session: &mut Session<B>, mut id: u32, n: usize) -> Vec<u32> {
    let step = |_| {
        id = greedy(model, session, &[id]);
        id
    };
    (0..n).map(step).collect()
}

/// Run prompt and output in windows and compare every choice.
///
/// # Panics
/// If a choice differs: the bits would not be the same.
pub fn teacher_forced<B: Backend>(model: &mut Model<B>, prompt: &[u32], output: &[u32], mut recorder: Option<&mut Recorder>) {
    let mut session = model.session(WINDOW);
    let all: Vec<u32> = prompt.iter().chain(&output[..output.len() - 1]).copied().collect();
    let mut chosen = Vec::new();
    for (i, chunk) in all.chunks(WINDOW).enumerate() {
        let heads = (i * WINDOW + chunk.len()).saturating_sub(prompt.len() - 1).min(chunk.len());
        let observer = recorder.as_deref_mut().map(|recorder| recorder as &mut dyn Observer<B>);
        let logits = model.forward_observed(&mut session, chunk, heads, observer);
        chosen.extend(choices(&mut model.backend, logits, heads));
    }
    assert_eq!(chosen, output, "teacher forcing parts from generation");
}

/// Read `ids`; the greedy choice after them.
fn greedy<B: Backend>(model: &mut Model<B>, session: &mut Session<B>, ids: &[u32]) -> u32 {
    let logits = model.forward(session, ids, 1);
    choices(&mut model.backend, logits, 1)[0]
}

/// The greedy choices among the first rows of the logits.
///
/// # Panics
/// If the device fails.
fn choices<B: Backend>(backend: &mut B, logits: &B::Ints, rows: usize) -> Vec<u32> {
    let mut choice = backend.choose(logits, &Sampler::GREEDY, &vec![0; rows]);
    loop {
        if let Poll::Ready(ids) = choice.poll() {
            return ids.unwrap_or_else(|fault| panic!("{fault}"));
        }
    }
}
