//! `cargo xtask contracts`: the Foundry project, with the tools that its lock file pins.

mod abi;

use std::path::PathBuf;

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
    /// Compile, and write the ABI and the code's fingerprints into crates/core/src/chain/abi.
    Abi,
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
        Verb::Abi => {
            sources()?.run().context("the contracts")?;
            return abi::write();
        }
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

/// The committed ABI is what forge builds from the sources.
///
/// # Errors
/// If it differs, or the sources do not compile.
pub fn check_abi() -> Result<()> {
    sources()?.run().context("the contracts")?;
    abi::check()
}

/// Compile without the tests.
fn sources() -> Ready<Cmd> {
    Ok(forge()?.args(["build", "--skip", "test"]))
}

/// The local chain, from the packages of the contracts.
pub fn anvil() -> Ready<PathBuf> {
    let folder = paths::root().join("contracts");
    node::install(&folder)?;
    let name = format!("anvil{}", std::env::consts::EXE_SUFFIX);
    let packaged = std::fs::read_dir(folder.join("node_modules/@foundry-rs")).into_iter().flatten().flatten();
    let packaged = packaged.map(|package| package.path().join("bin").join(&name)).find(|file| file.exists());
    let how = "install Foundry (https://getfoundry.sh) and put anvil on PATH";
    packaged.or_else(|| paths::on_path("anvil")).ok_or_else(|| Missing::new("anvil for this platform", how))
}
