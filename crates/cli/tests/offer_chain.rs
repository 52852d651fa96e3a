//! Offerings from terms to the last burnt token, on a local chain. What the program says is compared with the chain.

mod local;

use alloy_primitives::{Address, U256};
use local::contracts::{MODEL, OPEN, START, terms};
use local::person::{Person, text};
use local::{Chain, ether};
use openimo_core::chain::abi::erc20::Erc20::{approveCall, balanceOfCall};
use openimo_core::chain::abi::offering::ModelOffering::{finalizeCall, stateCall, termsCall};
use openimo_core::chain::abi::revshare::RevShareToken::{lastSnapshotIdCall, snapshotCall, totalSupplyCall};
use serde_json::{Value, json};

fn number(value: &Value) -> U256 {
    serde_json::from_value(value.clone()).unwrap_or_else(|_| panic!("{value} is no number"))
}

fn fees(done: &Value) -> U256 {
    done["transactions"].as_array().unwrap().iter().map(|sent| number(&sent["fee"])).sum()
}

fn holds(chain: &Chain, token: Address, account: Address) -> U256 {
    chain.read(token, balanceOfCall { account })
}

#[test]
fn an_oversubscribed_offering_from_its_terms_to_the_last_burn() {
    let chain = Chain::start();
    let (maker, ann, bob) = (Person::new(&chain), Person::new(&chain), Person::new(&chain));
    let (offering, token) = maker.announces(&chain, "ETH");
    let fixed = chain.read(offering, termsCall {});
    assert_eq!((fixed.token, fixed.fixedTerms.modelId, fixed.fixedTerms.cap), (token, MODEL, 20 * local::ETHER as u128));
    assert_eq!(holds(&chain, token, offering), ether(1_000));

    let at = offering.to_string();
    let early = ann.fails(&["offer", "buy", &at, "--amount", "1", "--yes"]);
    assert!(early.contains("OfferingWrongPhase") && early.contains("next: look where the offering stands"), "{early}");
    chain.pass_time(START);
    for (who, amount) in [(&ann, "15"), (&bob, "10")] {
        let done = who.json(&["offer", "buy", &at, "--amount", amount, "--yes"]);
        let paid = ether(100) - chain.balance(who.address);
        assert_eq!(paid, ether(amount.parse().unwrap()) + fees(&done), "{done}");
    }
    let over = ann.fails(&["offer", "buy", &at, "--amount", "0.1", "--yes"]);
    assert!(over.contains("OfferingAccountCapExceeded") && over.contains("no more than the room"), "{over}");

    let seen = ann.json(&["offer", "inspect", &at, "--account", &ann.address.to_string()]);
    assert_eq!((number(&seen["raised"]), &seen["phase"]), (ether(25), &json!("open")));
    let position = &seen["position"];
    assert_eq!((number(&position["allocation"]), number(&position["refund"])), (ether(360), ether(3)));
    let nothing = ann.fails(&["offer", "claim", &at, "--yes"]);
    assert!(nothing.contains("nothing to claim") && nothing.contains("until the offering ends"), "{nothing}");

    assert!(bob.fails(&["offer", "finalize", &at, "--yes"]).contains("has not ended"));
    chain.pass_time(OPEN);
    let before = chain.balance(ann.address);
    let done = ann.json(&["offer", "claim", &at, "--yes"]);
    assert_eq!(chain.balance(ann.address) + fees(&done), before + ether(3));
    bob.does(&["offer", "finalize", &at, "--yes"]);
    assert!(chain.read(offering, stateCall { account: bob.address }).finalized);
    assert!(bob.fails(&["offer", "finalize", &at, "--yes"]).contains("the outcome is booked"));
    bob.does(&["offer", "claim", &at, "--yes", "--to", &maker.address.to_string()]);
    assert_eq!(
        [ann.address, bob.address, maker.address].map(|who| holds(&chain, token, who)),
        [ether(360), ether(0), ether(240)]
    );
    assert!(ann.fails(&["offer", "claim", &at, "--yes"]).contains("nothing to claim"));
    assert!(ann.fails(&["offer", "refund", &at, "--yes"]).contains("was paid by this offering before"));

    // Two snapshots, claimed at once: 36 % of 80 % of 10 and of 5, each rounded down.
    assert!(bob.fails(&["offer", "snapshot", &at, "--yes"]).contains("nothing came in"));
    for (id, revenue) in [(1, 10), (2, 5)] {
        chain.transact(Some(token), ether(revenue), &[]);
        let soon = if id == 1 { String::new() } else { bob.fails(&["offer", "snapshot", &at, "--yes"]) };
        assert!(id == 1 || soon.contains("the next snapshot can be in block"), "{soon}");
        chain.mine(6);
        bob.does(&["offer", "snapshot", &at, "--yes"]);
        assert_eq!(chain.read(token, lastSnapshotIdCall {}), U256::from(id));
    }
    let before = chain.balance(ann.address);
    let done = ann.json(&["offer", "claim", &at, "--yes"]);
    assert_eq!(done["transactions"].as_array().unwrap().len(), 1, "{done}");
    let gained = chain.balance(ann.address) + fees(&done) - before;
    let exact = ether(432) / U256::from(100);
    assert!(gained <= exact && gained + U256::from(20) > exact, "{gained}");

    chain.mine(1);
    let before = chain.balance(ann.address);
    let done = ann.json(&["offer", "burn", &at, "--amount", "all", "--yes"]);
    // 36 % of the 20 % of 15 that nobody claims.
    let gained = chain.balance(ann.address) + fees(&done) - before;
    let exact = ether(108) / U256::from(100);
    assert!(gained <= exact && gained + U256::from(20) > exact, "{gained}");
    assert_eq!((holds(&chain, token, ann.address), chain.read(token, totalSupplyCall {})), (U256::ZERO, ether(640)));
    let none = ann.fails(&["offer", "burn", &at, "--amount", "1", "--yes"]);
    assert!(none.contains("has 0 AMO, and 1 AMO would be burnt"), "{none}");
    assert_eq!([&maker, &ann, &bob].map(Person::records), [0, 0, 0]);
}

#[test]
fn a_failed_offering_pays_everything_back() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let (offering, _) = ann.offers(&chain, "ETH");
    let at = offering.to_string();
    ann.does(&["offer", "buy", &at, "--amount", "2.5", "--yes"]);
    assert!(ann.fails(&["offer", "refund", &at, "--yes"]).contains("has not failed"));
    chain.pass_time(OPEN);
    assert!(ann.fails(&["offer", "claim", &at, "--yes"]).contains("openimo offer refund"));
    let before = chain.balance(ann.address);
    let done = ann.json(&["offer", "refund", &at, "--yes"]);
    assert_eq!(chain.balance(ann.address) + fees(&done), before + ether(5) / U256::from(2));
    assert_eq!(chain.balance(offering), U256::ZERO);
    assert!(ann.fails(&["offer", "refund", &at, "--yes"]).contains("before"));
}

#[test]
fn a_currency_is_paid_by_permit_or_by_approval() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let currency = chain.token("USDX", ann.address, MODEL);
    let (offering, _) = ann.offers(&chain, &currency.to_string());
    let at = offering.to_string();
    let steps = |done: &Value| {
        let steps = done["plan"]["steps"].as_array().unwrap().iter();
        steps.map(|step| step["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let shown = ann.json(&["offer", "buy", &at, "--amount", "1.5", "--dry-run"]);
    assert_eq!(steps(&shown), ["permit", "deposit"]);
    let sent = chain.sent(ann.address);
    ann.does(&["offer", "buy", &at, "--amount", "1.5", "--yes"]);
    assert_eq!(chain.sent(ann.address), sent + 1, "a permit is no transaction");

    let shown = ann.json(&["offer", "buy", &at, "--amount", "2", "--no-permit", "--dry-run"]);
    assert_eq!(steps(&shown), ["approve", "deposit"]);
    ann.does(&["offer", "buy", &at, "--amount", "2", "--no-permit", "--yes"]);
    assert_eq!(chain.sent(ann.address), sent + 3);
    let state = chain.read(offering, stateCall { account: ann.address });
    assert_eq!((state.deposited, holds(&chain, currency, offering)), (ether(7) / U256::from(2), ether(7) / U256::from(2)));

    // An allowance that is there is used, and no other is asked for.
    let allow = approveCall { spender: offering, value: ether(1) };
    chain.ask("anvil_impersonateAccount", json!([ann.address]));
    let data = alloy_primitives::hex::encode_prefixed(alloy_sol_types::SolCall::abi_encode(&allow));
    chain.ask("eth_sendTransaction", json!([{ "from": ann.address, "to": currency, "data": data }]));
    assert_eq!(steps(&ann.json(&["offer", "buy", &at, "--amount", "1", "--dry-run"])), ["deposit"]);
    let fine = ann.fails(&["offer", "buy", &at, "--amount", "0.0000000000000000001", "--yes"]);
    assert!(fine.contains("19 places"), "{fine}");
    let poor = ann.fails(&["offer", "buy", &at, "--amount", "1000", "--yes"]);
    assert!(poor.contains("has 996.5 USDX, and 1000 USDX would be deposited"), "{poor}");
}

#[test]
fn a_dry_run_shows_everything_and_sends_nothing() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let factory = chain.factory().to_string();
    ann.write("terms.toml", &terms(&chain, "ETH"));
    let shown = ann.does(&["offer", "create", "--terms", "terms.toml", "--factory", &factory, "--dry-run"]);
    for wanted in [
        "chain 31337 (a local chain)",
        "at the target, 10 ETH raised:",
        "buyers      300 AMO",
        "team        50 AMO and 1 ETH",
        "burnt       500 AMO",
        "at the cap, 20 ETH raised:",
        "treasury    300 AMO and 18 ETH",
        "Team cliff",
        "30 days",
        "total: 0 ETH sent, and at most 0.0",
    ] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    let plan = ann.json(&["offer", "create", "--terms", "terms.toml", "--factory", &factory, "--dry-run"]);
    assert_eq!(plan["plan"]["steps"][0]["id"], "create");
    assert!(number(&plan["maxFees"]) > U256::ZERO);
    assert_eq!((chain.sent(ann.address), ann.records(), ann.path("state").exists()), (0, 0, false));
}

#[test]
fn nothing_is_sent_that_was_not_confirmed() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let (offering, _) = ann.offers(&chain, "ETH");
    let (at, sent) = (offering.to_string(), chain.sent(ann.address));
    for typed in ["n\n", "\n", "", "maybe\n"] {
        let output = ann.answers(&["offer", "buy", &at, "--amount", "1"], typed);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("Deposit 1 ETH into this offering"), "{}", text(&output));
        assert!(text(&output).contains("not confirmed"), "{}", text(&output));
    }
    let dear = ann.fails(&["offer", "buy", &at, "--amount", "1", "--yes", "--max-fee", "0.000001"]);
    assert!(dear.contains("more than 0.000001 ETH") && dear.contains("--max-fee"), "{dear}");
    ann.write("password", "another horse battery\n");
    let wrong = ann.fails(&["offer", "buy", &at, "--amount", "1", "--yes"]);
    assert!(wrong.contains("the password is wrong"), "{wrong}");
    assert_eq!((chain.sent(ann.address), ann.records()), (sent, 0));
    ann.write("password", "correct horse battery\n");
    let output = ann.answers(&["offer", "buy", &at, "--amount", "1"], "y\n");
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(chain.read(offering, stateCall { account: ann.address }).deposited, ether(1));
}

#[test]
fn terms_that_no_offering_can_have_are_named_before_anything_is_signed() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let factory = chain.factory().to_string();
    let good = terms(&chain, "ETH");
    let create = |factory: &str| ann.fails(&["offer", "create", "--terms", "terms.toml", "--factory", factory, "--yes"]);
    for (from, to, wanted) in [
        ("target = 10", "target = 30", "target"),
        ("account_cap = 15", "account_cap = 25", "account cap"),
        ("proceeds = \"10 %\"", "proceeds = \"11 %\"", "10100"),
        ("vesting = \"365 days\"", "vesting = \"20 days\"", "the team's vesting over 20 days with a cliff of 30 days"),
        ("for_sale = 600", "for_sale = 6", "unit of the token"),
        ("for_sale = 600", "for_sale = 600\nbonus = 1", "bonus"),
        ("snapshot_interval = 5", "snapshot_interval = 0", "InvalidInterval"),
    ] {
        assert!(good.contains(from), "{from}");
        ann.write("terms.toml", &good.replacen(from, to, 1));
        let said = create(&factory);
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    ann.write("terms.toml", &good);
    let other = create(&chain.verifier().to_string());
    assert!(other.contains("not that of the audited factory"), "{other}");
    chain.pass_time(2 * START);
    let past = create(&factory);
    assert!(past.contains("the start is") && past.contains("UTC"), "{past}");
    assert_eq!(chain.sent(ann.address), 0);
}

#[test]
fn dangers_are_flagged_and_stop_a_purchase() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let (offering, _) = ann.offers(&chain, "ETH");
    let at = offering.to_string();
    let fine = ann.run(&["offer", "inspect", &at]);
    assert_eq!(fine.status.code(), Some(0), "{}", text(&fine));
    assert!(text(&fine).contains("open for deposits") && !text(&fine).contains("DANGER"), "{}", text(&fine));

    // The same, with one byte more that is never run.
    let code = chain.ask("eth_getCode", json!([at, "latest"]));
    chain.ask("anvil_setCode", json!([at, format!("{}00", code.as_str().unwrap())]));
    let output = ann.run(&["offer", "inspect", &at, "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    let danger = seen["flags"].as_array().unwrap().iter().find(|flag| flag["severity"] == "danger").unwrap();
    assert_eq!(danger["code"], "offering.code");
    let sent = chain.sent(ann.address);
    let stopped = ann.fails(&["offer", "buy", &at, "--amount", "1", "--yes"]);
    assert!(stopped.contains("Not the audited offering") && stopped.contains("--accept-risks"), "{stopped}");
    assert_eq!(chain.sent(ann.address), sent);
    ann.does(&["offer", "buy", &at, "--amount", "1", "--yes", "--accept-risks"]);

    let nobody = ann.fails(&["offer", "inspect", "0x00000000000000000000000000000000000000aa"]);
    assert!(nobody.contains("no contract") && nobody.contains("next: check the address"), "{nobody}");
}

#[test]
fn many_snapshots_are_claimed_in_batches_that_fit() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let (offering, token) = ann.offers(&chain, "ETH");
    let at = offering.to_string();
    ann.does(&["offer", "buy", &at, "--amount", "15", "--yes"]);
    chain.pass_time(OPEN);
    chain.write(offering, &finalizeCall {});
    ann.does(&["offer", "claim", &at, "--yes"]);
    let share = holds(&chain, token, ann.address);
    for _ in 0..120 {
        chain.transact(Some(token), ether(1) / U256::from(10), &[]);
        chain.mine(5);
        chain.write(token, &snapshotCall {});
    }
    // Somebody without a share has nothing to claim, however many snapshots there are.
    let bob = Person::new(&chain);
    assert!(bob.fails(&["offer", "claim", &at, "--yes"]).contains("nothing to claim"));
    let before = chain.balance(ann.address);
    let done = ann.json(&["offer", "claim", &at, "--yes"]);
    let gained = chain.balance(ann.address) + fees(&done) - before;
    let supply = chain.read(token, totalSupplyCall {});
    let exact = ether(12) * U256::from(80) / U256::from(100) * share / supply;
    assert!(gained <= exact && gained + U256::from(1_000) > exact, "{gained} of {exact}");
    assert!(ann.fails(&["offer", "claim", &at, "--yes"]).contains("nothing to claim"));
}
