//! Nodes that lie, stall, answer too much or on another chain: a clear error, and nothing is sent.

mod local;

use std::collections::HashMap;
use std::sync::Mutex;

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use local::person::Person;
use local::proxy::{Deed, proxy};
use local::{Chain, ether};
use openimo_core::chain::abi::offering::ModelOffering::stateCall;
use serde_json::{Value, json};

/// A node that answers one method by `deed`.
fn tampered(chain: &Chain, tampered: &'static str, deed: impl Fn(&Value) -> Deed + Send + Sync + 'static) -> String {
    proxy(&chain.url, move |method, params| if method == tampered { deed(params) } else { Deed::Pass })
}

#[test]
fn answers_that_are_none_are_named() {
    let chain = Chain::start();
    let mut ann = Person::new(&chain);
    let (offering, _) = ann.offers(&chain, "ETH");
    let (at, sent) = (offering.to_string(), chain.sent(ann.address));
    let oversized = || format!("{{\"result\":\"0x{}\"}}", "00".repeat(2 << 20)).into_bytes();
    type Answer = Box<dyn Fn(&Value) -> Deed + Send + Sync>;
    let cases: Vec<(&'static str, Answer, &str)> = vec![
        ("eth_call", Box::new(|_| Deed::Result(json!("0x1234"))), "does not decode"),
        ("eth_call", Box::new(|_| Deed::Result(json!("nonsense"))), "0x"),
        ("eth_call", Box::new(|_| Deed::Result(json!(7))), "without text"),
        ("eth_call", Box::new(|_| Deed::Result(Value::Null)), "without text"),
        ("eth_call", Box::new(|_| Deed::Result(json!("0x"))), "no contract"),
        ("eth_call", Box::new(move |_| Deed::Bytes(oversized())), "more than 2097152 bytes"),
        ("eth_call", Box::new(|_| Deed::Bytes(b"<html>".to_vec())), "no JSON object"),
        ("eth_call", Box::new(|_| Deed::Bytes(b"{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":\"0x\"}".to_vec())), "another question"),
        ("eth_call", Box::new(|_| Deed::Bytes(b"{}".to_vec())), "another question"),
        ("eth_call", Box::new(|_| Deed::Status(502)), "502"),
        ("eth_call", Box::new(|_| Deed::Status(301)), "301"),
        ("eth_call", Box::new(|_| Deed::Stall), "does not answer eth_call in time"),
        ("eth_call", Box::new(|_| Deed::Lose), "cannot be reached"),
        ("eth_call", Box::new(|_| Deed::Error(json!({ "code": -32005, "message": "too many\u{202e}" }))), "too many\u{fffd}"),
        ("eth_getBalance", Box::new(|_| Deed::Result(json!("1000"))), "no number"),
        ("eth_getBlockByNumber", Box::new(|_| Deed::Result(json!({ "number": "0x1" }))), "a block without"),
        ("eth_getBlockByNumber", Box::new(|_| Deed::Result(Value::Null)), "no block latest"),
        ("eth_chainId", Box::new(|_| Deed::Result(json!(31337))), "a number was expected"),
        ("eth_chainId", Box::new(|_| Deed::Result(json!("0x1"))), "not on chain 31337"),
    ];
    for (method, deed, wanted) in cases {
        ann.rpc = tampered(&chain, method, deed);
        let said = ann.fails(&["offer", "buy", &at, "--amount", "1", "--yes", "--rpc-timeout", "1", "--chain-id", "31337"]);
        assert!(said.contains(wanted) && said.contains("next: "), "{wanted}: {said}");
        assert!(!said.contains('\u{202e}'), "{said}");
    }
    for rpc in ["http://127.0.0.1:1", "localhost:8545", "https://"] {
        ann.rpc = rpc.into();
        assert!(ann.fails(&["offer", "inspect", &at]).contains("error: "), "{rpc}");
    }
    assert_eq!((chain.sent(ann.address), ann.records()), (sent, 0));
}

#[test]
fn what_passes_is_asked_again() {
    let chain = Chain::start();
    let mut ann = Person::new(&chain);
    let (offering, _) = ann.offers(&chain, "ETH");
    let asked: Mutex<HashMap<String, u32>> = Mutex::default();
    ann.rpc = proxy(&chain.url, move |method, params| {
        let times = &mut *asked.lock().unwrap();
        let times = times.entry(format!("{method} {params}")).or_default();
        *times += 1;
        match *times {
            1 => Deed::Status(503),
            2 => Deed::Error(json!({ "code": -32005, "message": "limit exceeded" })),
            _ => Deed::Pass,
        }
    });
    ann.does(&["offer", "buy", &offering.to_string(), "--amount", "1", "--yes"]);
    assert_eq!(chain.read(offering, stateCall { account: ann.address }).deposited, ether(1));
}

#[test]
fn lies_that_contradict_each_other_are_found() {
    let chain = Chain::start();
    let mut ann = Person::new(&chain);
    let (offering, _) = ann.offers(&chain, "ETH");
    let (at, sent) = (offering.to_string(), chain.sent(ann.address));
    let truth = chain.read(offering, stateCall { account: ann.address });
    let lies = [
        {
            let mut s = truth.clone();
            s.deposited = ether(1);
            s
        },
        {
            let mut s = truth.clone();
            s.refund = ether(1);
            s
        },
        {
            let mut s = truth.clone();
            s.allocation = ether(10_000);
            s
        },
        {
            let mut s = truth.clone();
            (s.deposited, s.raised) = (ether(16), ether(16));
            s
        },
        {
            let mut s = truth.clone();
            (s.phase, s.raised) = (3, ether(100));
            s
        },
    ];
    for lie in lies {
        let answer = alloy_primitives::hex::encode_prefixed(stateCall::abi_encode_returns(&lie));
        let selector = alloy_primitives::hex::encode_prefixed(stateCall::SELECTOR);
        ann.rpc = tampered(&chain, "eth_call", move |params| {
            let is_state = params[0]["data"].as_str().is_some_and(|data| data.starts_with(&selector));
            if is_state { Deed::Result(json!(answer)) } else { Deed::Pass }
        });
        let said = ann.fails(&["offer", "buy", &at, "--amount", "1", "--yes"]);
        assert!(said.contains("next: do not rely on this node"), "{said}");
    }
    assert_eq!(chain.sent(ann.address), sent);
}

#[test]
fn fees_that_a_node_makes_up_are_bounded() {
    let chain = Chain::start();
    let mut ann = Person::new(&chain);
    let (offering, _) = ann.offers(&chain, "ETH");
    let sent = chain.sent(ann.address);
    for (method, lie) in [("eth_maxPriorityFeePerGas", "0xffffffffffffffff"), ("eth_estimateGas", "0xfffffffffff")] {
        ann.rpc = tampered(&chain, method, move |_| Deed::Result(json!(lie)));
        let said = ann.fails(&["offer", "buy", &offering.to_string(), "--amount", "1", "--yes"]);
        assert!(said.contains("the network fees may come to") && said.contains("--max-fee"), "{said}");
    }
    assert_eq!(chain.sent(ann.address), sent);
}

#[test]
fn a_receipt_of_something_else_is_not_believed() {
    let chain = Chain::start();
    let mut ann = Person::new(&chain);
    let (offering, _) = ann.offers(&chain, "ETH");
    ann.rpc = tampered(&chain, "eth_getTransactionReceipt", |_| {
        Deed::Change(Box::new(|mut receipt| {
            receipt["transactionHash"] = json!(alloy_primitives::B256::repeat_byte(7));
            receipt
        }))
    });
    let args = ["offer", "buy", &offering.to_string(), "--amount", "1", "--yes"];
    let said = ann.fails(&args);
    assert!(said.contains("the receipt of another transaction") && said.contains("pays nothing twice"), "{said}");
    ann.rpc = chain.url.clone();
    ann.does(&args);
    let state = chain.read(offering, stateCall { account: ann.address });
    assert_eq!((state.deposited, chain.balance(offering)), (ether(1), ether(1)));
    assert_eq!(chain.waiting(), U256::ZERO);
}
