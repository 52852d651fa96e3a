//! A key in an encrypted file: Web3 Secret Storage, version 3, as clef, geth and foundry write it.

use std::cell::OnceCell;
use std::io::Write;
use std::path::{Path, PathBuf};

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, Signature, hex};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use openimo_core::chain::permit::Permit;
use rand::rngs::OsRng;
use serde_json::Value;

use super::{PasswordSource, SignedTransaction, Signer};
use crate::failure::Failure;

/// Longest keystore that is read, bytes.
const MAX_FILE: u64 = 64 << 10;
/// Most memory that a file may ask for to be opened, bytes.
const MAX_MEMORY: u64 = 1 << 30;
/// Shortest password of a new key, characters. The file's key derivation is a light one, so the password has to carry the weight.
const MIN_PASSWORD: usize = 12;

/// A keystore file.
pub struct Keystore {
    path: PathBuf,
    password: PasswordSource,
    address: Address,
    key: OnceCell<PrivateKeySigner>,
}

impl Keystore {
    /// The keystore in a file. Where the file does not say whose it is, it is opened at once.
    ///
    /// # Errors
    /// If it cannot be read, or has to be opened and the password is wrong.
    pub fn open(path: &Path, password: PasswordSource) -> Result<Self, Failure> {
        let written = check(path)?;
        let store = |address, key| Self { path: path.to_owned(), password: password.clone(), address, key };
        match written {
            Some(address) => Ok(store(address, OnceCell::new())),
            None => {
                let key = decrypt(path, &password)?;
                Ok(store(key.address(), OnceCell::from(key)))
            }
        }
    }

    /// Make a new key, and write it to a file that is not there yet.
    ///
    /// # Errors
    /// If the file is there, cannot be written, or the password is too short.
    pub fn create(path: &Path, password: &PasswordSource) -> Result<Address, Failure> {
        let unwritable = |e: &dyn std::fmt::Display| Failure::new(format!("cannot write {}: {e}", path.display()));
        if path.exists() {
            return Err(unwritable(&"it is there already, and a key that is overwritten is lost"));
        }
        let password = password.new_password()?;
        if password.chars().count() < MIN_PASSWORD {
            return Err(Failure::new("the password is too short; no key was made")
                .next(format!("choose one of at least {MIN_PASSWORD} characters: whoever gets the file can try many a second")));
        }
        // Written where nobody else can read, then under its name with its address, for the user's eyes alone.
        let place = tempfile::tempdir().map_err(|e| unwritable(&e))?;
        let (key, _) = PrivateKeySigner::new_keystore(place.path(), &mut OsRng, &password, Some("key"))?;
        let text = std::fs::read(place.path().join("key")).map_err(|e| unwritable(&e))?;
        let mut json: Value = serde_json::from_slice(&text)?;
        json["address"] = hex::encode(key.address()).into();
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(path).and_then(|mut file| {
            file.write_all(json.to_string().as_bytes())?;
            file.sync_all()
        });
        written.map_err(|e| unwritable(&e))?;
        Ok(key.address())
    }

    fn key(&self) -> Result<&PrivateKeySigner, Failure> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let key = decrypt(&self.path, &self.password)?;
        if key.address() != self.address {
            return Err(Failure::new(format!(
                "{} says that it is the key of {}, but it is that of {}",
                self.path.display(),
                self.address,
                key.address()
            )));
        }
        Ok(self.key.get_or_init(|| key))
    }

    fn sign(&self, hash: &B256) -> Result<Signature, Failure> {
        Ok(self.key()?.sign_hash_sync(hash)?)
    }
}

impl Signer for Keystore {
    fn address(&self) -> Address {
        self.address
    }

    fn sign_transaction(&self, transaction: &TxEip1559) -> Result<SignedTransaction, Failure> {
        let signature = self.sign(&transaction.signature_hash())?;
        Ok(SignedTransaction::new(transaction.clone(), signature))
    }

    fn sign_permit(&self, permit: &Permit) -> Result<String, Failure> {
        Ok(hex::encode_prefixed(self.sign(&permit.signing_hash())?.as_bytes()))
    }
}

fn decrypt(path: &Path, password: &PasswordSource) -> Result<PrivateKeySigner, Failure> {
    let password = password.password(&format!("password of {}", path.display()))?;
    PrivateKeySigner::decrypt_keystore(path, password).map_err(|error| {
        let wrong = error.to_string().contains("Mac Mismatch");
        let what = if wrong { "the password is wrong".to_owned() } else { error.to_string() };
        Failure::new(format!("cannot open the keystore {}: {what}", path.display()))
    })
}

/// The address that the file names, if it does; an error unless the file is one that can be opened within bounds.
fn check(path: &Path) -> Result<Option<Address>, Failure> {
    let unusable = |why: &dyn std::fmt::Display| Failure::new(format!("cannot use the keystore {}: {why}", path.display()));
    let length = std::fs::metadata(path).map_err(|e| unusable(&e))?.len();
    if length > MAX_FILE {
        return Err(unusable(&"it is too long"));
    }
    let text = std::fs::read(path).map_err(|e| unusable(&e))?;
    let json: Value = serde_json::from_slice(&text).map_err(|_| unusable(&"it is no JSON"))?;
    let word = |pointer: &str| json.pointer(pointer).and_then(Value::as_str);
    let count = |pointer: &str| json.pointer(pointer).and_then(Value::as_u64);
    let bytes = |pointer: &str| word(pointer).and_then(|digits| hex::decode(digits).ok()).map(|bytes| bytes.len());
    if count("/version") != Some(3) {
        return Err(unusable(&"it is not of version 3 of the Web3 Secret Storage"));
    }
    if word("/crypto/cipher") != Some("aes-128-ctr") || bytes("/crypto/cipherparams/iv") != Some(16) {
        return Err(unusable(&"its cipher is not aes-128-ctr"));
    }
    if bytes("/crypto/ciphertext") != Some(32) || bytes("/crypto/mac") != Some(32) || count("/crypto/kdfparams/dklen") != Some(32)
    {
        return Err(unusable(&"its key has not 32 bytes"));
    }
    let is_bounded = match word("/crypto/kdf") {
        Some("scrypt") => {
            let [n, r, p] = ["n", "r", "p"].map(|name| count(&format!("/crypto/kdfparams/{name}")).unwrap_or(0));
            let memory = n.checked_mul(r).and_then(|product| product.checked_mul(128));
            n.is_power_of_two() && n > 1 && r > 0 && (1..=16).contains(&p) && memory.is_some_and(|memory| memory <= MAX_MEMORY)
        }
        Some("pbkdf2") => count("/crypto/kdfparams/c").is_some_and(|c| (1..=10_000_000).contains(&c)),
        _ => false,
    };
    if !is_bounded {
        return Err(unusable(&"its key derivation is not scrypt or pbkdf2 within bounds"));
    }
    match json.get("address") {
        None => Ok(None),
        Some(written) => {
            let written = written.as_str().and_then(|text| text.parse().ok());
            written.map(Some).ok_or_else(|| unusable(&"its address is none"))
        }
    }
}
