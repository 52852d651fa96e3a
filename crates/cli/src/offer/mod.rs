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

use alloy_primitives::Address;
use clap::{Args as ClapArgs, Subcommand};

use crate::chain::run::Task;
use crate::chain::session::{SendArgs, Session};
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

/// Who is paid.
#[derive(Debug, ClapArgs)]
#[group(skip)]
struct Recipient {
    /// Who is paid [default: the account itself]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

impl Recipient {
    fn or_account(&self, session: &Session) -> Address {
        self.to.unwrap_or_else(|| session.account())
    }
}

/// Do what a verb is for, and say that it was done, for people or programs.
fn perform(task: &dyn Task, send: &SendArgs, said: impl FnOnce(&Session) -> String) -> Result<ExitCode, Failure> {
    let session = Session::open(send)?;
    match session.run(task)? {
        Some(finished) if send.json => println!("{:#}", finished.to_json()),
        Some(_) => println!("{}", said(&session)),
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}
