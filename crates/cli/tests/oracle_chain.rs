//! A node that answers an oracle: from a request to its result, killed at every stage, twice at once, challenged, and asked what nobody can
//! answer.

mod local;

use alloy_primitives::{Bytes, FixedBytes, U256};
use alloy_sol_types::SolCall;
use local::disputes::{CLOCK, WINDOW, interrupted};
use local::ether;
use local::served::Served;
use openimo_core::dispute::abi::{Place, answerOfCall, askCall, challengeCall, timeoutCall};
use openimo_core::trace::step::{Kind, Step};
use openimo_core::verify::testing::bundle_model;

#[test]
fn requests_are_answered_and_handed_over() {
    let served = Served::new();
    let right = served.scene.asserter(&bundle_model(), 1).run;
    let nonsense = served.asks(Bytes::from_static(b"what is this?"));
    let id = served.asks(right.prompt.clone());
    let again = served.asks(right.prompt.clone());
    let node = served.starts(&[]);
    served.scene.waits("two answers", || served.answers(id) == 1 && served.answers(again) == 1);
    let chain = &served.scene.chain;
    let [one, two] = [id, again].map(|id| chain.read(served.oracle, answerOfCall { requestId: id, index: U256::ZERO }));
    assert_eq!(one, two, "one bond for both");
    assert!(!served.is_final(id));
    chain.pass_time(WINDOW);
    served.scene.waits("two results", || served.is_final(id) && served.is_final(again));
    served.scene.waits("the money", || served.balance() > ether(101) + ether(9) / U256::from(10));
    let said = interrupted(node);
    assert!(said.contains(&format!("left request {nonsense}")), "{said}");
    assert_eq!(served.answers(nonsense), 0);
}

#[test]
fn a_node_killed_at_every_stage_answers_once() {
    let served = Served::new();
    let id = served.asks(served.scene.asserter(&bundle_model(), 2).run.prompt);
    let sent = || served.scene.chain.sent(served.scene.ann.address);
    // After the commitment, and after the answer.
    for stage in 1..=2 {
        let mut node = served.starts(&[]);
        served.scene.waits("a transaction", || sent() >= stage);
        node.kill().unwrap();
        node.wait().unwrap();
    }
    assert_eq!(served.answers(id), 1);
    served.scene.chain.pass_time(WINDOW);
    // While it hands over, and after that.
    let mut node = served.starts(&[]);
    served.scene.waits("the result", || served.is_final(id));
    node.kill().unwrap();
    node.wait().unwrap();
    let oracle = served.oracle.to_string();
    served.scene.ann.does(&["node", "--oracle", &oracle, "--model", "a.imo", "--from-block", "0", "--once"]);
    assert!(served.balance() > ether(100) + ether(9) / U256::from(10), "the money is fetched");
    assert_eq!(served.answers(id), 1);
    assert!(sent() <= 6, "{} transactions", sent());
}

#[test]
fn two_nodes_with_one_key_answer_once() {
    let served = Served::new();
    let id = served.asks(served.scene.asserter(&bundle_model(), 3).run.prompt);
    let nodes = [served.starts(&[]), served.starts(&[])];
    served.scene.waits("an answer", || served.answers(id) == 1);
    served.scene.chain.pass_time(WINDOW);
    served.scene.waits("the result", || served.is_final(id));
    served.scene.waits("the money", || served.balance() > ether(100) + ether(9) / U256::from(10));
    for node in nodes {
        interrupted(node);
    }
    assert_eq!(served.answers(id), 1);
}

#[test]
fn an_answer_is_defended() {
    let served = Served::new();
    let Served { scene, .. } = &served;
    let run = scene.asserter(&bundle_model(), 4).run;
    let id = served.asks(run.prompt.clone());
    let node = served.starts(&[]);
    scene.waits("an answer", || served.answers(id) == 1);
    let ask = |value: U256, data: Vec<u8>| scene.chain.transact(Some(scene.verifier), value, &data);
    let stake = ether(1) / U256::from(5) + ether(1) / U256::from(200);
    let program = scene.program.clone();
    let place = Place { stage: 1, layer: 1, position: 4 };
    let call = challengeCall { asserter: scene.ann.address, run, program, place };
    ask(stake, call.abi_encode());
    scene.waits("an answer to the challenge", || scene.challenge(1).turn == 2);
    // A step that is there, and one that is not.
    for step in [Step::new(Kind::Down, 0, 0, 5), Step::new(Kind::Logits, 0, 0, 5)] {
        let step = FixedBytes::from_slice(&step.to_bytes());
        ask(ether(1) / U256::from(200), askCall { id: U256::from(1), step }.abi_encode());
        scene.waits("an answer to the question", || scene.challenge(1).turn == 2);
    }
    scene.chain.pass_time(CLOCK);
    ask(U256::ZERO, timeoutCall { id: U256::from(1) }.abi_encode());
    scene.chain.pass_time(WINDOW);
    scene.waits("the result", || served.is_final(id));
    // The bond of the challenge, and the fees of three answers.
    scene.waits("the money", || served.balance() > ether(101) + ether(1) / U256::from(5));
    let said = interrupted(node);
    assert_eq!(said.matches("answered challenge 1").count(), 3, "{said}");
}

#[test]
fn what_cannot_be_served_is_said() {
    let served = Served::new();
    let oracle = served.oracle.to_string();
    let fails = |args: &[&str]| served.scene.ann.fails(args);
    let verifier = served.scene.verifier.to_string();
    assert!(fails(&["node", "--oracle", &oracle]).contains("no model was named"));
    assert!(fails(&["node", "--oracle", &verifier, "--model", "a.imo"]).contains("name an oracle with --oracle"));
    assert!(fails(&["node", "--oracle", &oracle, "--model", "a.imo", "--max-bonds", "0.5"]).contains("bonded with 1"));
    let id = served.asks(served.scene.asserter(&bundle_model(), 5).run.prompt);
    // Too cheap.
    let node = served.starts(&["--min-reward", "1.5"]);
    std::thread::sleep(std::time::Duration::from_secs(4));
    interrupted(node);
    assert_eq!((served.answers(id), served.scene.chain.sent(served.scene.ann.address)), (0, 0));
}
