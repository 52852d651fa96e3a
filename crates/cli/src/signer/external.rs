//! A program that keeps keys for itself and asks its user before it signs, over JSON-RPC: `eth_accounts`, `eth_signTransaction`,
//! `eth_signTypedData_v4`, as web3signer, frame and, by its bridge, clef speak it. What comes back is checked to be what was asked for.

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, Bytes, Signature, TxKind};
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::permit::Permit;
use serde_json::{Value, json};

use super::{SignedTransaction, Signer};
use crate::chain::rpc::Rpc;
use crate::failure::Failure;

/// A signer behind an address.
pub struct External {
    rpc: Rpc,
    address: Address,
}

impl External {
    /// The signer behind an address, for its only account or for the one that is named.
    ///
    /// # Errors
    /// If it cannot be asked or has no such account.
    pub fn connect(url: &str, from: Option<Address>) -> Result<Self, Failure> {
        let rpc = Rpc::signer(url)?;
        let answer = rpc.ask("eth_accounts", json!([]))?;
        let accounts: Vec<Address> = serde_json::from_value(answer).map_err(|_| malformed(&rpc, "no list of accounts"))?;
        let address = match (from, &accounts[..]) {
            (Some(from), accounts) if accounts.contains(&from) => from,
            (Some(from), _) => return Err(Failure::new(format!("the signer {} does not have the account {from}", rpc.shown()))),
            (None, [only]) => *only,
            (None, accounts) => {
                let message = format!("the signer {} has {} accounts", rpc.shown(), accounts.len());
                return Err(Failure::new(message).next("choose one: --from ADDRESS"));
            }
        };
        Ok(Self { rpc, address })
    }

    /// Ask; what the signer refuses, its user has refused.
    fn ask(&self, method: &str, params: Value) -> Result<Value, Failure> {
        self.rpc.ask(method, params).map_err(|error| match error.code {
            Code::RpcRefused | Code::RpcReverted => Failure::new(format!("{}; nothing was signed", error.message))
                .next("look at the signer, and run the command again"),
            _ => error.into(),
        })
    }
}

impl Signer for External {
    fn address(&self) -> Address {
        self.address
    }

    fn sign_transaction(&self, transaction: &TxEip1559) -> Result<SignedTransaction, Failure> {
        let TxKind::Call(to) = transaction.to else { return Err(Failure::new("only calls of contracts are signed")) };
        let number = |number: u128| format!("{number:#x}");
        let request = json!({
            "from": self.address,
            "to": to,
            "value": transaction.value,
            "data": transaction.input,
            "gas": number(transaction.gas_limit.into()),
            "maxFeePerGas": number(transaction.max_fee_per_gas),
            "maxPriorityFeePerGas": number(transaction.max_priority_fee_per_gas),
            "nonce": number(transaction.nonce.into()),
            "chainId": number(transaction.chain_id.into()),
            "type": "0x2",
        });
        let answer = self.ask("eth_signTransaction", json!([request]))?;
        // Some give the bytes, some an object that has them.
        let raw = answer.get("raw").unwrap_or(&answer);
        let raw: Bytes = serde_json::from_value(raw.clone()).map_err(|_| malformed(&self.rpc, "no transaction"))?;
        let signed = TxEnvelope::decode_2718(&mut raw.as_ref()).map_err(|_| malformed(&self.rpc, "no transaction"))?;
        let Some(inner) = signed.as_eip1559().filter(|inner| inner.tx() == transaction) else {
            return Err(changed(&self.rpc, "another transaction than it was asked to"));
        };
        let signer = inner.signature().recover_address_from_prehash(&transaction.signature_hash());
        if signer.ok() != Some(self.address) {
            return Err(changed(&self.rpc, "with another key than the account's"));
        }
        Ok(SignedTransaction { hash: *inner.hash(), raw })
    }

    fn sign_permit(&self, permit: &Permit) -> Result<String, Failure> {
        let typed: Value = serde_json::from_str(&permit.typed_data())?;
        let answer = self.ask("eth_signTypedData_v4", json!([self.address, typed]))?;
        let signature = answer.as_str().and_then(|text| text.parse::<Signature>().ok().map(|signature| (text, signature)));
        let Some((text, signature)) = signature else { return Err(malformed(&self.rpc, "no signature").into()) };
        if signature.recover_address_from_prehash(&permit.signing_hash()).ok() != Some(self.address) {
            return Err(changed(&self.rpc, "another permit than it was asked to, or with another key"));
        }
        Ok(text.to_owned())
    }
}

fn malformed(rpc: &Rpc, what: &str) -> ChainError {
    ChainError::new(Code::WalletAnswer, format!("the signer {} answers with {what}", rpc.shown()))
}

fn changed(rpc: &Rpc, what: &str) -> Failure {
    ChainError::new(Code::PlanChanged, format!("the signer {} signed {what}; it was not sent", rpc.shown())).into()
}
