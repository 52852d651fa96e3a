//! Disputes that both sides play by themselves: whoever asserts knows only his own model, whoever challenges only the right one.

use alloy_primitives::{B256, U256};
use openimo_core::dispute::{Challenger, Fault, Move, examine, form};
use openimo_core::model::testing::Tiny;
use openimo_core::random::Random;
use openimo_core::verify::testing::bundle_model;
use openimo_differential::dispute::asserted::{Answer, Asserted, answer};
use openimo_differential::dispute::case::asked;
use openimo_differential::dispute::court::{ASSERTER, CHALLENGER, CLOCK, Court, FEE, WINDOW};
use openimo_differential::dispute::{Place, Run, askCall, refuteFormCall, refutePieceCall, relocateCall, timeoutCall};
use openimo_differential::referee::chain::{Chain, Ruling};

/// How a dispute ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ended {
    /// There was nothing to say.
    Right,
    Form,
    Piece,
    /// By a step, or by silence; and after how many moves of the challenger.
    Step(usize),
    Silence(usize),
}

/// A dispute about what `lie` asserts, as watched by somebody who has `honest`, the right model. The liar answers what he can.
fn play(court: &mut Court, lie: &mut Asserted, honest: &mut Asserted) -> Ended {
    let tokenizer = honest.run.model.tokenizer().unwrap();
    let program = honest.run.program.clone();
    let run = lie.sol.clone();
    let examined = examine(&mut honest.run.model, &tokenizer, &run);
    let Some(fault) = examined.fault else { return Ended::Right };
    match fault {
        Fault::Form => {
            let call = refuteFormCall { asserter: ASSERTER, run, program: program.into() };
            court.send(CHALLENGER, 0, &call).unwrap();
            return Ended::Form;
        }
        Fault::Piece { index } => {
            let id = u32::from_be_bytes(run.ids[4 * (run.promptIds as usize + index)..][..4].try_into().unwrap());
            let witness = honest.run.weights().piece(id).into();
            let index = U256::from(index);
            let call = refutePieceCall { asserter: ASSERTER, run, program: program.into(), index, witness };
            court.send(CHALLENGER, 0, &call).unwrap();
            return Ended::Piece;
        }
        _ => {}
    }
    let ids = run.ids.chunks_exact(4).map(|id| u32::from_be_bytes(id.try_into().unwrap())).collect();
    let mut challenger = Challenger::new(fault, examined.book, ids).unwrap_or_else(|_| panic!("it can be challenged"));
    let (id, _) = court.challenge(CHALLENGER, &run, &program, challenger.place()).unwrap();
    let mut referee = Chain::default();
    for moves in 1.. {
        let challenge = court.challenge_of(id);
        // The liar's turn.
        let silent = match challenge.turn {
            1 => {
                let place = Place { ..*challenger.place() };
                let revealed = lie.part(&place);
                let taken = court.reveal(id, place.stage, &revealed).is_ok();
                if taken {
                    challenger.revealed(&mut honest.run.model, &revealed.part, &revealed.siblings);
                }
                !taken
            }
            3 => {
                let step = challenge.step;
                let revealed = lie.part(challenger.place());
                let all = openimo_differential::dispute::asserted::steps(&revealed);
                let step = all.into_iter().find(|known| asked(*known) == step).expect("the challenger asks for what is there");
                let witness = revealed.trace.witness(honest.run.weights(), step).expect("the step is there");
                let taken = court.defend(id, &program, &revealed.part, witness.clone()).is_ok();
                if taken {
                    challenger.defended(honest.run.weights(), step, &witness);
                }
                !taken
            }
            turn => panic!("turn {turn}"),
        };
        if silent {
            court.evm.pass(1, CLOCK);
            court.send(CHALLENGER, 0, &timeoutCall { id }).unwrap();
            return Ended::Silence(moves);
        }
        // The challenger's, with the part that was revealed.
        let part = lie.part(challenger.place()).part;
        let mut holds = |witness: &[u8]| Ok::<bool, ()>(referee.rule(&program, &part, witness).0 == Ruling::Holds);
        match challenger.next(honest.run.weights(), &mut holds).unwrap() {
            Move::Prove(witness) => {
                court.prove(id, &program, &part, witness).unwrap();
                return Ended::Step(moves);
            }
            Move::Ask(step) => {
                court.send(CHALLENGER, FEE, &askCall { id, step: asked(step) }).unwrap();
            }
            Move::Relocate(place) => {
                let call = relocateCall { id, asserter: ASSERTER, run: run.clone(), program: program.clone().into(), place };
                court.send(CHALLENGER, FEE, &call).unwrap();
            }
            Move::Nothing => panic!("a wrong run has a wrong step"),
        }
    }
    unreachable!("a dispute ends")
}

fn honest_of(court: &mut Court, tiny: &Tiny, answer: &Answer) -> (B256, Asserted) {
    let honest = Asserted::new(tiny, B256::ZERO, answer);
    let id = court.register(honest.run.header());
    (id, Asserted::new(tiny, id, answer))
}

#[test]
fn whoever_has_another_model_loses() {
    let tiny = bundle_model();
    let mut ended = Vec::new();
    let mut rng = Random::new(11);
    for matrix in 0..16 {
        let mut court = Court::default();
        let answer = answer(&tiny, "What is checked?", "4", 12, matrix as u32);
        let mut other = tiny.clone();
        for _ in 0..3 {
            let rows = other.rows[matrix].len() as u64;
            // Of the embedding, a row that is read.
            let row = if matrix == 0 { answer.prompt[rng.below(5) as usize] as usize } else { rng.below(rows) as usize };
            let q = &mut other.rows[matrix][row].q[rng.below(16) as usize];
            *q = if *q > 0 { *q - 1 } else { *q + 1 };
        }
        let (id, mut honest) = honest_of(&mut court, &tiny, &answer);
        let mut lie = Asserted::new(&other, id, &answer);
        let (number, _) = court.assert(&lie.sol).unwrap();
        let how = play(&mut court, &mut lie, &mut honest);
        // What moved nothing is no lie.
        let expected = if how == Ended::Right { 1 } else { 2 };
        assert_eq!(court.stake(number).status, expected, "matrix {matrix}: {how:?}");
        court.check_money(&[number]);
        ended.push(how);
    }
    println!("other models: {ended:?}");
    assert!(ended.iter().filter(|how| matches!(how, Ended::Step(_))).count() > 8);
}

#[test]
fn whoever_says_another_id_or_text_loses() {
    let tiny = bundle_model();
    let mut ended = Vec::new();
    for (index, id) in [(0usize, 70u32), (5, 71), (11, 72), (3, 260), (11, 260), (11, u32::MAX)] {
        let mut court = Court::default();
        let mut answer = answer(&tiny, "What is checked?", "4", 12, 1);
        let right = answer.output.clone();
        let (model, mut honest) = honest_of(&mut court, &tiny, &answer);
        answer.output[index] = if id < 260 { (right[index] + id) % 256 } else { right[index] };
        let mut lie = Asserted::new(&tiny, model, &answer);
        if id >= 260 {
            // An id that the model does not have: nothing can be run, the numbers are those of the right run.
            let at = 4 * (answer.prompt.len() + index);
            let mut ids = lie.sol.ids.to_vec();
            ids[at..at + 4].copy_from_slice(&id.to_be_bytes());
            lie.sol.ids = ids.into();
        }
        let (number, _) = court.assert(&lie.sol).unwrap();
        if id >= 260 {
            // It is wrong where it is read; the last one is only chosen. The liar cannot reveal what nobody can run.
            let tokenizer = honest.run.model.tokenizer().unwrap();
            let fault = examine(&mut honest.run.model, &tokenizer, &lie.sol).fault;
            let position = (answer.prompt.len() + index) as u32;
            let last = index + 1 == answer.output.len();
            let expected = if last { Fault::Choice { position: position - 1 } } else { Fault::Id { position } };
            assert_eq!(fault, Some(expected));
            assert_eq!(play(&mut court, &mut lie, &mut honest), Ended::Silence(1));
            assert_eq!(court.stake(number).status, 2);
            continue;
        }
        let how = play(&mut court, &mut lie, &mut honest);
        assert_eq!(court.stake(number).status, 2, "id {index}: {how:?}");
        ended.push(how);
        // The same ids with another text.
        let mut told = honest_of(&mut court, &tiny, &Answer { output: right.clone(), ..answer }).1;
        let mut content = told.sol.content.to_vec();
        content[index] ^= 1;
        told.sol.content = content.into();
        let (number, _) = court.assert(&told.sol).unwrap();
        assert_eq!(play(&mut court, &mut told, &mut honest), Ended::Piece);
        assert_eq!(court.stake(number).status, 2);
    }
    println!("other ids: {ended:?}");
}

/// A prompt with an id that the model does not have, as a request can name it: no run of it is right.
#[test]
fn whoever_reads_an_id_that_is_none_loses() {
    use openimo_core::request::prompt_hash;
    let tiny = bundle_model();
    let mut court = Court::default();
    let mut answer = answer(&tiny, "What is checked?", "4", 12, 1);
    let (model, honest) = honest_of(&mut court, &tiny, &answer);
    let mut lie = Asserted::new(&tiny, model, &answer);
    answer.prompt[3] = 999;
    answer.request.prompt_hash = prompt_hash(&answer.prompt);
    lie.sol.prompt = answer.request.canonical().into_bytes().into();
    let mut ids = lie.sol.ids.to_vec();
    ids[12..16].copy_from_slice(&999u32.to_be_bytes());
    lie.sol.ids = ids.into();
    let (number, _) = court.assert(&lie.sol).unwrap();
    let mut right = honest;
    let tokenizer = right.run.model.tokenizer().unwrap();
    let found = examine(&mut right.run.model, &tokenizer, &lie.sol);
    assert_eq!(found.fault, Some(Fault::Id { position: 3 }));
    let ids = lie.sol.ids.chunks_exact(4).map(|id| u32::from_be_bytes(id.try_into().unwrap())).collect::<Vec<u32>>();
    let mut challenger = Challenger::new(found.fault.unwrap(), found.book, ids.clone()).unwrap_or_else(|_| panic!("it can be"));
    let program = right.run.program.clone();
    let (id, _) = court.challenge(CHALLENGER, &lie.sol, &program, challenger.place()).unwrap();
    let mut revealed = lie.part(challenger.place());
    revealed.part.ids = B256::from(openimo_core::trace::vector::ids(&ids).0);
    court.reveal(id, 0, &revealed).unwrap();
    let Ok(Move::Prove(witness)) = challenger.next(right.run.weights(), &mut |_| Ok::<bool, ()>(false)) else {
        panic!("it is known")
    };
    court.prove(id, &program, &revealed.part, witness).unwrap();
    assert_eq!(court.stake(number).status, 2);
}

/// Whoever is right is found to be right, and a challenge of a right run comes to an end without a word.
#[test]
fn whoever_is_right_stays_right() {
    let tiny = bundle_model();
    for seed in 0..4 {
        let mut court = Court::default();
        let answer = answer(&tiny, "What is checked?", "4", 12, seed);
        let (_, mut honest) = honest_of(&mut court, &tiny, &answer);
        let mut asserted = Asserted::new(&tiny, honest.sol.modelId, &answer);
        court.assert(&asserted.sol).unwrap();
        assert_eq!(play(&mut court, &mut asserted, &mut honest), Ended::Right);
        court.evm.pass(1, WINDOW);
        court.settle(&asserted.sol).unwrap();
    }
}

/// What is a run and what is not: the contract and the core say the same of changed ones.
#[test]
fn forms_are_read_alike() {
    alloy_sol_types::sol! { function isWellFormed(RunOf run, bytes program) external pure returns (bool);
    struct RunOf { bytes32 modelId; bytes prompt; bytes content; uint32 promptIds; bytes ids; bytes lengths; bytes32[] boundaries; } }
    let tiny = bundle_model();
    let mut court = Court::default();
    let answer = answer(&tiny, "Hi", "1", 6, 3);
    let (_, honest) = honest_of(&mut court, &tiny, &answer);
    let reader = court.evm.deploy("RunReader", &[]).unwrap();
    let (mut alike, mut right) = (0, 0);
    let mut rng = Random::new(3);
    for round in 0..3_000 {
        let mut run = honest.sol.clone();
        let change = |bytes: &alloy_primitives::Bytes, rng: &mut Random| -> alloy_primitives::Bytes {
            let mut bytes = bytes.to_vec();
            if bytes.is_empty() {
                return bytes.into();
            }
            let at = rng.below(bytes.len() as u64) as usize;
            match rng.below(4) {
                0 => bytes[at] ^= 1 << rng.below(8),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"0123456789,:\"{}xabcdef"[rng.below(22) as usize]),
                _ => bytes.truncate(at),
            }
            bytes.into()
        };
        match round % 6 {
            0 | 1 => run.prompt = change(&run.prompt, &mut rng),
            2 => run.ids = change(&run.ids, &mut rng),
            3 => run.lengths = change(&run.lengths, &mut rng),
            4 => run.content = change(&run.content, &mut rng),
            _ => run.promptIds = rng.below(12) as u32,
        }
        let expected = form::read(&run, &honest.run.model.manifest).is_some();
        let Run { modelId, prompt, content, promptIds, ids, lengths, boundaries } = run;
        let run = RunOf { modelId, prompt, content, promptIds, ids, lengths, boundaries };
        let call = isWellFormedCall { run, program: honest.run.program.clone().into() };
        assert_eq!(court.evm.ask(reader, &call), expected, "round {round}: {}", String::from_utf8_lossy(&call.run.prompt));
        alike += 1;
        right += u32::from(expected);
    }
    println!("forms: {alike} read alike, {right} of them well-formed");
    assert!(right > 100);
}
