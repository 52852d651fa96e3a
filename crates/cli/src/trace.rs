//! `openimo trace`: takes one step out of the run of a bundle, and checks such a step against the trace root.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use clap::{Args as ClapArgs, Subcommand};
use openimo_core::bundle::Bundle;
use openimo_core::commit::ModelId;
use openimo_core::model::Model;
use openimo_core::request::Request;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::trace::open::{OpenError, open};
use openimo_core::trace::recorder::Which;
use openimo_core::trace::spot::{Finding, Spot};

use crate::failure::Failure;
use crate::locate;
use crate::status::{Status, stop_flag};
use crate::verify::read;

/// Longest spot that is read, bytes.
const MAX_SPOT: u64 = 1 << 30;

/// Take one step out of a run, or check one.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Open(Open),
    Check(Check),
}

/// Run a bundle that has a trace root again, and write one step of it with what it takes to check that step alone.
#[derive(Debug, ClapArgs)]
struct Open {
    /// The bundle.
    bundle: PathBuf,
    /// The model file [default: OPENIMO_MODEL, else the bundle's model in the cache]
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    step: StepArgs,
    /// Position in the sequence of prompt and output, from 0.
    #[arg(long, value_name = "N")]
    position: usize,
    /// Write the spot here.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Which step.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
struct StepArgs {
    /// A layer, from 0.
    #[arg(long, value_name = "N")]
    layer: Option<u32>,
    /// The embedding.
    #[arg(long)]
    embedding: bool,
    /// The choice of the next token.
    #[arg(long)]
    choice: bool,
}

/// Check one step of a run against the trace root of its statement.
///
/// Exit status: 0 the step holds, 1 it does not, 2 it could not be checked. It says nothing about the other steps.
#[derive(Debug, ClapArgs)]
struct Check {
    /// What `openimo trace open` wrote.
    spot: PathBuf,
    /// The model file [default: OPENIMO_MODEL, else the spot's model in the cache]
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.verb {
        Verb::Open(args) => args.run(),
        Verb::Check(args) => args.run(),
    }
}

impl StepArgs {
    fn which(&self) -> Which {
        match self.layer {
            Some(layer) => Which::Layer(layer),
            None if self.embedding => Which::Embedding,
            None => Which::Choice,
        }
    }
}

impl Open {
    fn run(&self) -> Result<ExitCode, Failure> {
        let bundle = Bundle::parse(&read(&self.bundle)?)?;
        let status = Status::new("loading the model");
        let (mut model, tokenizer) = load(self.model.as_deref(), bundle.statement.model_id)?;
        let request = Request::parse(&bundle.request)?;
        let prompt = tokenizer.encode_prompt(&request.prompt)?;
        let context = model.manifest.config.context as usize;
        let ids = &bundle.output.ids;
        if prompt.is_empty()
            || ids.is_empty()
            || prompt.len() + ids.len() > context
            || ids.iter().any(|&id| id >= model.manifest.config.vocab)
        {
            return Err(Failure::new("the model cannot have made this output").next("see what is wrong with it: openimo verify"));
        }
        let stop = stop_flag()?;
        let spot = open(&mut model, &bundle, &prompt, self.step.which(), self.position, &mut |progress| {
            status.say(format!("running it again, {} of {}", progress.done, progress.total));
            if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        status.clear();
        let spot = spot.map_err(|error| {
            let next = match error {
                OpenError::NoTraceRoot => "generate it with --trace",
                _ => "verify the bundle first: openimo verify",
            };
            Failure::from(error).next(next)
        })?;
        let path = self.output.display();
        std::fs::write(&self.output, spot.to_json()).map_err(|e| Failure::new(format!("cannot write {path}: {e}")))?;
        eprintln!("written to {path}; check it with `openimo trace check {path}`");
        Ok(ExitCode::SUCCESS)
    }
}

impl Check {
    fn run(&self) -> Result<ExitCode, Failure> {
        let unreadable = |e: std::io::Error| Failure::new(format!("cannot read {}: {e}", self.spot.display()));
        if std::fs::metadata(&self.spot).map_err(unreadable)?.len() > MAX_SPOT {
            return Err(Failure::new(format!("{} is too long for a spot", self.spot.display())));
        }
        let spot = Spot::parse(&std::fs::read(&self.spot).map_err(unreadable)?)?;
        let status = Status::new("loading the model");
        let (mut model, tokenizer) = load(self.model.as_deref(), spot.statement.model_id)?;
        let found = spot.check(&mut model, &tokenizer);
        status.clear();
        let place = format!("position {}", spot.position);
        let (said, code) = match found? {
            Finding::Holds => (format!("the step holds at {place}; it says nothing about the other steps"), 0),
            Finding::Differs { column, expected, found } => {
                (format!("the step does not hold at {place}: column {column} is {expected}, the trace has {found}"), 1)
            }
            Finding::OtherId { expected, found } => {
                (format!("the step does not hold at {place}: the model picks id {expected}, the run has {found}"), 1)
            }
        };
        println!("{said}\n  statement  {}", spot.statement.hash());
        Ok(ExitCode::from(code))
    }
}

/// The model of a statement, on one thread.
fn load(named: Option<&Path>, id: ModelId) -> Result<(Model<Simd>, Tokenizer), Failure> {
    let missing = || Failure::new(format!("model {id} is not at hand")).next("give its file with --model FILE");
    let file = locate::for_bundle(named, Some(id))?.ok_or_else(missing)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let model = file.load(Simd::new(Level::detect()), threads, &mut |_| {})?;
    if model.id != id {
        return Err(Failure::new(format!("this is of model {id}, the model given is {}", model.id)));
    }
    let tokenizer = model.tokenizer()?;
    Ok((model, tokenizer))
}
