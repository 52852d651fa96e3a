//! Transactions that are not included: the price is raised with the same nonce, so that one of them counts, also where the one that waits is
//! that of a program that was killed.

mod local;

use alloy_primitives::U256;
use local::disputes::interrupted;
use local::served::Served;
use serde_json::{Value, json};

/// Blocks are mined until an account has sent so much.
fn mined(served: &Served, sent: u64) {
    let chain = &served.scene.chain;
    served.scene.waits("a transaction in a block", || {
        chain.mine(1);
        chain.sent(served.scene.ann.address) >= sent
    });
}

/// The nonces and prices of what waits.
fn waiting(served: &Served) -> Vec<(U256, U256)> {
    let content = served.scene.chain.ask("txpool_content", json!([]));
    let senders = content["pending"].as_object().unwrap().values();
    let each = senders.flat_map(|sender| sender.as_object().unwrap().values());
    let number = |value: &Value| serde_json::from_value(value.clone()).unwrap();
    each.map(|transaction| (number(&transaction["nonce"]), number(&transaction["maxFeePerGas"]))).collect()
}

#[test]
fn a_transaction_that_waits_is_sent_again_at_a_higher_price_and_counts_once() {
    let served = Served::new();
    let (chain, ann) = (&served.scene.chain, served.scene.ann.address);
    let id = served.asks(served.request(21));
    chain.automine(false);
    let node = served.starts(&["--raise-after", "1"]);
    served.scene.waits("the commitment", || !waiting(&served).is_empty());
    let before = waiting(&served);
    served.scene.waits("a higher price", || waiting(&served) != before);
    let after = waiting(&served);
    assert_eq!((before.len(), after.len()), (1, 1), "nothing is beside it");
    assert_eq!((before[0].0, after[0].0), (U256::ZERO, U256::ZERO));
    assert!(after[0].1 >= before[0].1 * U256::from(5) / U256::from(4), "{before:?} {after:?}");
    mined(&served, 1);
    chain.automine(true);
    served.scene.waits("an answer", || served.answers(id) == 1);
    let said = interrupted(node);
    assert!(said.contains("raised the price of the transaction with nonce 0"), "{said}");
    assert_eq!((chain.sent(ann), chain.waiting()), (2, U256::ZERO), "a commitment and an answer: {said}");
    assert_eq!(said.matches("committed to an answer").count(), 1, "{said}");
}

#[test]
fn a_block_that_is_dearer_than_the_price_leaves_it_to_be_sent_at_the_new_one() {
    let served = Served::new();
    let (chain, ann) = (&served.scene.chain, served.scene.ann.address);
    let id = served.asks(served.request(22));
    chain.automine(false);
    let node = served.starts(&["--raise-after", "1"]);
    served.scene.waits("the commitment", || !waiting(&served).is_empty());
    let price = waiting(&served)[0].1;
    chain.base_fee(price.to::<u64>() * 10);
    chain.mine(1);
    assert_eq!(chain.sent(ann), 0, "it is too cheap for this block");
    served.scene.waits("today's price", || waiting(&served).iter().any(|(_, now)| *now >= price * U256::from(10)));
    mined(&served, 1);
    chain.automine(true);
    served.scene.waits("an answer", || served.answers(id) == 1);
    let said = interrupted(node);
    assert_eq!((chain.sent(ann), chain.waiting()), (2, U256::ZERO), "a commitment and an answer: {said}");
}

#[test]
fn what_a_killed_program_left_waiting_is_replaced() {
    let served = Served::new();
    let (chain, ann) = (&served.scene.chain, served.scene.ann.address);
    let id = served.asks(served.request(24));
    chain.automine(false);
    let mut node = served.starts(&[]);
    served.scene.waits("the commitment", || !waiting(&served).is_empty());
    node.kill().unwrap();
    node.wait().unwrap();
    let before = waiting(&served);
    let node = served.starts(&["--raise-after", "1"]);
    served.scene.waits("a higher price", || waiting(&served) != before);
    let after = waiting(&served);
    assert_eq!((after.len(), after[0].0), (1, U256::ZERO), "nothing is beside it");
    assert!(after[0].1 > before[0].1, "{before:?} {after:?}");
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
