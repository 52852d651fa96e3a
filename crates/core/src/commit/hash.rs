//! 32-byte digests: one newtype a meaning, written as `0x` and 64 lower-case hex digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha3::{Digest, Keccak256};

/// A text that is not `0x` and 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 0x and 64 hex digits, got {got:?}")]
pub struct ParseHashError {
    /// The start of what was found instead.
    pub got: String,
}

macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "0x{}", hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseHashError;

            fn from_str(text: &str) -> Result<Self, ParseHashError> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

hashes! {
    /// A digest with no further meaning.
    Hash,
    /// Root over everything that determines what a model computes.
    ModelId,
    /// keccak256 of a canonical request.
    RequestHash,
    /// keccak256 of a prompt's ids.
    PromptHash,
    /// Seed of a request's draws; not a digest, but written like one.
    Seed,
    /// keccak256 of the generated content.
    ContentHash,
    /// Root over a run's committed intermediates.
    TraceRoot,
    /// keccak256 of a statement.
    StatementHash,
}

/// Ethereum's keccak256.
pub fn keccak256(bytes: &[u8]) -> Hash {
    Hash(Keccak256::digest(bytes).into())
}

fn parse(text: &str) -> Result<[u8; 32], ParseHashError> {
    let mut bytes = [0u8; 32];
    let digits = text.strip_prefix("0x").filter(|d| !d.bytes().any(|b| b.is_ascii_uppercase()));
    match digits.map(|d| hex::decode_to_slice(d, &mut bytes)) {
        Some(Ok(())) => Ok(bytes),
        _ => Err(ParseHashError { got: text.chars().take(80).collect() }),
    }
}
