//! Whole disputes about pictures: whoever drew what the ids stand for wins, whoever did not loses.

use alloy_primitives::B256;
use openimo_core::dispute::stage::PICTURE;
use openimo_core::dispute::{Challenger, Fault, Move, Revealed, examine, form};
use openimo_core::model::testing::Tiny;
use openimo_core::picture::{Picture, place};
use openimo_core::random::Random;
use openimo_core::trace::step::picture::content;
use openimo_core::trace::step::{Kind, Step};
use openimo_differential::dispute::asserted::{Answer, Asserted, answer, steps};
use openimo_differential::dispute::case::asked;
use openimo_differential::dispute::court::{ASSERTER, BOND, CHALLENGER, CLOCK, Court, FEE, WINDOW};
use openimo_differential::dispute::{Place, Run, askCall, refuteFormCall, timeoutCall};
use openimo_differential::referee::chain::{Chain, Ruling};

const HERE: Place = Place { stage: PICTURE, layer: 0, position: 0 };

struct Drawn {
    court: Court,
    tiny: Tiny,
    answer: Answer,
    honest: Asserted,
}

fn drawn(seed: u64) -> Drawn {
    let (mut court, tiny) = (Court::default(), Tiny::drawing(seed));
    let answer = answer(&tiny, "a cat", "1", 6, 3);
    let id = court.register(Asserted::new(&tiny, B256::ZERO, &answer).run.header());
    let honest = Asserted::new(&tiny, id, &answer);
    Drawn { court, tiny, answer, honest }
}

/// How a dispute ended, after how many questions.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Step(Kind, usize),
    Silence(usize),
}

/// A dispute about the picture of a run whose asserter shows `lie`, and answers what he can.
fn play(drawn: &mut Drawn, run: &Run, lie: &Revealed, knows: bool) -> Ended {
    let Drawn { court, honest, .. } = drawn;
    let tokenizer = honest.run.model.tokenizer().unwrap();
    let program = honest.run.program.clone();
    let examined = examine(&mut honest.run.model, &tokenizer, run);
    assert_eq!(examined.fault, Some(Fault::Picture));
    let mut challenger = Challenger::new(Fault::Picture, examined.book, Vec::new()).unwrap_or_else(|_| panic!("a challenge"));
    if knows {
        challenger = challenger.knowing(&run.content);
    }
    assert_eq!(*challenger.place(), HERE);
    let (id, opened) = court.challenge(CHALLENGER, run, &program, &HERE).unwrap();
    let (_, shown) = court.reveal(id, PICTURE, lie).unwrap();
    challenger.revealed(&mut honest.run.model, &lie.part, &lie.siblings);
    let mut referee = Chain::default();
    for questions in 0.. {
        let mut holds = |witness: &[u8]| Ok::<bool, ()>(referee.rule(&program, &lie.part, witness).0 == Ruling::Holds);
        match challenger.next(honest.run.weights(), &mut holds).unwrap() {
            Move::Prove(witness) => {
                let kind = Step::read(witness[..13].try_into().unwrap()).unwrap().kind;
                let (_, proved) = court.prove(id, &program, &lie.part, witness).unwrap();
                println!("{kind:?} after {questions} questions: {opened} + {shown} + {proved} gas");
                return Ended::Step(kind, questions);
            }
            Move::Ask(step) => {
                court.send(CHALLENGER, FEE, &askCall { id, step: asked(step) }).unwrap();
                let witness = lie.trace.witness(honest.run.weights(), step).expect("the step is there");
                if court.defend(id, &program, &lie.part, witness.clone()).is_err() {
                    court.evm.pass(1, CLOCK);
                    court.send(CHALLENGER, 0, &timeoutCall { id }).unwrap();
                    return Ended::Silence(questions + 1);
                }
                challenger.defended(honest.run.weights(), step, &witness);
            }
            other => panic!("{other:?}"),
        }
    }
    unreachable!("a dispute ends")
}

#[test]
fn an_honest_picture_is_final_after_the_window() {
    for seed in 0..4 {
        let mut drawn = drawn(seed);
        let Drawn { court, honest, .. } = &mut drawn;
        let (number, _) = court.assert(&honest.sol).unwrap();
        let tokenizer = honest.run.model.tokenizer().unwrap();
        assert_eq!(examine(&mut honest.run.model, &tokenizer, &honest.sol).fault, None);
        let program = honest.run.program.clone();
        let form = refuteFormCall { asserter: ASSERTER, run: honest.sol.clone(), program: program.clone().into() };
        assert_eq!(court.send(CHALLENGER, 0, &form), Err("WellFormed"));
        // Whoever challenges it finds no step that does not hold, and has every answer.
        let (id, _) = court.challenge(CHALLENGER, &honest.sol, &program, &HERE).unwrap();
        let revealed = honest.part(&HERE);
        court.reveal(id, PICTURE, &revealed).unwrap();
        let (mut referee, mut rng) = (Chain::default(), Random::new(seed));
        let all = steps(&revealed);
        for i in 0..60 {
            let step = rng.pick(&all);
            let witness = revealed.trace.witness(honest.run.weights(), step).unwrap();
            assert_eq!(referee.rule(&program, &revealed.part, &witness).0, Ruling::Holds, "{step:?}");
            if i < 3 {
                court.send(CHALLENGER, FEE, &askCall { id, step: asked(step) }).unwrap();
                court.defend(id, &program, &revealed.part, witness).unwrap();
            }
        }
        court.evm.pass(1, WINDOW);
        court.send(CHALLENGER, 0, &timeoutCall { id }).unwrap();
        court.settle(&honest.sol).unwrap();
        assert_eq!(court.judged(&honest.sol), [true; 4]);
        court.check_money(&[number]);
    }
}

/// The ids are right and a pixel is another: what is shown is right but for the file.
#[test]
fn a_forged_pixel_is_refuted() {
    for (seed, knows) in [(0, true), (1, false), (2, true)] {
        let mut drawn = drawn(seed);
        let mut picture = Picture::read(&drawn.honest.sol.content).unwrap();
        picture.pixels[100 + seed as usize] ^= 0x10;
        let run = Run { content: picture.png().into(), ..drawn.honest.sol.clone() };
        let (number, _) = drawn.court.assert(&run).unwrap();
        let mut lie = drawn.honest.part(&HERE);
        let root = B256::from(content(&run.content).root().0);
        *lie.part.tensors.last_mut().unwrap() = root;
        lie.end = root;
        // Who is not told the content asks, and gets no answer that holds.
        match play(&mut drawn, &run, &lie, knows) {
            Ended::Step(Kind::Pixels, 0) if knows => {}
            Ended::Silence(1) if !knows => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(drawn.court.stake(number).status, 2);
        drawn.court.check_money(&[number]);
    }
}

/// Somebody draws with other weights: of the codebook, or of a convolution.
#[test]
fn whoever_draws_with_another_decoder_loses() {
    let (mut ended, mut rng) = (Vec::new(), Random::new(7));
    for seed in 0..10 {
        let matrices = drawn(seed).tiny.rows.len();
        for matrix in matrices - 5..matrices {
            let mut drawn = drawn(seed);
            let mut other = drawn.tiny.clone();
            let code = (drawn.answer.output[2].max(260) - 260) as usize % 40;
            // Rows that give nothing but their bias.
            for row in 0..other.rows[matrix].len() {
                let is_codebook = matrix == matrices - 5;
                if (is_codebook && row == code) || (!is_codebook && rng.one_in(2)) {
                    other.rows[matrix][row].r = 0;
                }
            }
            let mut lie = Asserted::new(&other, drawn.honest.sol.modelId, &drawn.answer);
            assert_eq!(lie.sol.boundaries, drawn.honest.sol.boundaries);
            if lie.sol.content == drawn.honest.sol.content {
                continue;
            }
            let (number, _) = drawn.court.assert(&lie.sol).unwrap();
            let revealed = lie.part(&HERE);
            ended.push(play(&mut drawn, &lie.sol, &revealed, true));
            assert_eq!(drawn.court.stake(number).status, 2);
            drawn.court.check_money(&[number]);
        }
    }
    println!("other decoders: {ended:?}");
    assert!(ended.len() > 4);
    assert!(ended.iter().all(|how| matches!(how, Ended::Step(_, 0..=12) | Ended::Silence(1..=12))));
}

#[test]
fn whoever_says_another_id_loses_at_the_choice() {
    let mut drawn = drawn(5);
    let mut answer = Answer { output: drawn.answer.output.clone(), ..drawn.answer };
    answer.output[5] = if answer.output[5] == 270 { 271 } else { 270 };
    let lie = Asserted::new(&drawn.tiny, drawn.honest.sol.modelId, &answer);
    let honest = &mut drawn.honest;
    let tokenizer = honest.run.model.tokenizer().unwrap();
    let fault = examine(&mut honest.run.model, &tokenizer, &lie.sol).fault;
    assert_eq!(fault, Some(Fault::Choice { position: (answer.prompt.len() + 4) as u32 }));
}

/// Too few ids, lengths, other sizes, another frame: refuted at once.
#[test]
fn runs_that_are_no_picture_are_refuted_at_once() {
    let mut drawn = drawn(2);
    let Drawn { court, honest, .. } = &mut drawn;
    let run = honest.sol.clone();
    let picture = Picture::read(&run.content).unwrap();
    let turned = Picture { width: picture.height, height: picture.width, ..picture };
    let changed = |at: usize| {
        let mut bytes = run.content.to_vec();
        bytes[at] ^= 1;
        Run { content: bytes.into(), ..run.clone() }
    };
    let n = run.content.len();
    let frame = [0, 15, 20, 29, 36, 40, 41, 43, 44, 46, n - 21, n - 20, n - 17, n - 16, n - 12, n - 1, place(0, 12) - 1];
    let mut wrong: Vec<Run> = frame.into_iter().chain([place(7, 12)]).map(changed).collect();
    wrong.push(Run { ids: run.ids.slice(..run.ids.len() - 4), ..run.clone() });
    wrong.push(Run { ids: [&run.ids[..], &[0, 0, 1, 4]].concat().into(), ..run.clone() });
    wrong.push(Run { lengths: vec![0, 1].into(), ..run.clone() });
    wrong.push(Run { content: turned.png().into(), ..run.clone() });
    wrong.push(Run { content: Default::default(), ..run.clone() });
    let tokenizer = honest.run.model.tokenizer().unwrap();
    let program = honest.run.program.clone();
    for (i, wrong) in wrong.iter().enumerate() {
        assert_eq!(examine(&mut honest.run.model, &tokenizer, wrong).fault, Some(Fault::Form), "{i}");
        court.assert(wrong).unwrap();
        let call = refuteFormCall { asserter: ASSERTER, run: wrong.clone(), program: program.clone().into() };
        court.send(CHALLENGER, 0, &call).unwrap_or_else(|e| panic!("{i}: {e}"));
    }
    assert_eq!(court.credit(CHALLENGER), wrong.len() as u128 * (BOND / 2));
}

/// What is a picture's run and what is not: the contract and the core say the same of changed ones.
#[test]
fn forms_are_read_alike() {
    alloy_sol_types::sol! { function isWellFormed(RunOf run, bytes program) external pure returns (bool);
    struct RunOf { bytes32 modelId; bytes prompt; bytes content; uint32 promptIds; bytes ids; bytes lengths; bytes32[] boundaries; } }
    let Drawn { mut court, honest, .. } = drawn(3);
    let reader = court.evm.deploy("RunReader", &[]).unwrap();
    let (mut rng, mut right) = (Random::new(4), 0);
    for round in 0..600 {
        let mut run = honest.sol.clone();
        let picture = Picture::read(&run.content).unwrap();
        let mut bytes = run.content.to_vec();
        let at = rng.below(bytes.len() as u64) as usize;
        match round % 6 {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, 0),
            3 => run.ids = run.ids.slice(..run.ids.len() - 4 * rng.below(3) as usize),
            4 => run.lengths = vec![0; rng.below(3) as usize].into(),
            _ => {
                let mut other = picture;
                let pixel = rng.below(other.pixels.len() as u64) as usize;
                other.pixels[pixel] = rng.below(256) as u8;
                bytes = other.png();
            }
        }
        run.content = bytes.into();
        let expected = form::read(&run, &honest.run.model.manifest).is_some();
        let Run { modelId, prompt, content, promptIds, ids, lengths, boundaries } = run;
        let run = RunOf { modelId, prompt, content, promptIds, ids, lengths, boundaries };
        let call = isWellFormedCall { run, program: honest.run.program.clone().into() };
        assert_eq!(court.evm.ask(reader, &call), expected, "round {round}");
        right += u32::from(expected);
    }
    println!("forms of pictures: {right} of 600 well-formed");
    assert!(right > 100);
}
