//! `RevShareToken`.

use openimo_differential::revshare::Mutation;
use openimo_differential::revshare::compare::Chain;
use openimo_differential::tally::{Tally, spread};

const SEQUENCES: u64 = 6_000;

const OUTCOMES: &[(&str, &[&str])] = &[
    ("mine", &[]),
    ("revenue", &[]),
    ("odd token", &[]),
    ("transfer", &["ERC20InsufficientBalance", "ERC20InvalidReceiver"]),
    ("snapshot", &["SnapshotTooEarly", "NoSupplyAt"]),
    ("claim", &["EthRefused"]),
    ("claimTo", &["EthRefused", "InvalidRecipient"]),
    ("claimFor", &["EthRefused"]),
    ("burn", &["BurnInSnapshotBlock", "ERC20InsufficientBalance", "EthRefused"]),
    ("burnTo", &["BurnInSnapshotBlock", "ERC20InsufficientBalance", "EthRefused", "InvalidRecipient"]),
    ("collect", &["InvalidRecipient"]),
    ("collectRemainder", &["NotLastHolder", "InvalidRecipient", "EthRefused"]),
];

#[test]
fn the_contract_keeps_the_rules_to_the_unit() {
    let tally = spread(SEQUENCES, |chain: &mut Chain, seed, tally| chain.run(seed, Mutation::None, tally));
    println!("RevShareToken: {tally}");
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
