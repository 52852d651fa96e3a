//! A watcher against asserters who are right, who lie and answer what they can, and who are silent; killed in between, and with a node that
//! comes and goes.

mod local;

use std::sync::atomic::{AtomicU32, Ordering};

use alloy_primitives::{Address, U256};
use local::disputes::{CLOCK, Scene, interrupted, other};
use local::ether;
use local::proxy::{Deed, proxy};
use openimo_core::dispute::abi::Run;
use openimo_core::verify::testing::bundle_model;

#[test]
fn what_is_right_is_left_alone_and_what_is_wrong_at_sight_is_refuted() {
    let scene = Scene::new();
    let right = scene.asserter(&bundle_model(), 1);
    let stays = scene.assert(&right.run);
    let mut content = right.run.content.to_vec();
    content[2] ^= 1;
    let told = scene.assert(&Run { content: content.into(), ..right.run.clone() });
    let formless = scene.assert(&Run { boundaries: right.run.boundaries[1..].to_vec(), ..right.run.clone() });
    let before = scene.chain.sent(scene.ann.address);
    let said = scene.watches(&["--once", "--dry-run"]);
    assert!(said.contains(&format!("right {stays}")) && said.contains(&format!("wrong {told}: output id 2")), "{said}");
    assert_eq!(scene.chain.sent(scene.ann.address), before, "nothing was signed");
    let said = scene.watches(&["--once"]);
    assert!(said.contains(&format!("refuted {told}")) && said.contains(&format!("refuted {formless}")), "{said}");
    assert_eq!([stays, told, formless].map(|number| scene.status(number)), [1, 2, 2]);
    assert!(scene.chain.balance(scene.ann.address) > ether(100) + ether(9) / U256::from(10), "half of two bonds");
    // There is nothing left to do.
    let before = scene.chain.sent(scene.ann.address);
    scene.watches(&["--once"]);
    assert_eq!(scene.chain.sent(scene.ann.address), before);
}

#[test]
fn a_lie_about_numbers_is_refuted_against_an_asserter_who_answers() {
    let scene = Scene::new();
    let mut liar = scene.asserter(&other(11), 5);
    let number = scene.assert(&liar.run);
    let watcher = scene.starts(&[]);
    let silent = scene.answers(&mut liar, number);
    scene.waits("the money", || scene.chain.balance(scene.ann.address) > ether(100) + ether(1) / U256::from(3));
    let said = interrupted(watcher);
    assert!(said.contains("layer 1 gives other numbers") && said.contains(&format!("refuted {number}")), "{said}");
    assert!(silent || said.contains("a step does not hold"), "{said}");
    assert_eq!(scene.challenge(1).turn, 0);
}

#[test]
fn a_silent_asserter_loses_also_to_a_watcher_who_was_killed() {
    let scene = Scene::new();
    let liar = scene.asserter(&other(4), 6);
    let number = scene.assert(&liar.run);
    let mut watcher = scene.starts(&[]);
    scene.waits("a challenge", || scene.challenge(1).turn == 1);
    watcher.kill().unwrap();
    watcher.wait().unwrap();
    scene.chain.pass_time(CLOCK);
    let said = scene.watches(&["--once"]);
    assert!(said.contains("silence in challenge 1"), "{said}");
    assert_eq!(scene.status(number), 2);
    assert!(scene.challenge(2).challenger.is_zero(), "one challenge was enough");
}

#[test]
fn a_node_that_comes_and_goes_is_waited_for() {
    let scene = Scene::new();
    let right = scene.asserter(&bundle_model(), 1);
    let mut content = right.run.content.to_vec();
    content[0] ^= 1;
    let number = scene.assert(&Run { content: content.into(), ..right.run.clone() });
    let asked = AtomicU32::new(0);
    let node = proxy(&scene.chain.url, move |method, _| {
        // Away for a while after the first logs were asked for, longer than one request is repeated.
        let begun = asked.load(Ordering::Relaxed) > 0 || method == "eth_getLogs";
        if begun && (1..29).contains(&asked.fetch_add(1, Ordering::Relaxed)) { Deed::Lose } else { Deed::Pass }
    });
    let verifier = scene.verifier.to_string();
    let mut args = scene.args(&verifier, &[]);
    args.extend(["--rpc", &node]);
    let watcher = scene.ann.start(&args);
    scene.waits("a refutation", || scene.status(number) == 2);
    let said = interrupted(watcher);
    assert!(said.contains("cannot be reached"), "{said}");
}

#[test]
fn a_node_that_gives_few_logs_at_a_time_is_asked_for_fewer() {
    let scene = Scene::new();
    let right = scene.asserter(&bundle_model(), 1);
    let mut content = right.run.content.to_vec();
    content[0] ^= 1;
    let number = scene.assert(&Run { content: content.into(), ..right.run.clone() });
    scene.chain.mine(300);
    let block = |params: &serde_json::Value, name: &str| {
        let text = params[0][name].as_str().unwrap().trim_start_matches("0x");
        u64::from_str_radix(text, 16).unwrap()
    };
    let node = proxy(&scene.chain.url, move |method, params| {
        if method == "eth_getLogs" && block(params, "toBlock") - block(params, "fromBlock") > 9 {
            return Deed::Error(serde_json::json!({ "code": -32005, "message": "query returned more than 10 blocks" }));
        }
        Deed::Pass
    });
    let said = scene.watches(&["--once", "--dry-run", "--rpc", &node]);
    assert!(said.contains(&format!("wrong {number}")), "{said}");
}

#[test]
fn what_cannot_be_watched_is_said() {
    let scene = Scene::new();
    let verifier = scene.verifier.to_string();
    let fails = |args: &[&str]| scene.ann.fails(args);
    assert!(fails(&["watch", "--verifier", &verifier]).contains("no model was named"));
    let nobody = Address::repeat_byte(7).to_string();
    assert!(fails(&["watch", "--verifier", &nobody, "--model", "a.imo"]).contains("there is no contract"));
    assert!(fails(&scene.args(&verifier, &["--max-stake", "0.1"])).contains("puts 0.205 at stake"));
    assert!(fails(&scene.args(&verifier, &["--device", "gpu"])).contains("next: leave out --device gpu"));
    std::fs::write(scene.ann.path("b.imo"), other(3).imo()).unwrap();
    assert!(fails(&["watch", "--verifier", &verifier, "--model", "b.imo"]).contains("does not know model"));
}
