//! `cargo xtask <verb>`: the one command surface of the project. Every verb prints the commands that it runs.

mod bench;
mod chain;
mod check;
mod contracts;
mod demo;
mod paths;
mod pkg;
mod serve;
mod setup;
mod sh;
mod test;
mod vectors;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's commands", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Generate with a real model, verify, show that forgeries are caught, offer the model on a local chain, have an oracle's lie refuted there,
    /// and serve the pages.
    Demo(demo::Args),
    /// Run every suite and count what passed, failed and was skipped.
    Test(test::Args),
    /// Check the structure of the repository: rooms, generated files, forbidden words, lengths.
    Check,
    /// Write every generated file: vectors and tables.
    Vectors,
    /// Build, test or format the contracts.
    Contracts(contracts::Args),
    /// Build the npm package into pkg/ and print its sizes.
    Pkg,
    /// Serve the pages, the package and the imported models.
    Serve(serve::Args),
    /// Measure speed, quality, size, gas and disputes, one JSON line a figure.
    Bench(bench::Args),
    /// Install what the other verbs need.
    Setup,
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::Bench(args) => bench::run(&args),
        Verb::Test(args) => test::run(&args),
        Verb::Check => check::run(),
        Verb::Vectors => vectors::run(),
        Verb::Contracts(args) => contracts::run(&args),
        Verb::Pkg => pkg::run(),
        Verb::Serve(args) => serve::run(&args),
        Verb::Setup => setup::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
