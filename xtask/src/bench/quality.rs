//! Quality: perplexity and divergence of the integer model against the float64 model of the same weights, on a text in the public domain.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use openimo_core::import::Source;
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::tokenizer::Tokenizer;
use serde_json::{Value, json};

use super::figure;
use super::float_model::FloatModel;
use crate::paths;

const TEXT: &str = "vectors/text/alice.txt";
/// Ids of a window; all but its first are scored.
const WINDOW: usize = 512;
/// Ids whose logits are held at once.
const ROWS: usize = 64;
/// Fewer scored ids than this say too little.
const LEAST: usize = 2000;

/// Measure and print; `weights` says in the conditions what was measured.
///
/// # Errors
/// If a file cannot be read, or the text is too short for the model's tokenizer.
pub fn run(gguf: &Path, imo: &Path, weights: &Value) -> Result<()> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let (source, file) = (read(gguf)?, read(imo)?);
    let mut integer = load(&file, Simd::new(Level::detect()))?;
    let tokenizer = Tokenizer::new(&integer.tokenizer_section)?;
    let text = std::fs::read_to_string(paths::root().join(TEXT))?;
    let ids = tokenizer.encode_text(&text)?;
    let windows: Vec<&[u32]> = ids.chunks_exact(WINDOW).collect();
    let scored = windows.len() * (WINDOW - 1);
    ensure!(scored >= LEAST, "the text gives {scored} scored ids, at least {LEAST} are needed");

    let source = Source::gguf(&source)?;
    let float = FloatModel::new(&source, std::thread::available_parallelism().map_or(1, usize::from))?;
    let hidden = float.hidden(&windows)?;
    let mut sums = Sums::default();
    let per_window = hidden.len() / windows.len();
    for (window, hidden) in windows.iter().zip(hidden.chunks(per_window)) {
        compare(&mut integer, &float, window, hidden, 0, &mut sums)?;
    }
    sums.print(scored, weights);
    Ok(())
}

/// Add to `sums` what both models say after each position from `first` on, but the last.
///
/// # Errors
/// If the float model lacks a tensor.
pub(super) fn compare(
    integer: &mut Model<Simd>,
    float: &FloatModel<'_>,
    window: &[u32],
    hidden: &[f64],
    first: usize,
    sums: &mut Sums,
) -> Result<()> {
    let vocab = integer.manifest.config.vocab as usize;
    let mut session = integer.session(ROWS);
    for (i, (ids, hidden)) in window.chunks(ROWS).zip(hidden.chunks(hidden.len() / window.len() * ROWS)).enumerate() {
        let exact = float.logits(hidden)?;
        let logits = integer.forward(&mut session, ids, ids.len());
        let targets = (i * ROWS + 1..).zip(&window[i * ROWS + 1..]);
        let rows = exact.chunks(vocab).zip(logits.v.chunks(vocab));
        for ((exact, logits), (_, &target)) in rows.zip(targets).filter(|(_, (at, _))| *at > first) {
            sums.add(exact, logits, target as usize);
        }
    }
    Ok(())
}

/// What is summed over ids.
#[derive(Default)]
pub(super) struct Sums {
    /// Negative log-likelihood of the targets, in nats.
    float: f64,
    integer: f64,
    /// Kullback-Leibler divergence in nats.
    pub(super) divergence: f64,
    /// Largest divergence of one id.
    pub(super) worst: f64,
    /// How often both have the same largest logit.
    pub(super) agree: usize,
    /// Ids.
    pub(super) n: usize,
}

impl Sums {
    fn add(&mut self, exact: &[f64], logits: &[i32], target: usize) {
        // Logits are Q16.
        let approximate: Vec<f64> = logits.iter().map(|&l| f64::from(l) / 65536.0).collect();
        let (r, q) = (log_softmax(exact), log_softmax(&approximate));
        let divergence: f64 = r.iter().zip(&q).map(|(r, q)| r.exp() * (r - q)).sum();
        let largest = |v: &[f64]| (0..v.len()).max_by(|&a, &b| v[a].total_cmp(&v[b]));
        self.float -= r[target];
        self.integer -= q[target];
        self.divergence += divergence;
        self.worst = self.worst.max(divergence);
        self.agree += usize::from(largest(&r) == largest(&q));
        self.n += 1;
    }

    fn print(&self, scored: usize, weights: &Value) {
        assert_eq!(self.n, scored, "every id but the first of a window is scored");
        let n = scored as f64;
        let (float, integer) = ((self.float / n).exp(), (self.integer / n).exp());
        let conditions = json!({"text": TEXT, "scored_ids": scored, "window": WINDOW, "weights": weights});
        let print = |name: &str, value: f64, unit: &str| figure(&format!("quality.{name}"), value, unit, conditions.clone());
        print("perplexity_float64", float, "perplexity");
        print("perplexity_integer", integer, "perplexity");
        print("perplexity_difference", (integer / float - 1.0) * 100.0, "%");
        print("mean_divergence", self.divergence / n, "nats");
        print("largest_divergence", self.worst, "nats");
        print("same_greedy_choice", self.agree as f64 / n * 100.0, "%");
    }
}

fn log_softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total = logits.iter().map(|l| (l - largest).exp()).sum::<f64>().ln() + largest;
    logits.iter().map(|l| l - total).collect()
}
