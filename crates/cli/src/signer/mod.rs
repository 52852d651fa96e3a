//! Who signs: a key in an encrypted file, or a program that keeps keys for itself. Private keys are never arguments or variables.

mod external;
mod keystore;
mod password;

use std::path::PathBuf;

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature};
use openimo_core::chain::permit::Permit;

use crate::failure::Failure;
use external::External;
pub use keystore::Keystore;
pub use password::PasswordSource;

/// A transaction that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTransaction {
    /// Its hash.
    pub hash: B256,
    /// Its bytes.
    pub raw: Bytes,
}

impl SignedTransaction {
    fn new(transaction: TxEip1559, signature: Signature) -> Self {
        let signed = TxEnvelope::from(transaction.into_signed(signature));
        Self { hash: *signed.tx_hash(), raw: signed.encoded_2718().into() }
    }
}

/// Something that signs for one account, and never more than it is asked for.
pub trait Signer {
    /// The account.
    fn address(&self) -> Address;

    /// Sign exactly this transaction.
    ///
    /// # Errors
    /// If the person or the program refuses.
    fn sign_transaction(&self, transaction: &TxEip1559) -> Result<SignedTransaction, Failure>;

    /// Sign exactly this permit; 65 bytes as `0x` digits.
    ///
    /// # Errors
    /// As [`Signer::sign_transaction`].
    fn sign_permit(&self, permit: &Permit) -> Result<String, Failure>;
}

/// Who signs.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct SignerArgs {
    /// The account's key: an encrypted keystore file, as `openimo key new` makes one.
    #[arg(long, value_name = "FILE", env = "OPENIMO_KEYSTORE", conflicts_with = "signer")]
    keystore: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordSource,
    /// A program that keeps keys and asks its user before it signs (clef, web3signer, frame), by its JSON-RPC address.
    #[arg(long, value_name = "URL", conflicts_with = "password_file")]
    signer: Option<String>,
    /// The account, where the program has several.
    #[arg(long, value_name = "ADDRESS", requires = "signer")]
    from: Option<Address>,
}

impl SignerArgs {
    /// The signer. A keystore is opened when it has to sign, or where it does not say whose it is.
    ///
    /// # Errors
    /// If there is none, or it has no such account.
    pub fn signer(&self) -> Result<Box<dyn Signer>, Failure> {
        match (&self.keystore, &self.signer) {
            (_, Some(url)) => Ok(Box::new(External::connect(url, self.from)?)),
            (Some(path), None) => Ok(Box::new(Keystore::open(path, self.password.clone())?)),
            (None, None) => Err(Failure::new("nobody was named who signs")
                .next("give --keystore FILE (`openimo key new` makes one), or --signer URL of a program that keeps keys")),
        }
    }
}
