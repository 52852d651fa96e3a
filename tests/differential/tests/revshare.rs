//! `RevShareToken`.

use openimo_differential::revshare::Mutation;
use openimo_differential::revshare::compare::Chain;
use openimo_differential::tally::Tally;

const SEQUENCES: u64 = 6_000;
const THREADS: u64 = 2;

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
    let workers: Vec<_> = (0..THREADS)
        .map(|first| {
            std::thread::spawn(move || {
                let (mut chain, mut tally) = (Chain::default(), Tally::default());
                for seed in (first..SEQUENCES).step_by(THREADS as usize) {
                    chain.run(seed, Mutation::None, &mut tally).unwrap_or_else(|what| panic!("{what}"));
                }
                tally
            })
        })
        .collect();
    let mut tally = Tally::default();
    workers.into_iter().for_each(|worker| tally.add(worker.join().expect("no sequence differs")));
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
