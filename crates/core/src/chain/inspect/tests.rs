//! A corpus of bad offerings: each risk has one that raises exactly it, and a good one raises none.

use alloy_primitives::{Address, B256, U256};

use super::super::code::CodeFacts;
use super::super::read::{Share, Terms};
use super::*;

const DAY: u64 = 86_400;
const NOW: u64 = 1_800_000_000;

fn address(n: u8) -> Address {
    Address::repeat_byte(n)
}

fn known() -> CodeFacts {
    CodeFacts { exists: true, known: true, ..Default::default() }
}

fn unknown() -> CodeFacts {
    CodeFacts { exists: true, ..Default::default() }
}

fn share(n: u8, tokens: u64, proceeds_bps: u16, duration: u64) -> Share {
    Share { wallet: address(n), beneficiary: address(n + 1), tokens: U256::from(tokens), proceeds_bps, cliff: 0, duration }
}

fn good() -> (Facts, Circumstances) {
    let end = NOW + 10 * DAY;
    let shares = [share(0x20, 100, 1000, 365 * DAY), share(0x22, 100, 7000, 365 * DAY), share(0x24, 200, 2000, 0)];
    let wallet = |share: &Share| Wallet {
        code: known(),
        owner: Some(share.beneficiary),
        start: U256::from(end),
        cliff: U256::from(end),
        end: U256::from(end + share.duration),
        beneficiary_is_contract: true,
    };
    let facts = Facts {
        offering: address(1),
        token: address(2),
        raised: U256::from(10),
        finalized: false,
        offering_code: known(),
        token_code: known(),
        token_supply: U256::from(1000),
        token_held: U256::from(1000),
        token_model_id: Some(B256::repeat_byte(9)),
        token_percent: Some(U256::from(80)),
        token_interval: Some(7200),
        token_owner: None,
        token_name: "A model".into(),
        token_symbol: "AMO".into(),
        token_decimals: 18,
        currency_held: U256::from(10),
        currency_code: None,
        wallets: shares.iter().map(wallet).collect(),
        record: Some(Record { revenue_token: Some(address(2)), uris: vec!["https://example.org/a.imo".into()] }),
        terms: Terms {
            model_id: B256::repeat_byte(9),
            currency: Address::ZERO,
            for_sale: U256::from(600),
            target: U256::from(100),
            cap: U256::from(500),
            account_cap: U256::from(50),
            start: NOW - DAY,
            end,
            shares,
        },
    };
    let circumstances =
        Circumstances { now: NOW, model_file: ModelFile::Verified, currencies: vec![], lockers: vec![address(0x25)] };
    (facts, circumstances)
}

/// What makes a good offering bad in one way.
fn spoil(risk: Risk, f: &mut Facts, c: &mut Circumstances) {
    let one = U256::from(1);
    match risk {
        Risk::OfferingCode => f.offering_code = unknown(),
        Risk::OfferingProxy => f.offering_code = CodeFacts { delegates: true, ..unknown() },
        Risk::TokenCode => f.token_code = unknown(),
        Risk::TokenProxy => f.token_code = CodeFacts { delegates: true, ..unknown() },
        Risk::TokenPowers => f.token_code = CodeFacts { powers: vec!["mint(address,uint256)".into()], ..unknown() },
        Risk::EndFar => f.terms.start -= 100 * DAY,
        Risk::CapAboveSupply => f.terms.for_sale += one,
        Risk::Unfunded => f.token_held -= one,
        Risk::Undivided => f.token_supply += one,
        Risk::Insolvent => f.currency_held -= one,
        Risk::TargetTiny => f.terms.target = U256::from(4),
        Risk::NoAccountCap => f.terms.account_cap = f.terms.cap,
        Risk::PriceCoarse => f.terms.cap = f.terms.for_sale + one,
        Risk::SharesNotWhole => f.terms.shares[1].proceeds_bps -= 1,
        Risk::LiquidityPull => c.lockers.clear(),
        Risk::WalletOther => f.wallets[0].cliff += one,
        Risk::WalletSold => f.wallets[1].owner = Some(address(0x66)),
        Risk::VestingShort => {
            f.terms.shares[0].duration = 29 * DAY;
            f.wallets[0].end = U256::from(f.terms.end + 29 * DAY);
        }
        Risk::InsidersMajority => {
            f.terms.shares[0].tokens += U256::from(400);
            f.terms.for_sale -= U256::from(300);
            f.terms.cap = U256::from(300);
            f.terms.shares[2].tokens -= U256::from(100);
        }
        Risk::NoRevenue => f.token_percent = Some(U256::ZERO),
        Risk::SnapshotsRare => f.token_interval = Some(700_000),
        Risk::TokenModel => f.token_model_id = Some(B256::repeat_byte(8)),
        Risk::FeeRoute => f.record = None,
        Risk::ModelMissing => c.model_file = ModelFile::Unreachable,
        Risk::ModelOther => c.model_file = ModelFile::Other,
        Risk::ModelUnchecked => c.model_file = ModelFile::Answers,
        Risk::CurrencyUnknown => f.currency_code = Some(unknown()),
        Risk::CurrencyMissing => f.currency_code = Some(CodeFacts::default()),
        Risk::NameMisleads => f.token_symbol = "USDC".into(),
    }
}

#[test]
fn a_good_offering_raises_nothing() {
    let (facts, circumstances) = good();
    assert_eq!(inspect(&facts, &circumstances), []);
}

#[test]
fn each_risk_has_an_offering_that_raises_exactly_it() {
    for &risk in Risk::ALL {
        let (mut facts, mut circumstances) = good();
        spoil(risk, &mut facts, &mut circumstances);
        let codes: Vec<_> = inspect(&facts, &circumstances).into_iter().map(|flag| flag.code).collect();
        assert_eq!(codes, [risk.row().0]);
    }
}

#[test]
fn other_ways_to_the_same_flags() {
    let raised = |change: fn(&mut Facts, &mut Circumstances)| {
        let (mut facts, mut circumstances) = good();
        change(&mut facts, &mut circumstances);
        inspect(&facts, &circumstances).into_iter().map(|flag| flag.code).collect::<Vec<_>>()
    };
    assert_eq!(raised(|f, _| (f.token_code, f.token_owner) = (unknown(), Some(address(7)))), ["token.owner_powers"]);
    assert_eq!(raised(|f, _| f.terms.end = u64::MAX)[0], "offering.end_far");
    assert_eq!(raised(|f, _| f.terms.for_sale = U256::MAX), ["offering.cap_above_supply"]);
    assert_eq!(raised(|f, _| f.wallets[2].beneficiary_is_contract = false), ["liquidity.can_pull"]);
    assert_eq!(raised(|f, _| f.record.as_mut().unwrap().revenue_token = Some(address(3))), ["fee.not_bound"]);
    assert_eq!(raised(|f, _| f.token_model_id = None), ["token.other_model"]);
    assert_eq!(raised(|f, _| f.token_name = "A\u{202e}B".into()), ["token.misleading_name"]);
    // A part that gets nothing can be paid at once.
    assert_eq!(
        raised(|f, c| {
            c.lockers.clear();
            f.terms.shares[1].tokens += f.terms.shares[2].tokens;
            f.terms.shares[1].proceeds_bps += 2000;
            (f.terms.shares[2].tokens, f.terms.shares[2].proceeds_bps) = (U256::ZERO, 0);
        }),
        [""; 0]
    );
    // What has been paid out is not missing.
    assert_eq!(
        raised(|f, c| {
            c.now = f.terms.end;
            (f.token_held, f.currency_held) = (U256::ZERO, U256::ZERO);
        }),
        [""; 0]
    );
}

#[test]
fn codes_are_distinct_and_rendered() {
    let (markdown, typescript) = (render_markdown(), render_typescript());
    for (i, risk) in Risk::ALL.iter().enumerate() {
        let (code, ..) = risk.row();
        assert!(Risk::ALL[..i].iter().all(|other| other.row().0 != code));
        assert!(markdown.contains(&format!("| `{code}` |")) && typescript.contains(&format!("  '{code}': {{")));
    }
}
