//! Why a contract refused a call, in words.

use alloy_sol_types::{Panic, Revert, SolError, SolInterface};

use super::abi::aigc::AigcToken::AigcTokenErrors;
use super::abi::bonded::BondedAssertionVerifier::BondedAssertionVerifierErrors;
use super::abi::disputes::OptimisticVerifier::OptimisticVerifierErrors;
use super::abi::offering::ModelOffering::ModelOfferingErrors;
use super::abi::oracle::AIOracle::AIOracleErrors;
use super::abi::registry::ModelRegistry::ModelRegistryErrors;
use super::abi::revshare::RevShareToken::RevShareTokenErrors;
use super::abi::vesting::OfferingVesting::OfferingVestingErrors;
use super::text::inert;

/// Longest reason that is read, bytes.
const MAX_REASON: usize = 4096;

/// The error's name with its values, a reason that a contract wrote, or the bytes. Nothing of it is believed; it is only shown.
pub fn reason(data: &[u8]) -> String {
    if data.is_empty() {
        return "no reason was given".into();
    }
    let data = &data[..data.len().min(MAX_REASON)];
    if let Ok(Revert { reason }) = Revert::abi_decode(data) {
        return format!("“{}”", inert(&reason, 200));
    }
    if let Ok(panic) = Panic::abi_decode(data) {
        return inert(&panic.to_string(), 200);
    }
    macro_rules! named {
        ($($errors:ident)*) => {
            $(if let Ok(error) = $errors::abi_decode(data) {
                let text = format!("{error:?}");
                // `Name(Name { field: value })`
                return inert(text.split_once('(').map_or(text.as_str(), |(_, inner)| inner.trim_end_matches(')')), 300);
            })*
        };
    }
    named! {
        ModelOfferingErrors RevShareTokenErrors AigcTokenErrors BondedAssertionVerifierErrors OptimisticVerifierErrors
        AIOracleErrors ModelRegistryErrors OfferingVestingErrors
    }
    format!("an unknown error, {}", alloy_primitives::hex::encode_prefixed(&data[..data.len().min(4)]))
}
