//! `openimo key`: makes a key, and says whose it is.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};

use crate::failure::Failure;
use crate::signer::{Keystore, PasswordSource, Signer};

/// Make a key in an encrypted file, or say which account a file is the key of.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a new key. The file and its password are all there is of it: keep copies of both, apart.
    New(File),
    /// Print the account of a key.
    Address(File),
}

#[derive(Debug, ClapArgs)]
struct File {
    /// The encrypted keystore file (Web3 Secret Storage, version 3).
    #[arg(long, value_name = "FILE", env = "OPENIMO_KEYSTORE")]
    keystore: PathBuf,
    #[command(flatten)]
    password: PasswordSource,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let address = match &args.verb {
        Verb::New(file) => Keystore::create(&file.keystore, &file.password)?,
        Verb::Address(file) => Keystore::open(&file.keystore, file.password.clone())?.address(),
    };
    println!("{address}");
    Ok(ExitCode::SUCCESS)
}
