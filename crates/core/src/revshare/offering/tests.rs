use super::*;
use crate::random::Random;

const NOW: u64 = 1_800_000_000;
const SUPPLY: u128 = 1_000_000_000 * ETHER;
const ETHER: u128 = 1_000_000_000_000_000_000;

fn terms() -> Terms {
    Terms {
        for_sale: SUPPLY / 2,
        target: 30 * ETHER,
        cap: 150 * ETHER,
        account_cap: 50 * ETHER,
        start: NOW + DAY,
        end: NOW + 8 * DAY,
        parts: [
            Share { tokens: SUPPLY / 10, proceeds_bps: 3000, cliff: 90 * DAY, duration: 365 * DAY },
            Share { tokens: SUPPLY / 10, proceeds_bps: 4000, cliff: 0, duration: 365 * DAY },
            Share { tokens: SUPPLY * 3 / 10, proceeds_bps: 3000, cliff: 0, duration: 0 },
        ],
    }
}

#[test]
fn good_terms_are_accepted() {
    assert_eq!(terms().check(SUPPLY, NOW), Ok(()));
}

#[test]
fn each_rule_refuses() {
    type Change = fn(&mut Terms);
    let cases: [(Change, &str); 14] = [
        (|t| t.target = 0, "0 < target"),
        (|t| t.target = t.cap + 1, "0 < target"),
        (|t| t.for_sale = t.cap - 1, "a unit of the token"),
        (|t| t.account_cap = 0, "0 < account cap"),
        (|t| t.account_cap = t.cap + 1, "0 < account cap"),
        (|t| t.start = NOW - 1, "a start from"),
        (|t| t.start = NOW + MAX_AHEAD + 1, "a start from"),
        (|t| t.end = t.start + MIN_OPEN - 1, "an end from"),
        (|t| t.end = t.start + MAX_OPEN + 1, "an end from"),
        (|t| t.parts[0].proceeds_bps += 1, "sum to 10000"),
        (|t| t.parts[2].tokens -= 1, "parts of the supply"),
        (|t| t.parts[0].duration = MIN_VESTING - 1, "Team"),
        (|t| t.parts[1].duration = MAX_VESTING + 1, "Treasury"),
        (|t| t.parts[2].duration = 1, "Liquidity"),
    ];
    for (change, expected) in cases {
        let mut t = terms();
        change(&mut t);
        let error = t.check(SUPPLY, NOW).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    }
}

#[test]
fn the_phase_follows_from_time_and_deposits() {
    let t = terms();
    assert_eq!(t.phase(t.start - 1, 0), Phase::Pending);
    assert_eq!(t.phase(t.start, 0), Phase::Open);
    assert_eq!(t.phase(t.end - 1, t.target), Phase::Open);
    assert_eq!(t.phase(t.end, t.target), Phase::Succeeded);
    assert_eq!(t.phase(t.end, t.target - 1), Phase::Failed);
    assert_eq!((t.room(0), t.room(20 * ETHER), t.room(51 * ETHER)), (50 * ETHER, 30 * ETHER, 0));
}

#[test]
fn an_oversubscribed_offering_pays_the_rest_back() {
    let t = terms();
    let raised = 200 * ETHER;
    assert_eq!(t.allocation(50 * ETHER, raised), SUPPLY / 8);
    assert_eq!(t.refund(50 * ETHER, raised), 125 * ETHER / 10);
    let outcome = t.outcome(raised).expect("it succeeded");
    assert_eq!((outcome.proceeds, outcome.sold, outcome.burnt), (150 * ETHER, SUPPLY / 2, 0));
    assert_eq!(outcome.parts.map(|paid| paid.money), [45 * ETHER, 60 * ETHER, 45 * ETHER]);
}

#[test]
fn below_the_cap_the_price_is_the_same_and_below_the_target_all_comes_back() {
    let t = terms();
    assert_eq!((t.allocation(30 * ETHER, 30 * ETHER), t.refund(30 * ETHER, 30 * ETHER)), (SUPPLY / 10, 0));
    assert_eq!(t.outcome(30 * ETHER).map(|outcome| outcome.burnt), Some(SUPPLY * 4 / 5));
    let raised = t.target - 1;
    assert_eq!((t.allocation(raised, raised), t.refund(raised, raised)), (0, raised));
    assert_eq!(t.outcome(raised), None);
}

#[test]
fn shares_never_exceed_what_there_is() {
    let mut random = Random::new(7);
    for _ in 0..2000 {
        let mut t = terms();
        t.cap = 1 + u128::from(random.bits()) * u128::from(random.below(1 << 20));
        t.for_sale = t.cap + u128::from(random.bits());
        t.target = 1 + u128::from(random.bits()) % t.cap;
        let deposits: Vec<u128> = (0..9).map(|_| 1 + u128::from(random.bits()) % t.cap).collect();
        let raised: u128 = deposits.iter().sum();
        let refunds: u128 = deposits.iter().map(|&d| t.refund(d, raised)).sum();
        let tokens: u128 = deposits.iter().map(|&d| t.allocation(d, raised)).sum();
        let Some(outcome) = t.outcome(raised) else {
            assert_eq!((refunds, tokens), (raised, 0));
            continue;
        };
        assert!(refunds + outcome.proceeds <= raised && raised - refunds - outcome.proceeds < 9);
        assert!(tokens <= outcome.sold && outcome.sold - tokens < 9);
        assert_eq!(outcome.parts.iter().map(|paid| paid.money).sum::<u128>(), outcome.proceeds);
    }
}
