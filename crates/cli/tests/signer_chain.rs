//! A program that keeps keys signs instead of a file: anvil, which has the same requests. What it gives back is checked.

mod local;

use local::person::Person;
use local::proxy::{Deed, proxy};
use local::{Chain, ether};
use openimo_core::chain::abi::offering::ModelOffering::stateCall;
use serde_json::{Value, json};

/// The arguments with an outside signer, in place of the file that the environment names.
fn signed_by(ann: &Person, signer: &str, args: &[&str]) -> (Option<i32>, String) {
    let mut command = ann.command(args);
    command.env_remove("OPENIMO_KEYSTORE").env_remove("OPENIMO_PASSWORD_FILE").args(["--signer", signer]);
    let output = command.output().unwrap();
    (output.status.code(), local::person::text(&output))
}

#[test]
fn an_outside_signer_signs_transactions_and_permits() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let account = chain.unlocked(4);
    let currency = chain.token("USDX", account, local::contracts::MODEL);
    for currency in ["ETH".to_owned(), currency.to_string()] {
        let (offering, _) = ann.offers(&chain, &currency);
        let at = offering.to_string();
        let (code, said) = signed_by(&ann, &chain.url, &["offer", "buy", &at, "--amount", "1", "--yes"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("has 10 accounts") && said.contains("--from"), "{said}");
        let from = account.to_string();
        let (code, said) = signed_by(&ann, &chain.url, &["offer", "buy", &at, "--amount", "1", "--yes", "--from", &from]);
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(chain.read(offering, stateCall { account }).deposited, ether(1));
    }
    let foreign = ["offer", "refund", &account.to_string(), "--from", &ann.address.to_string()];
    assert!(signed_by(&ann, &chain.url, &foreign).1.contains("does not have the account"));
}

#[test]
fn a_signer_that_refuses_or_signs_something_else_sends_nothing() {
    let chain = Chain::start();
    let ann = Person::new(&chain);
    let account = chain.unlocked(4);
    let currency = chain.token("USDX", account, local::contracts::MODEL);
    let (offering, _) = ann.offers(&chain, &currency.to_string());
    let (at, from) = (offering.to_string(), account.to_string());
    let (sent, other) = (chain.sent(account), chain.unlocked(5));
    let buy = |signer: &str, more: &[&str]| {
        let args = ["offer", "buy", &at, "--amount", "1", "--yes", "--from", &from];
        let (code, said) = signed_by(&ann, signer, &[&args[..], more].concat());
        assert_eq!(code, Some(2), "{said}");
        said
    };
    let refuses = proxy(&chain.url, |method, _| match method {
        "eth_accounts" => Deed::Pass,
        _ => Deed::Error(json!({ "code": 4001, "message": "User denied" })),
    });
    for more in [&[][..], &["--no-permit"]] {
        let said = buy(&refuses, more);
        assert!(said.contains("User denied; nothing was signed"), "{said}");
    }

    // What it was asked to sign is changed on the way.
    let node = chain.url.clone();
    let sign = move |method: &str, params: Value| {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let response = ureq::post(&node).header("Content-Type", "application/json").send(body);
        let mut answer: Value = serde_json::from_str(&response.unwrap().body_mut().read_to_string().unwrap()).unwrap();
        Deed::Result(answer["result"].take())
    };
    let changes = proxy(&chain.url, move |method, params| {
        let mut params = params.clone();
        match method {
            "eth_signTransaction" => params[0]["value"] = json!("0x1"),
            "eth_signTypedData_v4" => params[1]["message"]["value"] = json!("2000000000000000000"),
            _ => return Deed::Pass,
        }
        sign(method, params)
    });
    let said = buy(&changes, &["--no-permit"]);
    assert!(said.contains("signed another transaction than it was asked to; it was not sent"), "{said}");
    let said = buy(&changes, &[]);
    assert!(said.contains("signed another permit"), "{said}");

    let nonsense = proxy(&chain.url, |method, _| match method {
        "eth_accounts" => Deed::Pass,
        _ => Deed::Result(json!("0x1234")),
    });
    for (more, wanted) in [(&["--no-permit"][..], "no transaction"), (&[], "no signature")] {
        let said = buy(&nonsense, more);
        assert!(said.contains(wanted), "{said}");
    }
    let lists =
        proxy(&chain.url, move |method, _| if method == "eth_accounts" { Deed::Result(json!([other])) } else { Deed::Pass });
    assert!(buy(&lists, &[]).contains("does not have the account"));
    assert_eq!((chain.sent(account), ann.records()), (sent, 0));
}
