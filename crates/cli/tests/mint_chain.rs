//! What a model generated becomes a token: reserved, asserted with a bond, minted, also by a run that was killed in between.

mod local;

use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, U256, keccak256};
use local::person::Person;
use local::proxy::{Deed, proxy};
use local::{Chain, ether};
use openimo_core::bundle::Bundle;
use openimo_core::chain::abi::aigc::AigcToken::{contentOfCall, minterOfCall, ownerOfCall, promptCall, revenueTokenCall};
use openimo_core::chain::abi::bonded::BondedAssertionVerifier::assertContentCall;
use openimo_core::model::testing::Tiny;
use openimo_core::verify::testing::bundle_model;
use serde_json::json;

/// A chain with a collection of the test model, and somebody who has generated something with it.
struct Place {
    chain: Chain,
    ann: Person,
    bundle: Bundle,
    verifier: Address,
    collection: Address,
}

impl Place {
    fn new(most: u64) -> Self {
        let chain = Chain::start();
        let ann = Person::new(&chain);
        std::fs::write(ann.path("a.imo"), bundle_model().imo()).unwrap();
        let generate =
            ["generate", "--model", "a.imo", "--raw", "-n", "8", "--seed", "3", "-o", "bundle.json", "What is minted?"];
        ann.does(&generate);
        let bundle = Bundle::parse(&std::fs::read(ann.path("bundle.json")).unwrap()).unwrap();
        let verifier = chain.verifier();
        let collection = chain.collection(bundle.statement.model_id.0.into(), verifier, most);
        Self { chain, ann, bundle, verifier, collection }
    }

    fn args(&self, more: &[&str]) -> Vec<String> {
        let collection = self.collection.to_string();
        let args = ["mint", "--collection", &collection, "--bundle", "bundle.json", "--model", "a.imo", "--yes"];
        args.iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    /// Mine while a command runs, since it waits for blocks.
    fn mining<T>(&self, run: impl FnOnce() -> T) -> T {
        self.chain.ask("evm_setIntervalMining", json!([1]));
        let done = run();
        self.chain.ask("evm_setIntervalMining", json!([0]));
        self.chain.automine(true);
        done
    }

    fn id(&self) -> U256 {
        keccak256(&self.bundle.request).into()
    }

    fn assert_minted(&self) {
        let (chain, id) = (&self.chain, self.id());
        assert_eq!(chain.read(self.collection, ownerOfCall { tokenId: id }), self.ann.address);
        assert_eq!(chain.read(self.collection, minterOfCall { id }), self.ann.address);
        assert_eq!(chain.read(self.collection, promptCall { id }), self.bundle.request);
        let content = chain.read(self.collection, contentOfCall { id });
        assert_eq!(content.contentHash, B256::from(self.bundle.statement.content_hash.0));
    }
}

fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn what_was_generated_is_verified_asserted_and_minted() {
    let place = Place::new(100);
    let (ann, chain) = (&place.ann, &place.chain);
    let verifier = place.verifier.to_string();
    let refused = ann.fails(&words(&place.args(&[])));
    assert!(
        refused.contains("does not take this content") && refused.contains(&format!("--assert {}", place.verifier)),
        "{refused}"
    );
    let other = ann.fails(&words(&place.args(&["--assert", &ann.address.to_string()])));
    assert!(other.contains("another verifier"), "{other}");

    let shown = ann.json(&words(&place.args(&["--assert", &verifier, "--dry-run"])));
    let steps: Vec<_> = shown["plan"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["id"].as_str().unwrap(), s["waitBlocks"].as_u64()))
        .collect();
    assert_eq!(steps, [("commit", Some(0)), ("assert", Some(2)), ("mint", Some(0))]);
    assert_eq!(chain.sent(ann.address), 0);

    let before = chain.balance(ann.address);
    let done = place.mining(|| ann.json(&words(&place.args(&["--assert", &verifier]))));
    place.assert_minted();
    let fees: U256 =
        done["transactions"].as_array().unwrap().iter().map(|s| serde_json::from_value::<U256>(s["fee"].clone()).unwrap()).sum();
    let paid = ether(11) / U256::from(10);
    assert_eq!(chain.balance(ann.address) + fees + paid, before, "bond and fee, and no more");
    let revenue = chain.read(place.collection, revenueTokenCall {});
    assert_eq!((chain.balance(revenue), chain.balance(place.verifier)), (ether(1) / U256::from(10), ether(1)));

    let sent = chain.sent(ann.address);
    let again = ann.fails(&words(&place.args(&["--assert", &verifier])));
    assert!(again.contains("was minted before"), "{again}");
    assert_eq!((chain.sent(ann.address), ann.records()), (sent, 0));
}

#[test]
fn a_run_that_was_killed_between_commit_and_mint_goes_on_with_its_salt() {
    let place = Place::new(100);
    let (ann, chain) = (&place.ann, &place.chain);
    let args = place.args(&["--assert", &place.verifier.to_string()]);
    let mut child = ann.start(&words(&args));
    // Nothing is mined, so it waits for the blocks between.
    let until = Instant::now() + Duration::from_secs(60);
    while chain.sent(ann.address) == 0 || ann.records() == 0 {
        assert!(Instant::now() < until, "nothing was committed");
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(chain.sent(ann.address), 1);
    let said = place.mining(|| ann.does(&words(&args)));
    assert!(said.contains("an earlier run of this command was not finished"), "{said}");
    place.assert_minted();
    assert_eq!((chain.sent(ann.address), ann.records()), (3, 0), "one commit, one bond, one mint");
}

#[test]
fn a_reservation_that_has_expired_is_made_anew_and_the_bond_is_not() {
    let mut place = Place::new(20);
    let args = place.args(&["--assert", &place.verifier.to_string()]);
    // It is cut off after the bond.
    let count = std::sync::atomic::AtomicU32::new(0);
    place.ann.rpc = proxy(&place.chain.url, move |method, _| {
        let sends = method == "eth_sendRawTransaction";
        let is_mint = sends && count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= 2;
        // The node says so at once: nothing was sent.
        if is_mint { Deed::Error(json!({ "code": -32000, "message": "busy" })) } else { Deed::Pass }
    });
    let said = place.mining(|| place.ann.fails(&words(&args)));
    assert!(said.contains("busy"), "{said}");
    assert_eq!(place.chain.sent(place.ann.address), 2);
    place.ann.rpc = place.chain.url.clone();
    place.chain.mine(30);
    // The mint was signed, but nobody has it, and it would be too late.
    let done = place.mining(|| place.ann.does(&words(&args)));
    assert!(done.contains("beginning anew"), "{done}");
    place.assert_minted();
    assert_eq!(place.chain.balance(place.verifier), ether(1), "one bond");
    assert_eq!((place.chain.sent(place.ann.address), place.ann.records()), (4, 0));
}

#[test]
fn what_is_not_the_models_or_not_the_collections_is_not_minted() {
    let place = Place::new(100);
    let (ann, chain) = (&place.ann, &place.chain);
    let good = std::fs::read_to_string(ann.path("bundle.json")).unwrap();
    let verifier = place.verifier.to_string();
    let args = place.args(&["--assert", &verifier]);

    let mut ids = place.bundle.output.ids.clone();
    ids[2] = (ids[2] + 1) % 256;
    let content: Vec<u8> = ids.iter().map(|&id| u8::try_from(id).expect("the first 256 ids are bytes")).collect();
    let mut forged = place.bundle.clone();
    forged.statement.content_hash = openimo_core::content::content_hash(&content);
    forged.output = openimo_core::bundle::BundleOutput::new(ids, &content, forged.output.finish);
    ann.write("bundle.json", &forged.to_json());
    let said = ann.fails(&words(&args));
    assert!(said.contains("recompute.ids") && said.contains("is not minted"), "{said}");
    // Whoever skips the check skips the model, not what the bundle says about itself.
    let mut edited = place.bundle.clone();
    edited.statement.content_hash.0[0] ^= 1;
    ann.write("bundle.json", &edited.to_json());
    let collection = place.collection.to_string();
    let unchecked = ["mint", "--collection", &collection, "--bundle", "bundle.json", "--no-verify", "--yes"];
    let said = ann.fails(&unchecked);
    assert!(said.contains("is not minted"), "{said}");
    let mut edited = place.bundle.clone();
    edited.output.text.push('x');
    ann.write("bundle.json", &edited.to_json());
    let said = ann.fails(&unchecked);
    assert!(said.contains("does not read as output.text"), "{said}");
    ann.write("bundle.json", "{");
    let said = ann.fails(&unchecked);
    assert!(said.contains("cannot be read"), "{said}");

    ann.write("bundle.json", &good);
    let missing = ann.fails(&["mint", "--collection", &collection, "--bundle", "bundle.json", "--yes"]);
    assert!(missing.contains("--model FILE") && missing.contains("--no-verify"), "{missing}");
    let other = chain.collection(Tiny::new(9).write().0.0.into(), place.verifier, 100).to_string();
    let said = ann.fails(&["mint", "--collection", &other, "--bundle", "bundle.json", "--no-verify", "--yes"]);
    assert!(said.contains("the collection is of model"), "{said}");

    // Somebody asserts another content for the request.
    let assert = assertContentCall {
        modelId: place.bundle.statement.model_id.0.into(),
        prompt: place.bundle.request.clone().into_bytes().into(),
        content: b"something else".to_vec().into(),
    };
    chain.transact(Some(place.verifier), ether(1), &alloy_sol_types::SolCall::abi_encode(&assert));
    let said = ann.fails(&words(&args));
    assert!(said.contains("another content is asserted"), "{said}");
    assert_eq!((chain.sent(ann.address), ann.records()), (0, 0));
}
