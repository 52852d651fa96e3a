//! The `openimo` command line. One verb a file; a verb reads its arguments, calls the core, and prints.
//!
//! Exit status: 0 done (or verified), 1 not verified, 2 could not do it or could not check, 3 an offering in which everything can be lost.

#![deny(unsafe_code)]

mod bundled;
mod chain;
mod engine;
mod failure;
mod fetch;
mod generate;
mod import;
mod inspect;
mod key;
mod locate;
mod mapped;
mod mint;
mod model_file;
mod node;
mod offer;
mod ranks;
mod report;
mod signer;
mod status;
mod terminal;
mod trace;
mod verify;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Import a model, generate with it, verify what it generated; offer its token, buy and claim; mint what it generated; answer an
/// oracle with it, and watch what is asserted of it.
#[derive(Debug, Parser)]
#[command(name = "openimo", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Fetch(fetch::Args),
    Generate(generate::Args),
    Inspect(inspect::Args),
    Import(import::Args),
    Key(key::Args),
    Mint(Box<mint::Args>),
    Node(Box<node::Args>),
    Offer(offer::Args),
    Trace(trace::Args),
    Verify(verify::Args),
    Watch(Box<watch::Args>),
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Fetch(args) => fetch::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Key(args) => key::run(&args),
        Command::Mint(args) => mint::run(&args),
        Command::Node(args) => node::run(&args),
        Command::Offer(args) => offer::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Watch(args) => watch::run(&args),
    }
}

fn main() -> ExitCode {
    run(Cli::parse().command).unwrap_or_else(|failure| failure.report())
}
