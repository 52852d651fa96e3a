//! Every move of a dispute that is out of turn, late, of somebody else, or about something else is refused; withheld lies are found.

use alloy_primitives::{B256, U256};
use openimo_core::commit::Hash;
use openimo_core::trace::step::inquiry::Inquiry;
use openimo_core::trace::step::{Kind, Step};
use openimo_differential::dispute::asserted::{CHOICE, EMBEDDING, LAYER, steps};
use openimo_differential::dispute::case::{Case, PLACE, asked, case};
use openimo_differential::dispute::court::{ASSERTER, CHALLENGE_BOND, CHALLENGER, CLOCK, FEE, OTHER, WINDOW};
use openimo_differential::dispute::{
    Place, Run, askCall, challengeCall, reclaimCall, refuteFormCall, relocateCall, revealCall, timeoutCall, withdrawCall,
};

#[test]
fn a_withheld_lie_is_found_by_asking() {
    let (mut wrong, mut silent) = (0, 0);
    for tensor in 0..Kind::LAYER.len() {
        let mut case = case();
        let id = case.opened(&PLACE);
        let mut lie = case.honest.run.layer(1, 4);
        let honest = case.honest.run.layer(1, 4);
        let last = lie.tensors[tensor].rows() - 1;
        // The last number of the last leaf: no question is about it at first.
        let leaf = lie.tensors[tensor].leaves(last) - 1;
        lie.tensors[tensor].change(last, leaf, |bytes| *bytes.last_mut().expect("a leaf has bytes") ^= 1);
        let mut revealed = case.honest.part(&PLACE);
        revealed.part.tensors = (0..lie.tensors.len()).map(|i| B256::from(lie.tensors[i].root().0)).collect();
        if tensor == Kind::After as usize {
            assert_eq!(case.court.reveal(id, LAYER, &revealed), Err("NotInBoundary"));
            continue;
        }
        case.court.reveal(id, LAYER, &revealed).unwrap();
        let roots: Vec<Hash> = revealed.part.tensors.iter().map(|root| Hash(root.0)).collect();
        let mut inquiry = Inquiry::new(&honest, &roots);
        let ended = loop {
            let weights = case.honest.run.weights();
            let broken = inquiry
                .witnesses(&honest, weights)
                .find_map(|(_, witness)| case.court.prove(id, &case.program, &revealed.part, witness).ok());
            if broken.is_some() {
                break true;
            }
            let step = inquiry.question(&honest).expect("it is not found yet");
            case.ask(id, step).unwrap();
            let witness = openimo_core::trace::step::opened::Part::witness(&lie, case.honest.run.weights(), step).unwrap();
            if case.court.defend(id, &case.program, &revealed.part, witness.clone()).is_err() {
                case.court.evm.pass(1, CLOCK);
                case.court.send(OTHER, 0, &timeoutCall { id }).unwrap();
                break false;
            }
            inquiry.learn(&honest, case.honest.run.weights(), step, &witness);
        };
        if ended {
            wrong += 1
        } else {
            silent += 1
        }
        let number = case.court.challenge_of(id).assertion;
        assert_eq!(case.court.stake(number).status, 2, "tensor {tensor}");
        case.court.check_money(&[number]);
    }
    println!("withheld lies: {wrong} ended in a step, {silent} in silence");
    assert!(wrong > 5 && silent > 0);
}

/// A question about a step that is not there is no trap: it is answered by saying so.
#[test]
fn steps_that_are_not_there_need_no_answer() {
    for (place, absent) in [
        (PLACE, vec![Step::new(Kind::Normed, 5, 0, 0), Step::new(Kind::Logits, 0, 0, 0), Step::new(Kind::Embedding, 0, 0, 0)]),
        (Place { stage: EMBEDDING, layer: 0, position: 0 }, vec![Step::new(Kind::Q, 0, 0, 0), Step::new(Kind::Greedy, 0, 0, 0)]),
        (Place { stage: CHOICE, layer: 0, position: 9 }, vec![Step::new(Kind::Mid, 0, 0, 0), Step::new(Kind::Masses, 9, 0, 0)]),
    ] {
        let mut case = case();
        let id = case.opened(&place);
        let revealed = case.honest.part(&place);
        case.court.reveal(id, place.stage, &revealed).unwrap();
        for step in absent {
            case.ask(id, step).unwrap();
            case.court.defend(id, &case.program, &revealed.part, step.to_bytes()).unwrap();
        }
        // But of a step that is there it does not do.
        let step = steps(&revealed)[0];
        case.ask(id, step).unwrap();
        assert_eq!(case.court.defend(id, &case.program, &revealed.part, step.to_bytes()), Err("StepDoesNotHold"));
        let witness = revealed.trace.witness(case.honest.run.weights(), step).unwrap();
        case.court.defend(id, &case.program, &revealed.part, witness).unwrap();
    }
}

#[test]
fn moves_out_of_turn_late_or_of_others_are_refused() {
    let mut case = case();
    let Case { court, honest, program, .. } = &mut case;
    let (run, program) = (honest.sol.clone(), program.clone());
    let revealed = honest.part(&PLACE);
    let step = Step::new(Kind::Q, 4, 0, 1);
    let witness = revealed.trace.witness(honest.run.weights(), step).unwrap();
    let opens =
        |run: &Run, place: Place| challengeCall { asserter: ASSERTER, run: run.clone(), program: program.clone().into(), place };
    let here = || Place { ..PLACE };
    assert_eq!(court.send(CHALLENGER, CHALLENGE_BOND + FEE, &opens(&run, here())), Err("WrongStatus"));
    court.assert(&run).unwrap();
    assert_eq!(court.send(CHALLENGER, CHALLENGE_BOND, &opens(&run, here())), Err("WrongPayment"));
    for (stage, layer, position) in [
        (LAYER, 2, 0),
        (LAYER, 0, 99),
        (EMBEDDING, 1, 0),
        (EMBEDDING, 0, 99),
        (CHOICE, 1, 9),
        (CHOICE, 0, 99),
        (CHOICE, 0, run.promptIds - 2),
    ] {
        let far = opens(&run, Place { stage, layer, position });
        assert_eq!(court.send(CHALLENGER, CHALLENGE_BOND + FEE, &far), Err("NoSuchPart"), "{stage} {layer} {position}");
    }
    let (id, _) = court.challenge(CHALLENGER, &run, &program, &PLACE).unwrap();
    let none = U256::from(99);
    assert_eq!(court.reveal(none, LAYER, &revealed), Err("WrongTurn"));

    // The asserter's turn to reveal.
    let asks = askCall { id, step: asked(step) };
    assert_eq!(court.send(CHALLENGER, FEE, &asks), Err("WrongTurn"));
    assert_eq!(court.prove(id, &program, &revealed.part, witness.clone()), Err("WrongTurn"));
    assert_eq!(court.defend(id, &program, &revealed.part, witness.clone()), Err("WrongTurn"));
    assert_eq!(court.send(OTHER, 0, &timeoutCall { id }), Err("TooEarly"));
    assert_eq!(court.send(OTHER, 0, &reclaimCall { id }), Err("NotRefuted"));
    let reveals = |change: &dyn Fn(&mut revealCall)| {
        let openimo_core::dispute::Revealed { part, end, siblings, .. } = &revealed;
        let mut call = revealCall { id, stage: LAYER, part: part.clone(), end: *end, siblings: siblings.clone() };
        change(&mut call);
        call
    };
    assert_eq!(court.send(CHALLENGER, 0, &reveals(&|_| {})), Err("NotYourMove"));
    type Change = fn(&mut revealCall);
    let others: [(Change, &str); 14] = [
        (|c| c.stage = CHOICE, "NotCommittedTo"),
        (|c| c.part.modelId.0[0] ^= 1, "NotCommittedTo"),
        (|c| c.part.positions += 1, "NotCommittedTo"),
        (|c| c.part.prompt += 1, "NotCommittedTo"),
        (|c| c.part.position += 1, "NotCommittedTo"),
        (|c| c.part.layer -= 1, "NotCommittedTo"),
        (|c| c.part.sampler.topK += 1, "NotCommittedTo"),
        (|c| c.part.ids.0[0] ^= 1, "NotCommittedTo"),
        (|c| c.part.before.0[0] ^= 1, "NotCommittedTo"),
        (|c| c.end.0[0] ^= 1, "NotCommittedTo"),
        (|c| c.part.tensors.truncate(18), "WrongTensorCount"),
        (|c| c.part.tensors.push(B256::ZERO), "WrongTensorCount"),
        (|c| c.part.tensors[18].0[0] ^= 1, "NotInBoundary"),
        (|c| c.siblings = [&c.siblings[..], &[0; 32]].concat().into(), "WitnessTooLong"),
    ];
    for (change, error) in others {
        assert_eq!(court.send(ASSERTER, 0, &reveals(&change)), Err(error));
    }
    court.send(ASSERTER, 0, &reveals(&|_| {})).unwrap();

    // The challenger's.
    assert_eq!(court.send(ASSERTER, 0, &reveals(&|_| {})), Err("WrongTurn"));
    assert_eq!(court.defend(id, &program, &revealed.part, witness.clone()), Err("WrongTurn"));
    assert_eq!(court.prove(id, &program, &revealed.part, witness.clone()), Err("StepHolds"));
    assert_eq!(court.prove(id, &program[1..], &revealed.part, witness.clone()), Err("ProgramOfOtherModel"));
    let mut other = revealed.part.clone();
    other.tensors[3].0[0] ^= 1;
    assert_eq!(court.prove(id, &program, &other, witness.clone()), Err("NotCommittedTo"));
    assert_eq!(court.prove(id, &program, &revealed.part, witness[..20].to_vec()), Err("WitnessTooShort"));
    assert_eq!(court.send(OTHER, FEE, &asks), Err("NotYourMove"));
    assert_eq!(court.send(CHALLENGER, FEE - 1, &asks), Err("WrongPayment"));
    let moves = |run: &Run, place: Place| relocateCall {
        id,
        asserter: ASSERTER,
        run: run.clone(),
        program: program.clone().into(),
        place,
    };
    assert_eq!(court.send(CHALLENGER, 0, &moves(&run, here())), Err("WrongPayment"));
    assert_eq!(court.send(OTHER, FEE, &moves(&run, here())), Err("NotYourMove"));
    assert_eq!(court.send(CHALLENGER, FEE, &moves(&Run { promptIds: 1, ..run.clone() }, here())), Err("WrongStatus"));
    // Of another assertion, which is there too.
    let mut lengths = run.lengths.to_vec();
    lengths[1] ^= 1;
    let beside = Run { lengths: lengths.into(), ..run.clone() };
    court.assert(&beside).unwrap();
    assert_eq!(court.send(CHALLENGER, FEE, &moves(&beside, here())), Err("NotCommittedTo"));
    court.send(CHALLENGER, FEE, &asks).unwrap();

    // The asserter's turn to defend.
    assert_eq!(court.send(CHALLENGER, FEE, &asks), Err("WrongTurn"));
    let elsewhere = revealed.trace.witness(honest.run.weights(), Step::new(Kind::Q, 4, 0, 2)).unwrap();
    assert_eq!(court.defend(id, &program, &revealed.part, elsewhere), Err("OtherStep"));
    let mut changed = witness.clone();
    changed[40] ^= 1;
    assert_eq!(court.defend(id, &program, &revealed.part, changed), Err("StepDoesNotHold"));
    assert_eq!(court.defend(id, &program, &other, witness.clone()), Err("NotCommittedTo"));
    court.defend(id, &program, &revealed.part, witness.clone()).unwrap();

    // Late.
    court.evm.pass(1, CLOCK);
    assert_eq!(court.send(CHALLENGER, FEE, &asks), Err("TooLate"));
    assert_eq!(court.prove(id, &program, &revealed.part, witness.clone()), Err("TooLate"));
    court.send(OTHER, 0, &timeoutCall { id }).unwrap();
    assert_eq!(court.send(OTHER, 0, &timeoutCall { id }), Err("WrongTurn"));
    assert_eq!(court.send(OTHER, 0, &reclaimCall { id }), Err("WrongTurn"));
    court.evm.pass(1, WINDOW);
    assert_eq!(court.send(CHALLENGER, CHALLENGE_BOND + FEE, &opens(&run, here())), Err("TooLate"));
    let piece = refuteFormCall { asserter: ASSERTER, run: run.clone(), program: program.clone().into() };
    assert_eq!(court.send(CHALLENGER, 0, &piece), Err("TooLate"));
    court.settle(&run).unwrap();

    let pays = withdrawCall { to: OTHER };
    assert_eq!(court.send(CHALLENGER, 0, &pays), Err("NothingToWithdraw"));
    let before = court.evm.balance(OTHER);
    let credit = court.credit(ASSERTER);
    court.send(ASSERTER, 0, &pays).unwrap();
    assert_eq!(court.evm.balance(OTHER) - before, U256::from(credit));
    assert_eq!(court.send(ASSERTER, 0, &pays), Err("NothingToWithdraw"));
}
