//! Wall time of whole disputes: `openimo watch` against a liar who answers, from the moment it sees a wrong assertion until it is refuted.
//!
//! The watcher has run the model on the assertion when it sees what is wrong, so that run is not in the figure. That it and the liar run the
//! model again for the tensors of the challenged part is.

use std::path::{Path, PathBuf};
use std::time::Instant;

use alloy_primitives::U256;
use anyhow::Result;
use openimo_core::model::file::load;
use openimo_core::request::{Draft, Request};
use openimo_core::scalar::Scalar;
use openimo_core::verify::testing::bundle_model;
use serde_json::json;

use super::{figure, middle};
use crate::chain::{Chain, ETHER, Liar, Oracle, Person, Running, Sent, Terms};
use crate::setup::{model, rust};
use crate::{contracts, paths};

/// Disputes of a model on each kind of chain.
const RUNS: u8 = 5;
/// The accounts of who deploys, and of the liar.
const MAKER: usize = 0;
const LIAR: usize = 1;

/// A model that is disputed about, and what it is asked.
struct Subject {
    name: String,
    file: PathBuf,
    draft: Draft,
}

/// What a dispute took.
struct Taken {
    /// Seconds from the assertion until the watcher has seen that it is wrong.
    seen: f64,
    /// Seconds from then until it is refuted.
    refuted: f64,
    /// Whether the liar had no answer, so that the clock decided.
    silent: bool,
    /// The moves after the assertion.
    moves: Vec<Sent>,
}

/// Measure and print.
///
/// # Errors
/// If something is missing, or a lie is not refuted.
pub fn run(imo: &Path) -> Result<()> {
    let openimo = rust::openimo()?;
    contracts::forge()?.args(["build", "--skip", "test"]).run()?;
    let folder = paths::cache().join("bench-dispute");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let chain = Chain::start(0)?;
    let maker = chain.accounts[MAKER];
    let registry = chain.script(maker, "Deploy", "run()", &[])?.address("registry")?;
    let oracle = Oracle::deploy(&chain, maker, registry, &Terms::LOCAL)?;
    let watcher = Person::new(&openimo, folder.join("watcher"))?;
    chain.pay(maker, watcher.address, U256::from(100 * ETHER))?;
    let subjects = [real(imo), small(&folder)?];
    let mut liars = Vec::new();
    for Subject { file, .. } in &subjects {
        let file = std::fs::read(file)?;
        oracle.learn(&chain, maker, &file)?;
        liars.push(Liar::new(file, chain.accounts[LIAR])?);
    }
    for (blocks, first) in [("one for each transaction", 0), ("one a second", RUNS)] {
        if first > 0 {
            chain.every(1)?;
        }
        for (subject, liar) in subjects.iter().zip(&mut liars) {
            let args = ["watch", "--verifier", &oracle.verifier.to_string()];
            let mut program = watcher.start(&chain, "watcher", &args, &subject.file)?;
            program.says("watching")?;
            let mut taken = Vec::new();
            for seed in first..first + RUNS {
                taken.push(dispute(&chain, &oracle, liar, &mut program, &subject.request(seed)?)?);
            }
            report(&subject.name, blocks, &taken);
        }
    }
    Ok(())
}

fn real(imo: &Path) -> Subject {
    let draft = Draft {
        prompt: Some("Why is the sky blue? Because".into()),
        temperature: Some("0.8".into()),
        max_tokens: Some(48),
        ..Draft::default()
    };
    Subject { name: model::stem(imo), file: imo.to_owned(), draft }
}

/// Two layers of 32 columns.
fn small(folder: &Path) -> Result<Subject> {
    let file = folder.join("small.imo");
    std::fs::write(&file, bundle_model().imo())?;
    let draft = Draft {
        prompt: Some("What is checked?".into()),
        temperature: Some("4".into()),
        max_tokens: Some(32),
        ..Draft::default()
    };
    Ok(Subject { name: "two layers of 32 columns".into(), file, draft })
}

impl Subject {
    /// Another request for each seed.
    fn request(&self, seed: u8) -> Result<Request> {
        let draft = Draft { seed: Some(seed.to_string()), ..self.draft.clone() };
        let tokenizer = load(&std::fs::read(&self.file)?, Scalar)?.tokenizer()?;
        Ok(draft.request(&tokenizer.encode_prompt(&draft.prompt()?)?)?)
    }
}

fn dispute(chain: &Chain, oracle: &Oracle, liar: &mut Liar, watcher: &mut Running, request: &Request) -> Result<Taken> {
    let lie = liar.lie(request)?;
    let block = chain.newest()?;
    liar.assert(chain, oracle.verifier, &lie)?;
    let asserted = Instant::now();
    let end = liar.defend(chain, oracle.verifier, &lie)?;
    let (seen, _) = watcher.says(&format!("wrong {}", lie.number))?;
    // It has fetched what it won, so that nothing of this dispute is in the next.
    watcher.says(&format!("refuted {}", lie.number))?;
    let mut moves = chain.sent(block, &[oracle.verifier])?;
    moves.retain(Sent::is_move);
    Ok(Taken {
        seen: seen.saturating_duration_since(asserted).as_secs_f64(),
        refuted: end.at.saturating_duration_since(seen).as_secs_f64(),
        silent: end.silent,
        moves,
    })
}

fn report(name: &str, blocks: &str, taken: &[Taken]) {
    let figure = |what: &str, unit: &str, values: Vec<f64>| {
        let (least, most) = values.iter().fold((f64::INFINITY, 0.0), |(least, most): (f64, f64), &v| (least.min(v), most.max(v)));
        let conditions = json!({
            "model": name,
            "blocks": blocks,
            "runs": taken.len(),
            "least": least,
            "most": most,
            "watcher": "openimo watch, looks once a second",
            "silent": taken.iter().filter(|taken| taken.silent).count(),
        });
        figure(&format!("dispute.{what}"), middle(values), unit, conditions);
    };
    let each = |of: &dyn Fn(&Taken) -> f64| taken.iter().map(of).collect::<Vec<f64>>();
    figure("seen_after_assertion", "s", each(&|taken| taken.seen));
    figure("refuted_after_seen", "s", each(&|taken| taken.refuted));
    figure("transactions", "after the assertion", each(&|taken| taken.moves.len() as f64));
    figure("gas", "gas", each(&|taken| taken.moves.iter().map(|sent| sent.gas).sum::<u64>() as f64));
    let named = |taken: &Taken, name: &str| taken.moves.iter().filter(|sent| sent.name() == name).count() as f64;
    figure("questions", "ask", each(&|taken| named(taken, "ask")));
    for name in ["challenge", "relocate", "reveal", "ask", "defend", "prove", "timeout"] {
        let moves = || taken.iter().flat_map(|taken| &taken.moves).filter(|sent| sent.name() == name);
        if moves().next().is_none() {
            continue;
        }
        figure(&format!("gas.{name}"), "gas", moves().map(|sent| sent.gas as f64).collect());
        let opened: Vec<f64> = moves().filter_map(|sent| sent.witness()).map(|bytes| bytes as f64).collect();
        if !opened.is_empty() {
            figure(&format!("witness.{name}"), "bytes", opened);
        }
    }
}
