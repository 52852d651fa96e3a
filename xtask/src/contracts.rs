//! `cargo xtask contracts`: the Foundry project, with the tools that its lock file pins.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::paths;
use crate::setup::{Ready, node};
use crate::sh::{Cmd, cmd};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Compile the contracts into contracts/out.
    Build,
    /// Run their tests; further words go to forge.
    Test {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        forge: Vec<String>,
    },
    /// Format the sources.
    Fmt,
}

/// Run forge.
///
/// # Errors
/// If something is missing, or forge reports a failure.
pub fn run(args: &Args) -> Result<()> {
    let forge = match &args.verb {
        Verb::Build => forge()?.arg("build"),
        Verb::Test { forge: words } => forge()?.arg("test").args(words),
        Verb::Fmt => forge()?.arg("fmt"),
    };
    forge.run().context("the contracts")
}

/// forge in the folder of the contracts, whose packages are there.
pub fn forge() -> Ready<Cmd> {
    let folder = folder();
    node::install(&folder)?;
    Ok(cmd(folder.join("node_modules/.bin/forge")).dir(&folder))
}

fn folder() -> PathBuf {
    paths::root().join("contracts")
}
