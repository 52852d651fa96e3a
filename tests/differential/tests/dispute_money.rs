//! Who is paid what: challenges side by side, questions, terms, and random moves of everybody.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use openimo_core::random::Random;
use openimo_core::trace::step::{Kind, Step};
use openimo_differential::dispute::asserted::{EMBEDDING, LAYER, steps};
use openimo_differential::dispute::case::{PLACE, asked, case};
use openimo_differential::dispute::court::{ASSERTER, BOND, CHALLENGE_BOND, CHALLENGER, CLOCK, FEE, OTHER, WINDOW};
use openimo_differential::dispute::{
    Place, Terms, askCall, error_name, proveCall, reclaimCall, relocateCall, timeoutCall, withdrawCall,
};

/// A second challenge is not in the way of the first, and is repaid when that one wins; a silent side loses; each dispute pays once.
#[test]
fn challenges_run_side_by_side() {
    let mut case = case();
    let run = case.honest.sol.clone();
    let (number, _) = case.court.assert(&run).unwrap();
    let place = |position| Place { stage: LAYER, layer: 0, position };
    let ids: Vec<U256> = [(CHALLENGER, 0), (OTHER, 1), (OTHER, 2), (CHALLENGER, 3)]
        .map(|(from, position)| case.court.challenge(from, &run, &case.program, &place(position)).unwrap().0)
        .to_vec();
    assert_eq!(case.court.stake(number).open, 4);
    assert_eq!(case.court.judged(&run), [false; 4]);
    let revealed = case.honest.part(&place(1));
    case.court.reveal(ids[1], LAYER, &revealed).unwrap();
    case.court.evm.pass(1, CLOCK);
    // The first was not answered; the second's challenger is late, but nobody says so before it is over.
    case.court.send(OTHER, 0, &timeoutCall { id: ids[0] }).unwrap();
    assert_eq!(case.court.stake(number).status, 2);
    assert_eq!(case.court.credit(CHALLENGER), BOND / 2 + CHALLENGE_BOND + FEE);
    for id in &ids[1..] {
        assert_eq!(case.court.send(OTHER, 0, &timeoutCall { id: *id }), Err("WrongStatus"));
        case.court.send(ASSERTER, 0, &reclaimCall { id: *id }).unwrap();
        assert_eq!(case.court.send(ASSERTER, 0, &reclaimCall { id: *id }), Err("WrongTurn"));
    }
    assert_eq!(case.court.credit(OTHER), 2 * CHALLENGE_BOND + FEE);
    assert_eq!(case.court.credit(CHALLENGER), BOND / 2 + 2 * (CHALLENGE_BOND + FEE));
    assert_eq!(case.court.credit(ASSERTER), FEE);
    assert_eq!(case.court.settle(&run), Err("WrongStatus"));
    case.court.check_money(&[number]);
}

#[test]
fn questions_are_counted() {
    let mut case = case();
    let id = case.opened(&PLACE);
    let revealed = case.honest.part(&PLACE);
    case.court.reveal(id, LAYER, &revealed).unwrap();
    let step = Step::new(Kind::Mid, 0, 0, 3);
    let witness = revealed.trace.witness(case.honest.run.weights(), step).unwrap();
    for _ in 0..63 {
        case.ask(id, step).unwrap();
        case.court.defend(id, &case.program, &revealed.part, witness.clone()).unwrap();
    }
    let run = case.honest.sol.clone();
    let elsewhere = Place { stage: EMBEDDING, layer: 0, position: 1 };
    let moves = relocateCall { id, asserter: ASSERTER, run, program: case.program.clone().into(), place: elsewhere };
    case.court.send(CHALLENGER, FEE, &moves).unwrap();
    let stage = EMBEDDING;
    let there = case.honest.part(&Place { stage, layer: 0, position: 1 });
    case.court.reveal(id, stage, &there).unwrap();
    assert_eq!(case.ask(id, step), Err("NoMoreQuestions"));
    assert_eq!(case.court.send(CHALLENGER, FEE, &moves), Err("NoMoreQuestions"));
    assert_eq!(case.court.credit(ASSERTER), 65 * FEE);
    let number = case.court.challenge_of(id).assertion;
    case.court.check_money(&[number]);
}

#[test]
fn terms_pay_for_a_dispute() {
    let mut case = case();
    let good = (BOND, CHALLENGE_BOND, FEE, WINDOW, CLOCK);
    let mut deploy = |(bond, challenge, fee, window, clock): (u128, u128, u128, u64, u64)| {
        let terms = Terms {
            bond,
            challengeBond: challenge,
            questionFee: fee,
            window: alloy_primitives::Uint::from(window),
            clock: alloy_primitives::Uint::from(clock),
        };
        let arguments = (Address::ZERO, Address::ZERO, Address::ZERO, terms).abi_encode_params();
        case.court.evm.deploy("OptimisticVerifier", &arguments).map(drop).map_err(|data| error_name(&data))
    };
    assert_eq!(deploy(good), Ok(()));
    for bad in [
        (0, good.1, good.2, good.3, good.4),
        (good.0, 0, good.2, good.3, good.4),
        (good.0, good.1, 0, good.3, good.4),
        (good.0, good.1, good.2, 0, good.4),
        (good.0, good.1, good.2, good.3, 0),
        (130 * FEE + 1, good.1, good.2, good.3, good.4),
    ] {
        assert_eq!(deploy(bad), Err("DisputeTermsInvalid"), "{bad:?}");
    }
    assert_eq!(deploy((130 * FEE + 2, good.1, good.2, good.3, good.4)), Ok(()));
}

/// Random moves of everybody: whatever is taken, the contract holds what it owes, and an honest asserter who answers in time does not lose.
#[test]
fn money_is_conserved_in_random_disputes() {
    let (mut taken, mut refused) = (0, 0);
    for seed in 0..12 {
        let mut case = case();
        let mut rng = Random::new(seed);
        let run = case.honest.sol.clone();
        let program = case.program.clone();
        let (number, _) = case.court.assert(&run).unwrap();
        let mut places: Vec<Place> = Vec::new();
        for _ in 0..60 {
            let open = places.len() as u64;
            let pick = 1 + if open > 0 { rng.below(open) } else { 0 };
            let id = U256::from(pick);
            let turn = case.court.challenge_of(id).turn;
            let place = Place { stage: rng.below(3) as u8, layer: 0, position: 7 + rng.below(5) as u32 };
            let from = rng.pick(&[CHALLENGER, OTHER]);
            let step = Step::new(rng.pick(&[Kind::Mid, Kind::Q, Kind::Logits, Kind::Embedding]), 0, 0, rng.below(32) as usize);
            let sent = match rng.below(8) {
                0 if open < 5 => {
                    let sent = case.court.challenge(from, &run, &program, &place);
                    if sent.is_ok() {
                        places.push(Place { ..place });
                    }
                    sent.map(drop)
                }
                1 => case.court.send(from, FEE, &askCall { id, step: asked(step) }).map(drop),
                2 => {
                    let moves = relocateCall {
                        id,
                        asserter: ASSERTER,
                        run: run.clone(),
                        program: program.clone().into(),
                        place: Place { ..place },
                    };
                    let sent = case.court.send(from, FEE, &moves).map(drop);
                    if sent.is_ok() {
                        places[pick as usize - 1] = place;
                    }
                    sent
                }
                3 => case.court.send(from, 0, &timeoutCall { id }).map(drop),
                4 => case.court.send(from, 0, &withdrawCall { to: from }).map(drop),
                5 => {
                    case.court.evm.pass(1, rng.below(CLOCK / 3));
                    Ok(())
                }
                6 if open > 0 => {
                    let revealed = case.honest.part(&places[pick as usize - 1]);
                    let witness = revealed.trace.witness(case.honest.run.weights(), steps(&revealed)[0]).unwrap();
                    let call = proveCall { id, program: program.clone().into(), part: revealed.part, witness: witness.into() };
                    case.court.send(from, 0, &call).map(drop)
                }
                _ => Err("nothing"),
            };
            if sent.is_ok() {
                taken += 1
            } else {
                refused += 1
            }
            // The honest asserter answers at once.
            for (i, place) in places.iter().enumerate() {
                let id = U256::from(i + 1);
                let challenge = case.court.challenge_of(id);
                if challenge.turn == 1 {
                    let revealed = case.honest.part(place);
                    case.court.reveal(id, place.stage, &revealed).unwrap();
                } else if challenge.turn == 3 {
                    let revealed = case.honest.part(place);
                    let step = steps(&revealed).into_iter().find(|step| step.to_bytes() == challenge.step.as_slice());
                    let witness = step.and_then(|step| revealed.trace.witness(case.honest.run.weights(), step));
                    let witness = witness.unwrap_or_else(|| challenge.step.to_vec());
                    case.court.defend(id, &program, &revealed.part, witness).unwrap();
                }
            }
            assert_eq!(case.court.stake(number).status, 1, "turn {turn}");
            case.court.check_money(&[number]);
        }
        case.court.evm.pass(1, WINDOW);
        for id in 1..=places.len() {
            let _ = case.court.send(OTHER, 0, &timeoutCall { id: U256::from(id) });
        }
        case.court.settle(&run).unwrap();
        case.court.check_money(&[number]);
    }
    println!("random disputes: {taken} moves taken, {refused} refused");
    assert!(taken > 200 && refused > 100);
}
