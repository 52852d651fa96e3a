//! Runs that are killed, cut off or started twice pay once.

mod local;

use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use alloy_primitives::{Address, U256};
use local::person::{Person, text};
use local::proxy::{Deed, proxy};
use local::{Chain, ether};
use openimo_core::chain::abi::erc20::Erc20::allowanceCall;
use openimo_core::chain::abi::offering::ModelOffering::stateCall;
use serde_json::json;

fn deposited(chain: &Chain, offering: Address, account: Address) -> U256 {
    chain.read(offering, stateCall { account }).deposited
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < until, "{what} does not come to pass");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Somebody with an open offering, and the arguments of a purchase of one ether.
fn buyer(chain: &Chain) -> (Person, Address, Vec<String>) {
    let ann = Person::new(chain);
    let (offering, _) = ann.offers(chain, "ETH");
    let args = ["offer", "buy", &offering.to_string(), "--amount", "1", "--yes"].map(str::to_owned).to_vec();
    (ann, offering, args)
}

fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn a_run_that_was_killed_while_it_waited_finds_what_it_sent() {
    let chain = Chain::start();
    let (ann, offering, args) = buyer(&chain);
    let sent = chain.sent(ann.address);
    chain.automine(false);
    let child = ann.start(&words(&args));
    eventually("the transaction", || chain.waiting() == U256::from(1));
    // A second one at the same time does not go beside it.
    let beside = ann.fails(&words(&args));
    assert!(beside.contains("another openimo is sending"), "{beside}");
    kill(child);
    assert_eq!(ann.records(), 1);

    // It waits still: the next run waits for it, and sends no other.
    let impatient = ann.fails(&[&words(&args)[..], &["--wait", "1"]].concat());
    assert!(impatient.contains("was not included in the time given") && impatient.contains("pays nothing twice"), "{impatient}");
    assert_eq!(chain.waiting(), U256::from(1));
    chain.mine(1);
    let said = ann.does(&words(&args));
    assert!(said.contains("an earlier run of this command was not finished"), "{said}");
    assert_eq!((deposited(&chain, offering, ann.address), chain.sent(ann.address), ann.records()), (ether(1), sent + 1, 0));

    // What is done is done: asked for again, it is another purchase.
    chain.automine(true);
    ann.does(&words(&args));
    assert_eq!(deposited(&chain, offering, ann.address), ether(2));
}

#[test]
fn an_answer_that_is_lost_is_not_paid_for_again() {
    let chain = Chain::start();
    let (mut ann, offering, args) = buyer(&chain);
    let sent = chain.sent(ann.address);
    for (lost, paid) in [(false, 1), (true, 2)] {
        // Either the node never hears of the transaction, or its answer is lost and with it the connection for good.
        let cut = AtomicU32::new(0);
        ann.rpc = proxy(&chain.url, move |method, _| {
            if method != "eth_sendRawTransaction" && cut.load(Ordering::Relaxed) == 0 {
                return Deed::Pass;
            }
            cut.fetch_add(1, Ordering::Relaxed);
            if lost && method == "eth_sendRawTransaction" { Deed::LoseAnswer } else { Deed::Lose }
        });
        let said = ann.fails(&words(&args));
        assert!(said.contains("may have been sent"), "{said}");
        assert_eq!(ann.records(), 1);
        ann.rpc = chain.url.clone();
        ann.does(&words(&args));
        assert_eq!(deposited(&chain, offering, ann.address), ether(paid));
        assert_eq!((chain.sent(ann.address), ann.records()), (sent + paid, 0));
    }
}

#[test]
fn a_transaction_that_was_never_sent_is_sent_with_its_own_nonce() {
    let chain = Chain::start();
    let (mut ann, offering, args) = buyer(&chain);
    let nonce = chain.sent(ann.address);
    ann.rpc = proxy(&chain.url, |method, _| if method == "eth_sendRawTransaction" { Deed::Lose } else { Deed::Pass });
    ann.fails(&words(&args));
    ann.rpc = chain.url.clone();
    // Another purchase takes the nonce, so the first one can never be included, and may be made anew.
    let mut other = args.clone();
    other[4] = "2".into();
    ann.does(&words(&other));
    let said = ann.does(&words(&args));
    assert!(said.contains("took the place of") && said.contains("beginning anew"), "{said}");
    assert_eq!((deposited(&chain, offering, ann.address), chain.sent(ann.address)), (ether(3), nonce + 2));
}

#[test]
fn a_node_that_hides_what_took_a_nonce_gets_no_second_payment() {
    let chain = Chain::start();
    let (mut ann, offering, args) = buyer(&chain);
    chain.automine(false);
    let child = ann.start(&words(&args));
    eventually("the transaction", || chain.waiting() == U256::from(1));
    kill(child);
    chain.mine(1);
    chain.automine(true);
    // The node says that the nonce is used, and shows neither receipt nor transaction.
    ann.rpc = proxy(&chain.url, |method, params| match method {
        "eth_getTransactionReceipt" => Deed::Result(json!(null)),
        "eth_getBlockByNumber" if params[1] == json!(true) => Deed::Change(Box::new(|mut block| {
            block["transactions"] = json!([]);
            block
        })),
        _ => Deed::Pass,
    });
    let sent = chain.sent(ann.address);
    let said = ann.fails(&words(&args));
    assert!(said.contains("does not show by what"), "{said}");
    assert_eq!((chain.sent(ann.address), ann.records()), (sent, 1));
    ann.rpc = chain.url.clone();
    ann.does(&words(&args));
    assert_eq!((deposited(&chain, offering, ann.address), chain.sent(ann.address)), (ether(1), sent));
}

#[test]
fn a_plan_that_was_cut_between_its_steps_goes_on_with_the_rest() {
    let chain = Chain::start();
    let mut ann = Person::new(&chain);
    let currency = chain.token("USDX", ann.address, local::contracts::MODEL);
    let (offering, _) = ann.offers(&chain, &currency.to_string());
    let args = ["offer", "buy", &offering.to_string(), "--amount", "1", "--no-permit", "--yes"].map(str::to_owned);
    let sent = chain.sent(ann.address);
    let count = AtomicU32::new(0);
    ann.rpc = proxy(&chain.url, move |method, _| {
        let is_second = method == "eth_sendRawTransaction" && count.fetch_add(1, Ordering::Relaxed) > 0;
        if is_second { Deed::Lose } else { Deed::Pass }
    });
    ann.fails(&words(&args));
    ann.rpc = chain.url.clone();
    assert_eq!(chain.read(currency, allowanceCall { owner: ann.address, spender: offering }), ether(1));
    ann.does(&words(&args));
    assert_eq!((deposited(&chain, offering, ann.address), chain.sent(ann.address)), (ether(1), sent + 2));
}

#[test]
fn what_the_chain_refuses_after_all_is_said_and_can_be_tried_again() {
    let chain = Chain::start();
    let (ann, offering, args) = buyer(&chain);
    chain.automine(false);
    let child = ann.start(&words(&args));
    eventually("the transaction", || chain.waiting() == U256::from(1));
    // It is right when it is sent, and too late when it is included.
    chain.ask("evm_increaseTime", json!([local::contracts::OPEN]));
    chain.mine(1);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("only its fee is gone"), "{}", text(&output));
    chain.automine(true);
    let again = ann.fails(&words(&args));
    assert!(again.contains("OfferingWrongPhase"), "{again}");
    assert_eq!(deposited(&chain, offering, ann.address), U256::ZERO);
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_waiting_and_says_what_was_sent() {
    let chain = Chain::start();
    let (ann, offering, args) = buyer(&chain);
    chain.automine(false);
    let child = ann.start(&words(&args));
    eventually("the transaction", || chain.waiting() == U256::from(1));
    std::thread::sleep(Duration::from_millis(500));
    let stopped = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("stopped waiting; the transaction 0x"), "{}", text(&output));
    chain.mine(1);
    ann.does(&words(&args));
    assert_eq!(deposited(&chain, offering, ann.address), ether(1));
}

#[test]
fn a_record_that_cannot_be_read_stops_before_anything_is_signed() {
    let chain = Chain::start();
    let (mut ann, _, args) = buyer(&chain);
    ann.rpc = proxy(&chain.url, |method, _| if method == "eth_sendRawTransaction" { Deed::Lose } else { Deed::Pass });
    ann.fails(&words(&args));
    ann.rpc = chain.url.clone();
    let folder = std::fs::read_dir(ann.path("state/openimo")).unwrap().next().unwrap().unwrap().path();
    let mut records = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let record = records.find(|path| path.extension().is_some_and(|extension| extension == "json")).unwrap();
    let kept = std::fs::read_to_string(&record).unwrap();
    let sent = chain.sent(ann.address);
    for text in [
        "",
        "{}",
        &kept.replace("\"version\":1", "\"version\":2"),
        &kept.replace("\"open\"", "\"x\"").replace("\"sent\"", "\"x\""),
    ] {
        std::fs::write(&record, text).unwrap();
        let said = ann.fails(&words(&args));
        assert!(said.contains("the record of an earlier run") && said.contains("then delete the file"), "{said}");
    }
    // A plan that was changed on the disk does not say what its previews say.
    assert!(kept.contains("0xde0b6b3a7640000"), "{kept}");
    std::fs::write(&record, kept.replace("\"value\":\"0xde0b6b3a7640000\"", "\"value\":\"0x1bc16d674ec80000\"")).unwrap();
    let said = ann.fails(&words(&args));
    assert!(said.contains("differ") || said.contains("not what the preview shows"), "{said}");
    assert_eq!(chain.sent(ann.address), sent);
}
