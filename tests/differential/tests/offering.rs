//! `ModelOffering`, created by its factory, with its vesting wallets.

use openimo_differential::offering::Mutation;
use openimo_differential::offering::compare::Chain;
use openimo_differential::tally::{Tally, spread};

const SEQUENCES: u64 = 6_000;

const PHASE: &str = "OfferingWrongPhase";
const SETTLING: &[&str] = &[PHASE, "OfferingInvalidRecipient", "OfferingNoDeposit", "OfferingAlreadySettled", "FailedCall"];
const OUTCOMES: &[(&str, &[&str])] = &[
    (
        "create",
        &[
            "TermsInvalidTarget",
            "TermsPriceTooCoarse",
            "TermsInvalidAccountCap",
            "TermsInvalidStart",
            "TermsInvalidEnd",
            "TermsSharesNotWhole",
            "TermsInvalidVesting",
        ],
    ),
    ("pass", &[]),
    ("deposit", &[PHASE, "OfferingZeroDeposit", "OfferingWrongValue", "OfferingAccountCapExceeded"]),
    ("claim", SETTLING),
    ("claimTo", SETTLING),
    ("refund", &[PHASE, "OfferingNoDeposit", "OfferingAlreadySettled", "FailedCall"]),
    ("refundTo", SETTLING),
    ("finalize", &[PHASE, "OfferingAlreadyFinalized"]),
    ("release", &[PHASE, "OfferingNotFinalized", "OfferingAlreadyReleased"]),
    ("forwardExcess", &["OfferingNotFinalized", "OfferingNoExcess", "BurnInSnapshotBlock"]),
    ("stray", &["OfferingDirectPayment"]),
    ("vest", &[]),
    ("snapshot", &["SnapshotTooEarly"]),
];

#[test]
fn the_contracts_keep_the_rules_to_the_unit() {
    let tally = spread(SEQUENCES, |chain: &mut Chain, seed, tally| chain.run(seed, Mutation::None, tally));
    println!("ModelOffering: {tally}");
    assert_eq!(tally.sequences, SEQUENCES);
    assert_eq!(tally.missing(OUTCOMES), [""; 0], "nothing was compared about these");
}

#[test]
fn a_wrong_rule_is_found_out() {
    let mut chain = Chain::default();
    for mutation in Mutation::ALL {
        let found = (0..2_000).find(|&seed| chain.run(seed, mutation, &mut Tally::default()).is_err());
        println!("{mutation:?}: found in sequence {}", found.unwrap_or_else(|| panic!("{mutation:?} was not found")));
    }
}
