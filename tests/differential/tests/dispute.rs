//! Whole disputes in the contracts' bytecode: whoever ran the model wins, whoever did not loses, and all money is somebody's.

use openimo_core::model::testing::Tiny;
use openimo_core::verify::testing::bundle_model;
use openimo_differential::dispute::asserted::{Asserted, CHOICE, EMBEDDING, LAYER, answer};
use openimo_differential::dispute::court::{ASSERTER, BOND, CHALLENGE_BOND, CHALLENGER, Court, FEE, OTHER, WINDOW, broken_step};
use openimo_differential::dispute::{Place, refuteFormCall};
use openimo_differential::referee::chain::Chain;

/// The model with one weight changed: of a matrix among them, in a row.
fn changed(tiny: &Tiny, matrix: usize, row: usize) -> Tiny {
    let mut other = tiny.clone();
    let q = &mut other.rows[matrix][row].q[3];
    *q = if *q > 0 { *q - 1 } else { *q + 1 };
    other
}

#[test]
fn an_honest_run_is_final_after_the_window() {
    let mut court = Court::default();
    let tiny = bundle_model();
    let answer = answer(&tiny, "What is checked?", "4", 12, 1);
    let honest = {
        let id = court.register(Asserted::new(&tiny, Default::default(), &answer).run.header());
        Asserted::new(&tiny, id, &answer)
    };
    let (number, gas) = court.assert(&honest.sol).unwrap();
    println!("assertion: {gas} gas");
    assert_eq!(court.judged(&honest.sol), [true, false, false, false]);
    assert_eq!(court.settle(&honest.sol), Err("TooEarly"));
    let program = honest.run.program.clone();
    let form = refuteFormCall { asserter: ASSERTER, run: honest.sol.clone(), program: program.into() };
    assert_eq!(court.send(CHALLENGER, 0, &form), Err("WellFormed"));
    court.evm.pass(1, WINDOW);
    assert_eq!(court.judged(&honest.sol), [true, false, true, false]);
    court.settle(&honest.sol).unwrap();
    assert_eq!(court.judged(&honest.sol), [true; 4]);
    assert_eq!(court.credit(ASSERTER), BOND);
    court.check_money(&[number]);
}

#[test]
fn a_lie_is_refuted_in_three_transactions() {
    let (mut court, mut referee) = (Court::default(), Chain::default());
    let tiny = bundle_model();
    // The embedding, and each matrix of both layers; its row is one that the run reads.
    for matrix in 0..15 {
        let answer = answer(&tiny, "What is checked?", "4", 12, 1);
        let row = if matrix == 0 { answer.prompt[2] as usize } else { 5 };
        let other = changed(&tiny, matrix, row);
        let honest = Asserted::new(&tiny, Default::default(), &answer);
        let id = court.register(honest.run.header());
        let mut lie = Asserted::new(&other, id, &answer);
        let honest = Asserted::new(&tiny, id, &answer);
        let program = honest.run.program.clone();
        let Some(place) = honest.first_difference(&lie) else {
            println!("matrix {matrix}: the change moved nothing");
            continue;
        };
        let (number, _) = court.assert(&lie.sol).unwrap();
        let before = court.credit(CHALLENGER);
        let (challenge, opened) = court.challenge(CHALLENGER, &lie.sol, &program, &place).unwrap();
        assert_eq!(court.judged(&lie.sol), [false; 4]);
        let revealed = lie.part(&place);
        let (_, gas) = court.reveal(challenge, place.stage, &revealed).unwrap();
        let (step, witness) = broken_step(&mut referee, &revealed, &honest).expect("a step does not hold");
        let (_, proved) = court.prove(challenge, &program, &revealed.part, witness).unwrap();
        println!(
            "matrix {matrix}: {:?} at {}, layer {}: {opened} + {gas} + {proved} gas",
            step.kind, place.position, place.layer
        );
        assert_eq!(court.stake(number).status, 2);
        assert_eq!(court.credit(CHALLENGER) - before, BOND / 2 + CHALLENGE_BOND);
        assert_eq!(court.judged(&lie.sol), [false; 4]);
        court.check_money(&[number]);
    }
}

#[test]
fn another_id_is_refuted() {
    let (mut court, mut referee) = (Court::default(), Chain::default());
    let tiny = bundle_model();
    for (temperature, index) in [("0", 4usize), ("4", 0), ("4", 11)] {
        let mut answer = answer(&tiny, "What is checked?", temperature, 12, 1);
        answer.output[index] = (answer.output[index] + 1) % 256;
        let model = Asserted::new(&tiny, Default::default(), &answer);
        let id = court.register(model.run.header());
        let mut lie = Asserted::new(&tiny, id, &answer);
        let (program, honest) = (lie.run.program.clone(), Asserted::new(&tiny, id, &answer));
        assert!(honest.first_difference(&lie).is_none(), "only the choice is wrong");
        let (number, _) = court.assert(&lie.sol).unwrap();
        let place = Place { stage: CHOICE, layer: 0, position: (answer.prompt.len() + index - 1) as u32 };
        let (challenge, _) = court.challenge(CHALLENGER, &lie.sol, &program, &place).unwrap();
        let revealed = lie.part(&place);
        court.reveal(challenge, CHOICE, &revealed).unwrap();
        let (step, witness) = broken_step(&mut referee, &revealed, &honest).expect("a step does not hold");
        let (_, gas) = court.prove(challenge, &program, &revealed.part, witness).unwrap();
        println!("id {index} at temperature {temperature}: {:?}, {gas} gas", step.kind);
        assert_eq!(court.stake(number).status, 2);
        court.check_money(&[number]);
    }
}

#[test]
fn an_honest_asserter_has_an_answer_to_everything() {
    let (mut court, mut referee) = (Court::default(), Chain::default());
    let tiny = bundle_model();
    let answer = answer(&tiny, "Hi", "1", 4, 3);
    let model = Asserted::new(&tiny, Default::default(), &answer);
    let id = court.register(model.run.header());
    let mut honest = Asserted::new(&tiny, id, &answer);
    let program = honest.run.program.clone();
    let (number, _) = court.assert(&honest.sol).unwrap();
    let mut lost = 0;
    for (stage, layer, position) in [(EMBEDDING, 0, 2), (LAYER, 0, 1), (LAYER, 1, 4), (CHOICE, 0, 4)] {
        let place = Place { stage, layer, position };
        let (challenge, _) = court.challenge(OTHER, &honest.sol, &program, &place).unwrap();
        let revealed = honest.part(&place);
        court.reveal(challenge, stage, &revealed).unwrap();
        assert!(broken_step(&mut referee, &revealed, &Asserted::new(&tiny, id, &answer)).is_none());
        lost += 1;
    }
    court.evm.pass(1, WINDOW);
    for challenge in 1..=lost {
        let call = openimo_differential::dispute::timeoutCall { id: alloy_primitives::U256::from(challenge) };
        court.send(OTHER, 0, &call).unwrap();
    }
    court.settle(&honest.sol).unwrap();
    assert_eq!(court.credit(ASSERTER), BOND + lost as u128 * (CHALLENGE_BOND + FEE));
    court.check_money(&[number]);
}
