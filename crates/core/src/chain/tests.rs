//! Plans say what they sign, and what was changed after it was shown is not signed.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, U256};
use proptest::prelude::*;
use serde_json::Value;

use super::abi;
use super::action::{Action, PermitTerms};
use super::book::{Book, Entry, Kind};
use super::calls::{CALLS, decode};
use super::create::{Creation, OfferingTerms, PartTerms, TokenTerms};
use super::erc7730;
use super::error::Code;
use super::permit::{PermitDomain, Signature};
use super::plan::{Plan, Request, complete, plan, review};
use super::preview;

fn at(n: u8) -> Address {
    Address::repeat_byte(n)
}

fn book(currency: Address) -> Book {
    let entry = |n: u8, kind, symbol: &str, decimals| Entry {
        address: at(n),
        kind,
        symbol: symbol.into(),
        decimals,
        currency: if kind == Kind::Offering { currency } else { Address::ZERO },
    };
    let entries = vec![
        entry(1, Kind::Offering, "", 0),
        entry(2, Kind::Token, "AMO", 18),
        entry(3, Kind::Erc20, "USDX", 6),
        entry(4, Kind::Collection, "", 0),
        entry(5, Kind::Verifier, "", 0),
        entry(6, Kind::Registry, "", 0),
        entry(7, Kind::Vesting, "", 0),
        entry(8, Kind::Factory, "", 0),
    ];
    Book { chain_id: 31337, account: at(0xaa), native: "ETH".into(), entries }
}

fn actions() -> Vec<Action> {
    let amount = U256::from(1_500_000u64);
    let (prompt, content) = ("{\"v\":1}".to_owned(), Bytes::from_static(b"Hello"));
    vec![
        Action::CreateOffering { factory: at(8), creation: Box::new(creation()) },
        Action::Deposit { offering: at(1), amount, allowance: U256::ZERO, permit: None },
        Action::ClaimAllocation { offering: at(1), to: None, account: None },
        Action::ClaimAllocation { offering: at(1), to: Some(at(9)), account: None },
        Action::Refund { offering: at(1), to: None, account: Some(at(9)) },
        Action::Refund { offering: at(1), to: Some(at(9)), account: None },
        Action::Finalize { offering: at(1) },
        Action::Release { offering: at(1), part: 2 },
        Action::ReleaseVested { wallet: at(7), asset: Address::ZERO },
        Action::ReleaseVested { wallet: at(7), asset: at(2) },
        Action::Snapshot { token: at(2) },
        Action::ClaimRevenue {
            token: at(2),
            snapshot_ids: vec![U256::from(1), U256::from(2)],
            assets: vec![Address::ZERO, at(3)],
            to: at(0xaa),
        },
        Action::Collect { token: at(2), assets: vec![at(3)], to: at(9) },
        Action::Burn { token: at(2), amount, assets: vec![Address::ZERO], to: at(0xaa) },
        Action::Mint {
            collection: at(4),
            prompt: prompt.clone(),
            content: Some(content.clone()),
            proof: Bytes::new(),
            salt: B256::repeat_byte(1),
            fee: U256::from(10u64.pow(15)),
            min_commit_age: 1,
        },
        Action::Mint {
            collection: at(4),
            prompt: prompt.clone(),
            content: None,
            proof: Bytes::new(),
            salt: B256::ZERO,
            fee: U256::ZERO,
            min_commit_age: 5,
        },
        Action::AddContent { collection: at(4), prompt: prompt.clone(), content: content.clone(), proof: Bytes::new() },
        Action::AssertContent { verifier: at(5), model_id: B256::repeat_byte(2), prompt, content, bond: amount },
        Action::RegisterModel {
            registry: at(6),
            model_id: B256::repeat_byte(2),
            revenue_token: at(2),
            fee: amount,
            uri: "https://example.org/a\u{202e}.imo".into(),
        },
    ]
}

fn creation() -> Creation {
    let whole = U256::from(10u64).pow(U256::from(18));
    let part = |n: u8, tokens: u64, proceeds_bps| PartTerms {
        beneficiary: at(n),
        tokens: whole * U256::from(tokens),
        proceeds_bps,
        cliff: 90 * 86_400,
        duration: 365 * 86_400,
    };
    Creation {
        token: TokenTerms {
            name: "A model's revenue".into(),
            symbol: "AMO".into(),
            percent_claimable: 80,
            snapshot_interval: 7200,
            revenue_tokens: vec![at(3)],
        },
        terms: OfferingTerms {
            model_id: B256::repeat_byte(2),
            currency: at(3),
            for_sale: whole * U256::from(1_000_000),
            target: U256::from(50_000_000_000u64),
            cap: U256::from(100_000_000_000u64),
            account_cap: U256::from(5_000_000_000u64),
            start: 1_800_000_000,
            end: 1_800_604_800,
            team: part(0x11, 200_000, 1250),
            treasury: part(0x12, 100_000, 6750),
            liquidity: PartTerms { cliff: 0, duration: 0, ..part(0x13, 100_000, 2000) },
        },
    }
}

fn said(action: &Action, book: &Book) -> Vec<String> {
    plan(action, book).unwrap().steps.into_iter().map(|step| step.preview.sentence).collect()
}

#[test]
fn every_plan_says_what_it_signs() {
    for currency in [Address::ZERO, at(3)] {
        let book = book(currency);
        for action in actions() {
            let plan = plan(&action, &book).unwrap_or_else(|error| panic!("{action:?}: {error}"));
            for step in &plan.steps {
                assert_eq!(review(step, &book), Ok(()), "{action:?}");
                assert!(
                    !step.preview.sentence.contains(['{', '\u{202e}']) || step.preview.sentence.contains("{\"v\":1}"),
                    "{step:?}"
                );
            }
            // It survives being kept.
            let text = serde_json::to_string(&plan).unwrap();
            assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
        }
    }
}

#[test]
fn sentences() {
    let offering = at(1).to_checksum(None);
    let deposit = Action::Deposit { offering: at(1), amount: U256::from(1_500_000u64), allowance: U256::ZERO, permit: None };
    let tail = "into this offering. If it misses its target you can take all of it back; what goes beyond its cap you can take back in proportion.";
    assert_eq!(said(&deposit, &book(Address::ZERO)), [format!("Deposit 0.0000000000015 ETH {tail}")]);
    assert_eq!(
        said(&deposit, &book(at(3))),
        [format!("Allow the offering ({offering}) to take up to 1.5 USDX from you."), format!("Deposit 1.5 USDX {tail}"),]
    );
    let enough =
        Action::Deposit { offering: at(1), amount: U256::from(1_500_000u64), allowance: U256::from(1_500_000u64), permit: None };
    assert_eq!(said(&enough, &book(at(3))), [format!("Deposit 1.5 USDX {tail}")]);
    let create = Action::CreateOffering { factory: at(8), creation: Box::new(creation()) };
    assert_eq!(
        said(&create, &book(Address::ZERO)),
        [format!(
            "Create the token “A model's revenue” with the symbol “AMO”, bound to model {}, and offer 1000000 tokens of it from \
         2027-01-15 08:00:00 UTC to 2027-01-22 08:00:00 UTC. From 50000 USDX on the offering succeeds and at most 100000 USDX are kept, of \
         which the team gets 12.5 %, the treasury 67.5 % and the liquidity 20 %. Nobody can change this afterwards.",
            B256::repeat_byte(2)
        )]
    );
    let burn = Action::Burn {
        token: at(2),
        amount: U256::from(10u64).pow(U256::from(18)),
        assets: vec![Address::ZERO, at(3)],
        to: at(0xaa),
    };
    let (token, you) = (at(3).to_checksum(None), at(0xaa).to_checksum(None));
    assert_eq!(
        said(&burn, &book(at(3))),
        [format!(
            "Destroy 1 AMO for good. Their share of the pools of ETH, the token USDX ({token}) is paid to you ({you}); shares of other pools are lost to you."
        )]
    );
}

#[test]
fn what_cannot_be_meant_is_not_planned() {
    let book = book(Address::ZERO);
    let mut too_large = creation();
    too_large.terms.team.tokens = U256::from(1) << 128;
    let bad = [
        Action::Deposit { offering: at(1), amount: U256::ZERO, allowance: U256::ZERO, permit: None },
        Action::Deposit { offering: at(2), amount: U256::from(1), allowance: U256::ZERO, permit: None },
        Action::ClaimAllocation { offering: at(1), to: Some(at(8)), account: Some(at(9)) },
        Action::Burn { token: at(2), amount: U256::ZERO, assets: vec![], to: at(9) },
        Action::Burn { token: at(2), amount: U256::from(1), assets: vec![], to: Address::ZERO },
        Action::ClaimRevenue { token: at(2), snapshot_ids: vec![], assets: vec![at(3)], to: at(9) },
        Action::Release { offering: at(1), part: 3 },
        Action::CreateOffering { factory: at(8), creation: Box::new(too_large) },
    ];
    for action in bad {
        assert_eq!(plan(&action, &book).map_err(|error| error.code), Err(Code::PlanInvalid), "{action:?}");
    }
    // A contract that was never looked at, and one of another kind.
    for token in [at(0x77), at(1)] {
        assert_eq!(plan(&Action::Snapshot { token }, &book).map_err(|error| error.code), Err(Code::PlanUnknownCall));
    }
}

#[test]
fn what_was_changed_after_it_was_shown_is_not_signed() {
    let book = book(Address::ZERO);
    let step = &plan(&actions()[1], &book).unwrap().steps[0];
    let Request::Transaction { to, value, data } = step.request.clone() else { panic!("a deposit is a transaction") };
    let with = |to, value, data: Vec<u8>| {
        let request = Request::Transaction { to, value, data: data.into() };
        review(&super::plan::Step { request, ..step.clone() }, &book).map_err(|error| error.code)
    };
    let mut more = data.to_vec();
    more[35] += 1;
    assert_eq!(with(to, value + U256::from(1), more.clone()), Err(Code::PlanChanged));
    assert_eq!(with(to, value, more), Err(Code::PlanInvalid));
    assert_eq!(with(at(2), value, data.to_vec()), Err(Code::PlanUnknownCall));
    assert_eq!(with(to, value, [&data[..], &[0; 32]].concat()), Err(Code::PlanUnknownCall));
    assert_eq!(with(to, value, data[..35].to_vec()), Err(Code::PlanUnknownCall));
    let approve = plan(&actions()[1], &super::tests::book(at(3))).unwrap().steps[0].clone();
    let payment = Request::Transaction { to: at(3), value: U256::from(1), data: approve_data(&approve.request) };
    let paid = review(&super::plan::Step { request: payment, ..approve }, &super::tests::book(at(3)));
    assert_eq!(paid.map_err(|error| error.code), Err(Code::PlanUnknownCall));
}

fn approve_data(request: &Request) -> Bytes {
    let Request::Transaction { data, .. } = request else { panic!("an approval is a transaction") };
    data.clone()
}

fn permit_plan(separator: B256) -> Result<Plan, super::error::ChainError> {
    let domain = PermitDomain { name: "USD X".into(), version: "2".into(), separator, nonce: U256::from(7) };
    let permit = Some(PermitTerms { domain, deadline: U256::from(1_800_000_000u64) });
    plan(&Action::Deposit { offering: at(1), amount: U256::from(1_500_000u64), allowance: U256::ZERO, permit }, &book(at(3)))
}

#[test]
fn a_permit_is_shown_signed_and_filled_in() {
    assert_eq!(permit_plan(B256::ZERO).map_err(|error| error.code), Err(Code::PlanInvalid));
    let domain = alloy_sol_types::eip712_domain! { name: "USD X", version: "2", chain_id: 31337, verifying_contract: at(3), };
    let plan = permit_plan(domain.separator()).unwrap();
    let book = book(at(3));
    let [sign, deposit] = &plan.steps[..] else { panic!("two steps") };
    assert!(sign.preview.sentence.contains("take up to 1.5 USDX from you"), "{}", sign.preview.sentence);
    assert!(sign.preview.sentence.ends_with("until 2027-01-15 08:00:00 UTC."), "{}", sign.preview.sentence);
    assert_eq!(review(sign, &book), Ok(()));

    let signature = format!("0x{}{}1b", "11".repeat(32), "22".repeat(32));
    let complete_step = complete(deposit, &signature).unwrap();
    assert_eq!(review(&complete_step, &book), Ok(()));
    assert_ne!(complete_step.request, deposit.request);
    assert!(complete(sign, &signature).is_err());

    // Typed data of another permit than the one shown.
    let Request::Signature { permit, typed_data } = sign.request.clone() else { panic!("a permit is signed") };
    let request = Request::Signature { permit, typed_data: typed_data.replace("1500000", "2500000") };
    let changed = super::plan::Step { request, ..sign.clone() };
    assert_eq!(review(&changed, &book).map_err(|error| error.code), Err(Code::PlanChanged));
}

#[test]
fn signatures_in_every_form() {
    let half = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
    let of = |s: &str, v: &str| Signature::parse(&format!("0x{}{s}{v}", "11".repeat(32)));
    assert_eq!(of(half, "00").unwrap().v, 27);
    assert_eq!(of(half, "1c").unwrap().v, 28);
    // EIP-2098: the parity is the highest bit of s.
    let compact = of(&half.replacen('7', "f", 1), "").unwrap();
    assert_eq!((compact.v, compact.s), (28, of(half, "1b").unwrap().s));
    for (s, v) in [(half.replace("a0", "a1"), "1b"), (half.into(), "02"), (half.into(), "1b00"), ("zz".repeat(32), "1b")] {
        assert_eq!(of(&s, v).map_err(|error| error.code), Err(Code::WalletAnswer));
    }
    assert!(Signature::parse(&"0".repeat(1 << 20)).is_err());
}

#[test]
fn every_call_that_changes_something_is_explained_with_all_its_parameters() {
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Erc20) {
        let (_, text) = abi::JSON.iter().find(|(name, _)| *name == kind.contract()).unwrap();
        let abi: Vec<Value> = serde_json::from_str(text).unwrap();
        let mut named = BTreeSet::new();
        for entry in abi.iter().filter(|entry| entry["type"] == "function") {
            if ["view", "pure"].contains(&entry["stateMutability"].as_str().unwrap()) {
                continue;
            }
            let signature = erc7730::signature(entry, false);
            let call = CALLS.iter().find(|call| call.kind == kind && call.signature == signature);
            let call = call.unwrap_or_else(|| panic!("{kind:?} {signature} is not explained"));
            let paths: Vec<_> = call.fields.iter().map(|field| field.path).filter(|path| *path != "@.value").collect();
            let parameters: BTreeSet<_> = erc7730::parameters(&entry["inputs"]).into_iter().map(|(name, _)| name).collect();
            assert_eq!(
                [&paths[..], call.excluded].concat().into_iter().map(String::from).collect::<BTreeSet<_>>(),
                parameters,
                "{signature}"
            );
            let payable = call.fields.iter().any(|field| field.path == "@.value");
            assert_eq!(payable, entry["stateMutability"] == "payable", "{signature}");
            for label in call.sentence.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()) {
                assert!(call.fields.iter().any(|field| field.label == label), "{signature}: {label}");
            }
            named.insert(signature);
        }
        assert!(CALLS.iter().filter(|call| call.kind == kind).all(|call| named.contains(call.signature)), "{kind:?}");
    }
}

proptest! {
    #[test]
    fn no_calldata_panics(kind in 0usize..Kind::ALL.len(), selector in 0usize..60, bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let kind = Kind::ALL[kind];
        let call = &CALLS[selector % CALLS.len()];
        let data = [&alloy_primitives::keccak256(call.signature)[..4], &bytes].concat();
        if let Some((call, _)) = decode(kind, &data) {
            prop_assert_eq!(call.kind, kind);
        }
        let _ = preview::of_call(&book(at(3)), at(1), U256::ZERO, &data);
    }
}
