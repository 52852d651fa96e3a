//! What is refuted without a challenge: runs that no model could give, and bytes that no id stands for.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolValue;
use openimo_differential::dispute::case::{Case, PLACE, case};
use openimo_differential::dispute::court::{ASSERTER, BOND, CHALLENGER, OTHER, WINDOW, claimed};
use openimo_differential::dispute::{Run, assertRunCall, refuteFormCall, refutePieceCall, settleCall};

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
        Run { ids: vec![0; 4 * 4_096 + 1].into(), ..run.clone() },
        Run { prompt: vec![0; 98_305].into(), ..run.clone() },
        Run { content: vec![0; 98_305].into(), ..run.clone() },
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
    let mut case = case();
    let run = case.honest.sol.clone();
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
