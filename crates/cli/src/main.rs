//! The `openimo` command line. One verb a file; a verb reads its arguments, calls the core, and prints.
//!
//! Exit status: 0 done (or verified), 1 not verified, 2 could not do it or could not check.

#![deny(unsafe_code)]

mod failure;
mod fetch;
mod import;
mod inspect;
mod mapped;
mod model_file;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Import a model, generate with it, verify what it generated.
#[derive(Debug, Parser)]
#[command(name = "openimo", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Fetch(fetch::Args),
    Inspect(inspect::Args),
    Import(import::Args),
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Fetch(args) => fetch::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Import(args) => import::run(&args),
    }
}

fn main() -> ExitCode {
    run(Cli::parse().command).unwrap_or_else(|failure| failure.report())
}
