//! What a person can do when a contract refuses: the next step, by the name of the contract's error.

/// Errors that follow from what a person asked for, each with what to do next.
const ADVICE: &[(&str, &str)] = &[
    (
        "OfferingWrongPhase",
        "look where the offering stands: deposits are taken while it is open, claims after success, refunds after failure",
    ),
    ("OfferingZeroDeposit", "deposit more than nothing"),
    ("OfferingAccountCapExceeded", "deposit no more than the room that is left to the account"),
    ("OfferingWrongValue", "look at the offering again: its currency is another one"),
    ("OfferingInexactTransfer", "the currency takes a fee on transfers, so this offering cannot take it"),
    ("OfferingNoDeposit", "choose the account that made the deposit"),
    ("OfferingAlreadySettled", "nothing is left to do: the account was paid before"),
    ("OfferingInvalidRecipient", "choose another recipient"),
    ("OfferingAlreadyFinalized", "nothing is left to do: the outcome is booked"),
    ("OfferingNotFinalized", "book the outcome first: anyone can finalise the offering"),
    ("TermsInvalidTarget", "choose a target above nothing and not above the cap"),
    ("TermsPriceTooCoarse", "sell at least one smallest unit of the token for each of the currency: more tokens, or a lower cap"),
    ("TermsInvalidAccountCap", "choose an account cap above nothing and not above the cap"),
    ("TermsInvalidStart", "choose a start that is not past and at most a year ahead"),
    ("TermsInvalidEnd", "choose an end between an hour and 90 days after the start"),
    ("TermsSharesNotWhole", "make the shares of the proceeds sum to 100 per cent"),
    ("TermsSupplyMismatch", "sell fewer tokens: the supply has to fit into 128 bits"),
    ("TermsZeroBeneficiary", "name an account for every part"),
    ("TermsInvalidVesting", "vest team and treasury over 30 days to 10 years, with a cliff that is no longer than that"),
    ("TermsInvalidCurrency", "choose ETH, or an ERC-20 that exists on this chain"),
    ("InvalidPercent", "choose 0 to 100 per cent"),
    ("InvalidInterval", "choose at least one block between snapshots"),
    ("InvalidRevenueToken", "name ERC-20s of this chain, each once"),
    ("TooManyRevenueTokens", "name at most eight revenue tokens"),
    ("SnapshotTooEarly", "wait for the block that the contract names"),
    ("BurnInSnapshotBlock", "try again in the next block"),
    ("EthRefused", "choose another recipient: this one takes no ETH"),
    ("InvalidRecipient", "choose another recipient"),
    ("ERC20InsufficientBalance", "use no more tokens than the account has"),
    ("ERC20InsufficientAllowance", "allow the offering to take the deposit first"),
    ("ERC2612ExpiredSignature", "sign the permit again"),
    ("ERC2612InvalidSigner", "sign the permit again, with the account that pays"),
    ("AigcPromptTaken", "ask for another request or seed: this one is minted"),
    ("AigcPromptTooLong", "ask for a shorter request"),
    ("AigcWrongFee", "look at the collection again: its fee is another one"),
    ("AigcNotAccepted", "assert or prove the content first: the collection's verifier does not take it"),
    ("CommitUnknown", "commit first, from the account that mints"),
    ("CommitTooYoung", "wait for the block that the contract names"),
    ("CommitExpired", "commit again: the commitment is too old"),
    ("BondedWrongBond", "look at the verifier again: its bond is another one"),
    ("BondedWrongStatus", "look at the assertion: somebody has asserted or challenged meanwhile"),
];

/// The next step for a reason as [`super::revert::reason`] gives it.
pub fn advice(reason: &str) -> Option<&'static str> {
    let name = reason.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    ADVICE.iter().find(|(error, _)| *error == name).map(|(_, next)| *next)
}

#[cfg(test)]
mod tests {
    use super::super::abi::JSON;
    use super::*;

    #[test]
    fn every_error_is_one_of_a_contract_and_stands_once() {
        let abi: String = JSON.iter().map(|(_, json)| json.replace(char::is_whitespace, "")).collect();
        for (i, (error, _)) in ADVICE.iter().enumerate() {
            assert!(abi.contains(&format!("\"name\":\"{error}\"")), "{error}");
            assert!(ADVICE[..i].iter().all(|(other, _)| other != error), "{error}");
        }
    }

    #[test]
    fn advice_goes_by_the_whole_name() {
        assert!(advice("OfferingWrongPhase { phase: 0 }").is_some());
        assert!(advice("CommitExpired").is_some());
        for reason in ["", "OfferingWrong", "“OfferingWrongPhase”", "no reason was given"] {
            assert_eq!(advice(reason), None);
        }
    }
}
