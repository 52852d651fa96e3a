//! Transactions that are not included: the price is raised with the same nonce, so that one of them counts, also where the one that waits is
//! that of a program that was killed.

mod local;

use alloy_primitives::U256;
use local::disputes::interrupted;
use local::served::Served;

const GWEI: u64 = 1_000_000_000;

/// Blocks are made by hand, and the next one is `gwei` times dearer than anything yet.
fn dear(served: &Served, gwei: u64) {
    served.scene.chain.base_fee(gwei * GWEI);
    served.scene.chain.mine(1);
}

/// Blocks are mined until an account has sent so much.
fn mined(served: &Served, sent: u64) {
    let chain = &served.scene.chain;
    served.scene.waits("a transaction in a block", || {
        chain.mine(1);
        chain.sent(served.scene.ann.address) >= sent
    });
}

#[test]
fn a_transaction_that_waits_is_sent_again_at_a_higher_price_and_counts_once() {
    let served = Served::new();
    let (chain, ann) = (&served.scene.chain, served.scene.ann.address);
    let id = served.asks(served.request(21));
    chain.automine(false);
    let node = served.starts(&["--raise-after", "2"]);
    served.scene.waits("the commitment", || chain.waiting() == U256::from(1));
    dear(&served, 200);
    assert_eq!((chain.sent(ann), chain.waiting()), (0, U256::from(1)), "it is too cheap for this block");
    // The next price is today's; nothing else is beside it.
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(chain.waiting(), U256::from(1));
    mined(&served, 1);
    chain.automine(true);
    served.scene.waits("an answer", || served.answers(id) == 1);
    let said = interrupted(node);
    assert!(said.contains("raised the price of the transaction with nonce 0"), "{said}");
    assert_eq!((chain.sent(ann), chain.waiting()), (2, U256::ZERO), "a commitment and an answer: {said}");
    assert_eq!(said.matches("committed to an answer").count(), 1, "{said}");
}

#[test]
fn what_a_killed_program_left_waiting_is_replaced() {
    let served = Served::new();
    let (chain, ann) = (&served.scene.chain, served.scene.ann.address);
    let id = served.asks(served.request(22));
    chain.automine(false);
    let mut node = served.starts(&[]);
    served.scene.waits("the commitment", || chain.waiting() == U256::from(1));
    node.kill().unwrap();
    node.wait().unwrap();
    dear(&served, 200);
    assert_eq!((chain.sent(ann), chain.waiting()), (0, U256::from(1)), "it is too cheap for this block");
    let node = served.starts(&["--raise-after", "2"]);
    mined(&served, 1);
    chain.automine(true);
    served.scene.waits("an answer", || served.answers(id) == 1);
    let said = interrupted(node);
    assert!(said.contains("is still waiting") && said.contains("raised the price"), "{said}");
    assert_eq!((chain.sent(ann), chain.waiting()), (2, U256::ZERO), "{said}");
}

#[test]
fn fees_end_where_they_are_allowed_to() {
    let served = Served::new();
    let chain = &served.scene.chain;
    served.asks(served.request(23));
    let node = served.starts(&["--max-fee", "0.00000001"]);
    std::thread::sleep(std::time::Duration::from_secs(4));
    let said = interrupted(node);
    assert!(said.contains("next: give more with --max-fee"), "{said}");
    assert_eq!(chain.sent(served.scene.ann.address), 0);
}
