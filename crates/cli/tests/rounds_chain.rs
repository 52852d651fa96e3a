//! A chain that is reorganised under a node and a watcher: what is gone is given again, once, and nobody loses a bond.

mod local;

use alloy_primitives::{B256, U256};
use local::disputes::{CLOCK, Scene, WINDOW, interrupted, other};
use local::ether;
use local::served::Served;
use openimo_core::dispute::abi::answerOfCall;
use openimo_core::verify::testing::bundle_model;

/// The chain goes back until `is_gone`, block by block.
fn reorganised(scene: &Scene, is_gone: impl Fn() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    for depth in 1.. {
        assert!(std::time::Instant::now() < end, "it does not go away");
        scene.chain.reorganise(depth);
        if is_gone() {
            return;
        }
    }
}

fn newest(scene: &Scene) -> B256 {
    let block = scene.chain.ask("eth_getBlockByNumber", serde_json::json!(["latest", false]));
    serde_json::from_value(block["hash"].clone()).unwrap()
}

#[test]
fn an_answer_that_is_gone_is_given_again_once() {
    let served = Served::new();
    let scene = &served.scene;
    let right = scene.asserter(&bundle_model(), 11).run;
    let id = served.asks(right.prompt);
    // What is before here stays.
    scene.chain.mine(1);
    let node = served.starts(&[]);
    let sent = || scene.chain.sent(scene.ann.address);
    // The commitment, before there is an answer or with it; then the answer.
    scene.waits("a commitment", || sent() >= 1);
    reorganised(scene, || sent() == 0);
    scene.waits("an answer", || served.answers(id) == 1);
    let before = newest(scene);
    scene.chain.reorganise(1);
    assert_ne!(newest(scene), before);
    assert_eq!(served.answers(id), 0, "the answer is gone");
    scene.waits("the answer again", || served.answers(id) == 1);
    let number = scene.chain.read(served.oracle, answerOfCall { requestId: id, index: U256::ZERO });
    assert_eq!(scene.status(number), 1);
    // The result, and with it what was fetched.
    scene.chain.pass_time(WINDOW);
    scene.waits("the money", || served.balance() > ether(100) + ether(9) / U256::from(10));
    reorganised(scene, || !served.is_final(id));
    assert!(served.balance() < ether(100));
    scene.waits("the result again", || served.is_final(id));
    scene.waits("the money again", || served.balance() > ether(100) + ether(9) / U256::from(10));
    let said = interrupted(node);
    assert_eq!(served.answers(id), 1, "{said}");
    assert_eq!(scene.chain.balance(scene.verifier), U256::ZERO, "no bond is left behind");
    assert!(said.contains(&format!("open again request {id}")), "{said}");
    assert_eq!(said.matches("generated request").count(), 1, "the model was run once: {said}");
}

#[test]
fn a_challenge_that_is_gone_is_made_again_once() {
    let scene = Scene::new();
    let liar = scene.asserter(&other(4), 6);
    let number = scene.assert(&liar.run);
    let watcher = scene.starts(&[]);
    scene.waits("a challenge", || scene.challenge(1).turn == 1);
    // It has looked at its challenge since.
    std::thread::sleep(std::time::Duration::from_secs(3));
    scene.chain.reorganise(1);
    assert_eq!((scene.challenge(1).turn, scene.status(number)), (0, 1), "the challenge is gone");
    scene.waits("a challenge again", || scene.challenge(1).turn == 1);
    scene.chain.pass_time(CLOCK);
    scene.waits("a refutation", || scene.status(number) == 2);
    scene.waits("the money", || scene.chain.balance(scene.ann.address) > ether(100) + ether(1) / U256::from(3));
    // What was won is gone: the challenge stands, and its clock is over again soon.
    reorganised(&scene, || scene.status(number) == 1);
    scene.chain.pass_time(CLOCK);
    scene.waits("a refutation again", || scene.status(number) == 2);
    scene.waits("the money again", || scene.chain.balance(scene.ann.address) > ether(100) + ether(1) / U256::from(3));
    let said = interrupted(watcher);
    assert!(scene.challenge(2).challenger.is_zero(), "one challenge at a time was enough: {said}");
    assert!(said.contains(&format!("open again {number}")), "{said}");
}

#[test]
fn an_assertion_that_is_gone_with_its_challenge_is_challenged_when_it_comes_back() {
    let scene = Scene::new();
    scene.chain.mine(1);
    let liar = scene.asserter(&other(4), 7);
    let number = scene.assert(&liar.run);
    let watcher = scene.starts(&[]);
    scene.waits("a challenge", || scene.challenge(1).turn == 1);
    scene.chain.reorganise(2);
    assert_eq!((scene.challenge(1).turn, scene.status(number)), (0, 0), "both are gone");
    assert!(scene.chain.balance(scene.ann.address) > ether(100) - ether(1) / U256::from(10), "with the bond");
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(scene.assert(&liar.run), number);
    scene.waits("a challenge again", || scene.challenge(1).turn == 1);
    scene.chain.pass_time(CLOCK);
    scene.waits("the money", || scene.chain.balance(scene.ann.address) > ether(100) + ether(1) / U256::from(3));
    let said = interrupted(watcher);
    assert!(!said.contains("beyond every challenge"), "{said}");
}
