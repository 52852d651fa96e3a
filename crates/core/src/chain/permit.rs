//! ERC-2612: an allowance by signature, as typed data (EIP-712).

use std::borrow::Cow;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, sol};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::book::Book;
use super::calls::{CALLS, Value};
use super::error::{ChainError, Code};
use super::preview::{self, Fact, Preview, Units};

/// What a token signs permits with, as read from the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PermitDomain {
    /// The domain's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What the token says that the domain's hash is.
    pub separator: B256,
    /// The owner's next nonce.
    pub nonce: U256,
}

impl PermitDomain {
    /// Whether the token's own hash is that of name, version, chain and address.
    pub fn holds(&self, chain_id: u64, token: Address) -> bool {
        domain(&self.name, &self.version, chain_id, token).separator() == self.separator
    }
}

/// A permit: everything that is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Permit {
    /// The token.
    pub token: Address,
    /// The domain's name.
    pub name: String,
    /// The domain's version.
    pub version: String,
    /// The chain.
    pub chain_id: u64,
    /// Whose tokens.
    pub owner: Address,
    /// Who may take them.
    pub spender: Address,
    /// How many, at most.
    pub value: U256,
    /// The owner's nonce.
    pub nonce: U256,
    /// The last second.
    pub deadline: U256,
}

/// What tokens hash.
mod typed {
    super::sol! {
        struct Permit { address owner; address spender; uint256 value; uint256 nonce; uint256 deadline; }
    }
}

fn domain<'a>(name: &'a str, version: &'a str, chain_id: u64, token: Address) -> Eip712Domain {
    let text = |text: &'a str| Some(Cow::Owned(text.to_owned()));
    Eip712Domain::new(text(name), text(version), Some(U256::from(chain_id)), Some(token), None)
}

impl Permit {
    /// The second parameter of `eth_signTypedData_v4`, whose first is the owner.
    pub fn typed_data(&self) -> String {
        let word = |name: &str, kind: &str| json!({ "name": name, "type": kind });
        let types = json!({
            "EIP712Domain": [word("name", "string"), word("version", "string"), word("chainId", "uint256"), word("verifyingContract", "address")],
            "Permit": [word("owner", "address"), word("spender", "address"), word("value", "uint256"), word("nonce", "uint256"), word("deadline", "uint256")],
        });
        let domain =
            json!({ "name": self.name, "version": self.version, "chainId": self.chain_id, "verifyingContract": self.token });
        let message = json!({
            "owner": self.owner,
            "spender": self.spender,
            "value": self.value.to_string(),
            "nonce": self.nonce.to_string(),
            "deadline": self.deadline.to_string(),
        });
        json!({ "types": types, "primaryType": "Permit", "domain": domain, "message": message }).to_string()
    }

    /// What is signed: the hash of the typed data (EIP-712).
    pub fn signing_hash(&self) -> B256 {
        let Self { owner, spender, value, nonce, deadline, .. } = *self;
        let message = typed::Permit { owner, spender, value, nonce, deadline };
        message.eip712_signing_hash(&domain(&self.name, &self.version, self.chain_id, self.token))
    }

    /// What a signature under it allows.
    ///
    /// # Errors
    /// If it is for another account or chain than the book's, or the spender is no contract of the book.
    pub fn preview(&self, book: &Book) -> Result<Preview, ChainError> {
        let invalid = |message: &str| Err(ChainError::new(Code::PlanUnknownCall, message));
        if self.owner != book.account || self.chain_id != book.chain_id {
            return invalid("the permit is for another account or chain");
        }
        if book.entry(self.spender).is_none() || book.entry(self.token).is_none() {
            return invalid("the permit is for a token or a spender that was not looked at");
        }
        let call = CALLS.iter().find(|call| call.signature.starts_with("permit(")).expect("the token has a permit");
        let values =
            [Value::Address(self.owner), Value::Address(self.spender), Value::Uint(self.value), Value::Uint(self.deadline)];
        let of = Units { book, to: self.token, currency: Address::ZERO };
        let facts: Vec<Fact> = call
            .fields
            .iter()
            .zip(&values)
            .map(|(field, value)| Fact { label: field.label.into(), text: preview::shown(&of, field.format, value) })
            .collect();
        let sentence = preview::sentence(call, &facts);
        Ok(Preview { intent: call.intent.into(), contract: book.name(self.token), chain_id: self.chain_id, facts, sentence })
    }
}

/// A signature's parts as contracts take them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// 27 or 28.
    pub v: u8,
    /// First half.
    pub r: B256,
    /// Second half, not above half the group's order.
    pub s: B256,
}

/// Half the order of secp256k1's group.
const HALF_ORDER: [u8; 32] = alloy_primitives::hex!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

impl Signature {
    /// Read what a wallet gives: 65 bytes, or the 64 of EIP-2098.
    ///
    /// # Errors
    /// If it is none of both, or has the high `s` that contracts refuse. Signatures of smart accounts are longer: they need `approve`.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        let malformed = |why: &str| ChainError::new(Code::WalletAnswer, format!("the wallet's signature {why}"));
        if text.len() > 2 + 130 {
            return Err(malformed("is not one that a permit takes; use an approval instead"));
        }
        let bytes = alloy_primitives::hex::decode(text).map_err(|_| malformed("is no hex"))?;
        let (mut s, v) = match bytes.len() {
            65 => (B256::from_slice(&bytes[32..64]), bytes[64]),
            64 => (B256::from_slice(&bytes[32..64]), bytes[32] >> 7),
            _ => return Err(malformed("has not 64 or 65 bytes")),
        };
        if bytes.len() == 64 {
            s.0[0] &= 0x7f;
        }
        let v = match v {
            0 | 1 => v + 27,
            27 | 28 => v,
            _ => return Err(malformed("has an unknown parity")),
        };
        if s.0 > HALF_ORDER {
            return Err(malformed("is not in the form that contracts accept"));
        }
        Ok(Self { v, r: B256::from_slice(&bytes[..32]), s })
    }
}
