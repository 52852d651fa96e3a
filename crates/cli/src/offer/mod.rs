//! `openimo offer`: offer a model's token, look at an offering, and take part in one.

mod burn;
mod buy;
mod claim;
mod create;
mod finalize;
mod inspect;
mod refund;
mod report;
mod snapshot;
mod terms;

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};

use crate::chain::run::Finished;
use crate::failure::Failure;

/// Offer a model's token, look at an offering, and take part in one.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(Box<create::Args>),
    Inspect(Box<inspect::Args>),
    Buy(Box<buy::Args>),
    Refund(Box<refund::Args>),
    Finalize(Box<finalize::Args>),
    Claim(Box<claim::Args>),
    Snapshot(Box<snapshot::Args>),
    Burn(Box<burn::Args>),
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.verb {
        Verb::Create(args) => create::run(args),
        Verb::Inspect(args) => inspect::run(args),
        Verb::Buy(args) => buy::run(args),
        Verb::Refund(args) => refund::run(args),
        Verb::Finalize(args) => finalize::run(args),
        Verb::Claim(args) => claim::run(args),
        Verb::Snapshot(args) => snapshot::run(args),
        Verb::Burn(args) => burn::run(args),
    }
}

/// Say what was done, for people or programs; the end of a verb.
fn done(finished: Option<&Finished>, json: bool, said: &str) -> ExitCode {
    match finished {
        Some(finished) if json => println!("{:#}", finished.to_json()),
        Some(_) => println!("{said}"),
        None => {}
    }
    ExitCode::SUCCESS
}
