//! Every move of a dispute that is out of turn, late, of somebody else, or about something else is refused, and the money stays right.

use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::SolValue;
use openimo_core::model::testing::Tiny;
use openimo_core::random::Random;
use openimo_core::trace::step::inquiry::Inquiry;
use openimo_core::trace::step::{Kind, Step};
use openimo_core::commit::Hash;
use openimo_core::verify::testing::bundle_model;
use openimo_differential::dispute::asserted::{Asserted, CHOICE, EMBEDDING, LAYER, Revealed, answer};
use openimo_differential::dispute::court::{
    ASSERTER, BOND, CHALLENGE_BOND, CHALLENGER, CLOCK, Court, FEE, OTHER, Sent, WINDOW, claimed,
};
use openimo_differential::dispute::{
    Place, Run, Terms, askCall, assertRunCall, challengeCall, error_name, proveCall, reclaimCall, refuteFormCall, refutePieceCall,
    relocateCall, revealCall, settleCall, timeoutCall, withdrawCall,
};

const PLACE: Place = Place { stage: LAYER, layer: 1, position: 4 };

/// A court with an honest run of a small model.
struct Case {
    court: Court,
    honest: Asserted,
    program: Vec<u8>,
    tiny: Tiny,
}

fn case() -> Case {
    let (mut court, tiny) = (Court::default(), bundle_model());
    let answer = answer(&tiny, "Hi there", "1", 6, 3);
    let id = court.register(Asserted::new(&tiny, B256::ZERO, &answer).run.header());
    let honest = Asserted::new(&tiny, id, &answer);
    Case { program: honest.run.program.clone(), court, honest, tiny }
}

fn asked(step: Step) -> FixedBytes<13> {
    FixedBytes::from_slice(&step.to_bytes())
}

impl Case {
    fn opened(&mut self, place: &Place) -> U256 {
        self.court.assert(&self.honest.sol).unwrap();
        self.court.challenge(CHALLENGER, &self.honest.sol, &self.program, place).unwrap().0
    }

    fn ask(&mut self, id: U256, step: Step) -> Sent {
        self.court.send(CHALLENGER, FEE, &askCall { id, step: asked(step) })
    }
}

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
            let broken = inquiry.witnesses(&honest, weights).find_map(|(_, witness)| {
                case.court.prove(id, &case.program, &revealed.part, witness).ok()
            });
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
        if ended { wrong += 1 } else { silent += 1 }
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
    for (place, steps) in [
        (PLACE, vec![Step::new(Kind::Normed, 5, 0, 0), Step::new(Kind::Logits, 0, 0, 0), Step::new(Kind::Embedding, 0, 0, 0)]),
        (Place { stage: EMBEDDING, layer: 0, position: 0 }, vec![Step::new(Kind::Q, 0, 0, 0), Step::new(Kind::Greedy, 0, 0, 0)]),
        (Place { stage: CHOICE, layer: 0, position: 9 }, vec![Step::new(Kind::Mid, 0, 0, 0), Step::new(Kind::Masses, 9, 0, 0)]),
    ] {
        let mut case = case();
        let id = case.opened(&place);
        let revealed = case.honest.part(&place);
        case.court.reveal(id, place.stage, &revealed).unwrap();
        for step in steps {
            case.ask(id, step).unwrap();
            case.court.defend(id, &case.program, &revealed.part, step.to_bytes()).unwrap();
        }
        // But of a step that is there it does not do.
        let step = revealed.steps()[0];
        case.ask(id, step).unwrap();
        assert_eq!(case.court.defend(id, &case.program, &revealed.part, step.to_bytes()), Err("StepDoesNotHold"));
        let witness = revealed.trace.witness(case.honest.run.weights(), step).unwrap();
        case.court.defend(id, &case.program, &revealed.part, witness).unwrap();
    }
}

#[test]
fn an_assertion_is_paid_known_and_made_once() {
    let mut case = case();
    let run = case.honest.sol.clone();
    let asserts = |run: &Run| assertRunCall { asserter: ASSERTER, run: run.clone() };
    for paid in [0, BOND - 1, BOND + 1] {
        assert_eq!(case.court.send(OTHER, paid, &asserts(&run)), Err("WrongPayment"));
    }
    let unknown = Run { modelId: B256::repeat_byte(7), ..run.clone() };
    assert_eq!(case.court.send(OTHER, BOND, &asserts(&unknown)), Err("ModelNotKnown"));
    for long in [
        Run { ids: vec![0; 4 * 8_192 + 1].into(), ..run.clone() },
        Run { prompt: vec![0; 49_153].into(), ..run.clone() },
        Run { content: vec![0; 49_153].into(), ..run.clone() },
    ] {
        assert_eq!(case.court.send(OTHER, BOND, &asserts(&long)), Err("RunTooLong"));
    }
    let (number, _) = case.court.assert(&run).unwrap();
    assert_eq!(case.court.send(OTHER, BOND, &asserts(&run)), Err("WrongStatus"));
    // Another asserter is not in the way, and no boundary of fields can be moved.
    let other = assertRunCall { asserter: OTHER, run: run.clone() };
    assert_ne!(case.court.send(OTHER, BOND, &other).unwrap().0, number.abi_encode());
    case.court.evm.pass(1, WINDOW);
    case.court.settle(&run).unwrap();
    assert_eq!(case.court.settle(&run), Err("WrongStatus"));
    assert_eq!(case.court.send(OTHER, BOND, &asserts(&run)), Err("WrongStatus"));
    let mut foreign = claimed(OTHER, &run);
    foreign.contentHash.0[0] ^= 1;
    assert_eq!(case.court.send(OTHER, 0, &settleCall { claimed: foreign }), Err("WrongStatus"));
}

/// What the model could not give, whatever it computed: each is refuted at once, and half of the bond is burned.
#[test]
fn runs_of_another_form_are_refuted_at_once() {
    let case_ = case();
    let run = case_.honest.sol.clone();
    let text = String::from_utf8(run.prompt.to_vec()).unwrap();
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "{text} has no {from}");
        Run { prompt: text.replacen(from, to, 1).into_bytes().into(), ..run.clone() }
    };
    let n = run.ids.len();
    let with_stop = |at: usize| {
        let mut ids = run.ids.to_vec();
        ids[at..at + 4].copy_from_slice(&259u32.to_be_bytes());
        Run { ids: ids.into(), ..run.clone() }
    };
    let longer = |bytes: &alloy_primitives::Bytes, more: &[u8]| -> alloy_primitives::Bytes { [bytes, more].concat().into() };
    let wrong = vec![
        ("not a request", Run { prompt: b"Hi".to_vec().into(), ..run.clone() }),
        ("empty request", Run { prompt: Default::default(), ..run.clone() }),
        ("another version", edited("\"v\":1}", "\"v\":2}")),
        ("another end", edited("\"v\":1}", "\"v\":1} ")),
        ("no sampler", edited("\"sampler\":", "\"sampled\":")),
        ("beta", edited("\"beta\":", "\"beta\":99999")),
        ("top_k", edited("\"top_k\":0", "\"top_k\":4294967296")),
        ("top_p", edited("\"top_p\":65536", "\"top_p\":65537")),
        ("top_p zero", edited("\"top_p\":65536", "\"top_p\":0")),
        ("seed", edited("\"seed\":\"0x", "\"seed\":\"0X")),
        ("prompt hash", edited("\"prompt_hash\":\"0x", "\"prompt_hash\":\"0xa")),
        ("no prompt hash", edited("prompt_hash", "prompt_hush")),
        ("max_tokens less", edited("\"max_tokens\":6", "\"max_tokens\":5")),
        ("max_tokens more", edited("\"max_tokens\":6", "\"max_tokens\":7")),
        ("max_tokens far", edited("\"max_tokens\":6", "\"max_tokens\":999999")),
        ("max_tokens long", edited("\"max_tokens\":6", "\"max_tokens\":60000000")),
        ("max_tokens zero", edited("\"max_tokens\":6", "\"max_tokens\":06")),
        ("max_tokens text", edited("\"max_tokens\":6", "\"max_tokens\":\"6\"")),
        ("max_tokens not first", edited("{\"max_tokens\":6,", "{ \"max_tokens\":6,")),
        ("context", edited("\"max_tokens\":6", "\"max_tokens\":60")),
        ("no ids", Run { ids: Default::default(), ..run.clone() }),
        ("a piece of an id", Run { ids: run.ids.slice(..n - 1), ..run.clone() }),
        ("an id less", Run { ids: run.ids.slice(..n - 4), ..run.clone() }),
        ("an id more", Run { ids: longer(&run.ids, &[0, 0, 0, 65]), ..run.clone() }),
        ("no prompt", Run { promptIds: 0, ..run.clone() }),
        ("only prompt", Run { promptIds: (n / 4) as u32, ..run.clone() }),
        ("another prompt", Run { promptIds: run.promptIds - 1, ..run.clone() }),
        ("stop inside", with_stop(n - 8)),
        ("stop at the end, with bytes", with_stop(n - 4)),
        ("a length less", Run { lengths: run.lengths.slice(..run.lengths.len() - 2), ..run.clone() }),
        ("a length more", Run { lengths: longer(&run.lengths, &[0, 0]), ..run.clone() }),
        ("content longer", Run { content: longer(&run.content, b"!"), ..run.clone() }),
        ("content shorter", Run { content: run.content.slice(1..), ..run.clone() }),
        ("a boundary less", Run { boundaries: run.boundaries[1..].to_vec(), ..run.clone() }),
        ("a boundary more", Run { boundaries: [&run.boundaries[..], &[B256::ZERO]].concat(), ..run.clone() }),
        ("no boundary", Run { boundaries: Vec::new(), ..run.clone() }),
    ];
    let mut case = case_;
    let mut numbers = Vec::new();
    for (name, wrong) in &wrong {
        let (number, _) = case.court.assert(wrong).unwrap_or_else(|e| panic!("{name}: {e}"));
        numbers.push(number);
        let challenged = case.court.challenge(CHALLENGER, wrong, &case.program, &PLACE);
        assert_eq!(challenged.err(), Some("NotWellFormed"), "{name}");
        let form = |program: &[u8]| refuteFormCall { asserter: ASSERTER, run: wrong.clone(), program: program.to_vec().into() };
        assert_eq!(case.court.send(CHALLENGER, 0, &form(&case.program[1..])), Err("ProgramOfOtherModel"), "{name}");
        case.court.send(CHALLENGER, 0, &form(&case.program)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(case.court.send(CHALLENGER, 0, &form(&case.program)), Err("WrongStatus"), "{name}");
        assert_eq!(case.court.judged(wrong), [false; 4], "{name}");
    }
    assert_eq!(case.court.credit(CHALLENGER), wrong.len() as u128 * (BOND / 2));
    assert_eq!(case.court.credit(Address::ZERO), wrong.len() as u128 * (BOND / 2));
    case.court.check_money(&numbers);
    let form = refuteFormCall { asserter: ASSERTER, run: case.honest.sol.clone(), program: case.program.clone().into() };
    case.court.assert(&case.honest.sol).unwrap();
    assert_eq!(case.court.send(CHALLENGER, 0, &form), Err("WellFormed"));
}

/// Every byte of the content that is not what its id stands for is found by that id alone.
#[test]
fn bytes_that_ids_do_not_stand_for_are_refuted() {
    let mut case = case();
    let prompt = case.honest.sol.promptIds as usize;
    let output: Vec<u32> = case.honest.run.ids[prompt..].to_vec();
    let piece = |case: &Case, index: usize| case.honest.run.weights().piece(output[index]);
    let refute = |case: &Case, run: &Run, index: usize, witness: Vec<u8>| refutePieceCall {
        asserter: ASSERTER,
        run: run.clone(),
        program: case.program.clone().into(),
        index: U256::from(index),
        witness: witness.into(),
    };
    case.court.assert(&case.honest.sol).unwrap();
    let mut at = 0;
    for index in 0..case.honest.sol.lengths.len() / 2 {
        let right = refute(&case, &case.honest.sol, index, piece(&case, index));
        assert_eq!(case.court.send(CHALLENGER, 0, &right), Err("PieceIsRight"), "{index}");
        let length = usize::from(case.honest.sol.lengths[2 * index + 1]);
        if length > 0 {
            let mut content = case.honest.sol.content.to_vec();
            content[at] ^= 1;
            let wrong = Run { content: content.into(), ..case.honest.sol.clone() };
            case.court.assert(&wrong).unwrap();
            let mut witness = piece(&case, index);
            witness[5] ^= 1;
            assert_eq!(case.court.send(CHALLENGER, 0, &refute(&case, &wrong, index, witness)), Err("NotOfModel"));
            let short = piece(&case, index)[1..].to_vec();
            assert!(case.court.send(CHALLENGER, 0, &refute(&case, &wrong, index, short)).is_err());
            case.court.send(CHALLENGER, 0, &refute(&case, &wrong, index, piece(&case, index))).unwrap();
        }
        at += length;
    }
    // Bytes moved from one id to its neighbour are still the same content, and wrong.
    let mut lengths = case.honest.sol.lengths.to_vec();
    let (from, to) = (1, 3);
    assert!(lengths[from] > 0);
    (lengths[from], lengths[to]) = (lengths[from] - 1, lengths[to] + 1);
    let moved = Run { lengths: lengths.into(), ..case.honest.sol.clone() };
    case.court.assert(&moved).unwrap();
    case.court.send(CHALLENGER, 0, &refute(&case, &moved, 0, piece(&case, 0))).unwrap();
}

#[test]
fn moves_out_of_turn_late_or_of_others_are_refused() {
    let mut case = case();
    let Case { court, honest, program, .. } = &mut case;
    let (run, program) = (honest.sol.clone(), program.clone());
    let revealed: Revealed = honest.part(&PLACE);
    let step = Step::new(Kind::Q, 4, 0, 1);
    let witness = revealed.trace.witness(honest.run.weights(), step).unwrap();
    let opens = |run: &Run, place: Place| challengeCall { asserter: ASSERTER, run: run.clone(), program: program.clone().into(), place };
    let here = || Place { ..PLACE };
    assert_eq!(court.send(CHALLENGER, CHALLENGE_BOND + FEE, &opens(&run, here())), Err("WrongStatus"));
    court.assert(&run).unwrap();
    assert_eq!(court.send(CHALLENGER, CHALLENGE_BOND, &opens(&run, here())), Err("WrongPayment"));
    for (stage, layer, position) in
        [(LAYER, 2, 0), (LAYER, 0, 99), (EMBEDDING, 1, 0), (EMBEDDING, 0, 99), (CHOICE, 1, 9), (CHOICE, 0, 99), (CHOICE, 0, run.promptIds - 2)]
    {
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
        let Revealed { part, end, siblings, .. } = &revealed;
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
    let moves = |run: &Run, place: Place| relocateCall { id, asserter: ASSERTER, run: run.clone(), program: program.clone().into(), place };
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
                    let moves = relocateCall { id, asserter: ASSERTER, run: run.clone(), program: program.clone().into(), place: Place { ..place } };
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
                    let witness = revealed.trace.witness(case.honest.run.weights(), revealed.steps()[0]).unwrap();
                    let call = proveCall { id, program: program.clone().into(), part: revealed.part, witness: witness.into() };
                    case.court.send(from, 0, &call).map(drop)
                }
                _ => Err("nothing"),
            };
            if sent.is_ok() { taken += 1 } else { refused += 1 }
            // The honest asserter answers at once.
            for (i, place) in places.iter().enumerate() {
                let id = U256::from(i + 1);
                let challenge = case.court.challenge_of(id);
                if challenge.turn == 1 {
                    let revealed = case.honest.part(place);
                    case.court.reveal(id, place.stage, &revealed).unwrap();
                } else if challenge.turn == 3 {
                    let revealed = case.honest.part(place);
                    let step = revealed.steps().into_iter().find(|step| step.to_bytes() == challenge.step.as_slice());
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
        let _ = &case.tiny;
    }
    println!("random disputes: {taken} moves taken, {refused} refused");
    assert!(taken > 200 && refused > 100);
}
