//! `cargo xtask contracts`: the Foundry project, with the tools that its lock file pins.

use anyhow::{Context, Result};

use crate::paths;
use crate::setup::{Missing, Ready, node};
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
    let folder = paths::root().join("contracts");
    node::install(&folder)?;
    // Foundry is not published for every platform.
    let forge = Some(folder.join("node_modules/.bin/forge")).filter(|file| file.exists()).or_else(|| paths::on_path("forge"));
    let how = "install Foundry (https://getfoundry.sh) and put forge on PATH";
    Ok(cmd(forge.ok_or_else(|| Missing::new("forge for this platform", how))?).dir(&folder))
}
