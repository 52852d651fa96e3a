//! One number among all that are committed to is wrong, and nothing but roots is shown: asking finds a step that does not hold, or one that
//! cannot be answered.

use openimo_core::commit::Hash;
use openimo_core::model::config::Config;
use openimo_core::model::testing::Tiny;
use openimo_core::ops::attention::ScoreScale;
use openimo_core::ops::sample::Sampler;
use openimo_core::random::Random;
use openimo_core::trace::step::inquiry::Inquiry;
use openimo_core::trace::step::opened::Part as Traced;
use openimo_core::trace::step::{Kind, Step};
use openimo_differential::referee::Part;
use openimo_differential::referee::chain::{Chain, Ruling};
use openimo_differential::referee::run::Run;

/// A model of several leaves a vector, with positions enough for several chunks.
fn run(seed: u64, sampler: Sampler) -> Run {
    let mut rng = Random::new(seed);
    let config = Config {
        d_model: 1088,
        n_layers: 1,
        n_heads: 4,
        n_kv_heads: 2,
        head_dim: 32,
        d_ff: 2080,
        vocab: 1300,
        context: 160,
        eps: 900_000,
        ..Config::one_head(32, ScoreScale { c: 38_600, ce: 18 })
    };
    let tiny = Tiny::with_config(&mut rng, config);
    let ids: Vec<u32> = (0..140).map(|_| rng.below(1300) as u32).collect();
    Run::new(tiny.imo(), &ids, 2, sampler, [seed as u8; 32])
}

/// How an inquiry ended.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// A step does not hold.
    Wrong(Kind),
    /// The owner has no answer.
    Silent(Kind),
}

/// The owner of `theirs` answers whatever he can.
fn inquire(chain: &mut Chain, run: &Run, mine: &dyn Traced, theirs: &dyn Traced, part: &Part) -> (Found, usize) {
    let roots: Vec<Hash> = theirs.roots();
    let mut inquiry = Inquiry::new(mine, &roots);
    for questions in 0.. {
        for (step, witness) in inquiry.witnesses(mine, run.weights()) {
            match chain.rule(&run.program, part, &witness).0 {
                Ruling::DoesNotHold => return (Found::Wrong(step.kind), questions),
                Ruling::Holds => {}
                refused => panic!("{step:?}: {refused:?}"),
            }
        }
        let step = inquiry
            .question(mine)
            .unwrap_or_else(|| panic!("not found: tensor {:?}", mine.roots().iter().zip(&roots).position(|(a, b)| a != b)));
        let answer =
            theirs.witness(run.weights(), step).filter(|witness| chain.rule(&run.program, part, witness).0 == Ruling::Holds);
        match answer {
            Some(witness) => inquiry.learn(mine, run.weights(), step, &witness),
            None => return (Found::Silent(step.kind), questions + 1),
        }
        assert!(questions < 64, "a challenge has 64 questions");
    }
    unreachable!("questions end")
}

/// A byte of some leaf of a tensor is another one.
fn place(rng: &mut Random, part: &dyn Traced, tensor: usize) -> (usize, usize, usize) {
    let t = &part.tensors()[tensor];
    let row = rng.below(t.rows() as u64) as usize;
    let leaf = rng.below(t.leaves(row) as u64) as usize;
    (row, leaf, rng.below(t.leaf(row, leaf).len() as u64) as usize)
}

#[test]
fn one_wrong_byte_of_a_layer_is_found() {
    let (mut chain, mut rng) = (Chain::default(), Random::new(5));
    let mut run = run(1, Sampler::GREEDY);
    let position = run.positions() - 1;
    let honest = run.layer(0, position);
    let (mut most, mut wrong, mut silent) = (0, 0, 0);
    for tensor in 0..Kind::LAYER.len() {
        for round in 0..6 {
            let mut lie = run.layer(0, position);
            let (row, leaf, byte) = place(&mut rng, &lie, tensor);
            // Exponents and peaks, or extremes of sums, are in the first bytes.
            let byte = if round == 0 { byte % 8 } else { byte };
            lie.tensors[tensor].change(row, leaf, |bytes| bytes[byte] ^= 1 << rng.below(8));
            let part = run.layer_part(&lie, 0, position);
            let (found, questions) = inquire(&mut chain, &run, &honest, &lie, &part);
            most = most.max(questions);
            match found {
                Found::Wrong(kind) => {
                    wrong += 1;
                    assert_eq!(kind as usize, tensor, "byte {byte} of leaf {leaf} of row {row}");
                }
                Found::Silent(kind) => {
                    silent += 1;
                    assert_eq!(kind as usize, tensor);
                }
            }
        }
    }
    println!("inquiries: {wrong} ended in a step, {silent} in silence, {most} questions at most");
    assert!(wrong > 20 && silent > 10);
}

/// But for the content: that is known, and its frame is right by the form of the run.
#[test]
fn one_wrong_byte_of_a_picture_is_found() {
    let (mut chain, mut rng) = (Chain::default(), Random::new(8));
    let tiny = Tiny::drawing(4);
    let ids: Vec<u32> = [70, 71].into_iter().chain((0..6).map(|_| 260 + rng.below(40) as u32)).collect();
    let mut run = Run::forced(tiny.imo(), &ids, 2, Sampler::GREEDY, [1; 32]);
    let honest = run.picture();
    let (mut most, mut wrong) = (0, 0);
    for tensor in 0..honest.tensors.len() - 1 {
        for _ in 0..6 {
            let mut lie = run.picture();
            let (row, leaf, byte) = place(&mut rng, &lie, tensor);
            lie.tensors[tensor].change(row, leaf, |bytes| bytes[byte] ^= 1 << rng.below(8));
            let part = run.picture_part(&lie);
            let (found, questions) = inquire(&mut chain, &run, &honest, &lie, &part);
            most = most.max(questions);
            wrong += usize::from(matches!(found, Found::Wrong(_)));
            let (Found::Wrong(kind) | Found::Silent(kind)) = found;
            let expected = match tensor {
                0 => Kind::Codes,
                n if n % 3 == 0 => Kind::Convolved,
                _ => Kind::Quantised,
            };
            assert_eq!(kind, expected, "byte {byte} of leaf {leaf} of row {row} of tensor {tensor}");
        }
    }
    println!("inquiries about a picture: {wrong} ended in a step, {most} questions at most");
}

#[test]
fn one_wrong_byte_of_a_choice_is_found() {
    let (mut chain, mut rng) = (Chain::default(), Random::new(6));
    for (seed, sampler, tensors) in [(2, Sampler::GREEDY, 2), (3, Sampler { beta: 94_548, top_k: 900, top_p: 60_000 }, 4)] {
        let mut run = run(seed, sampler);
        let position = run.positions() - 1;
        let ids = run.ids.clone();
        let honest = run.choice(&ids, position);
        for tensor in 0..tensors {
            for _ in 0..8 {
                let mut lie = run.choice(&ids, position);
                let (row, leaf, byte) = place(&mut rng, &lie, tensor);
                lie.tensors[tensor].change(row, leaf, |bytes| bytes[byte] ^= 1 << rng.below(8));
                let part = run.choice_part(&lie, position);
                let (found, questions) = inquire(&mut chain, &run, &honest, &lie, &part);
                assert!(questions <= 8, "{found:?} of tensor {tensor} after {questions} questions");
            }
        }
        // All tensors are right, and the id is another.
        let mut other = ids.clone();
        other[position + 1] ^= 1;
        let lie = run.choice(&other, position);
        let part = run.choice_part(&lie, position);
        let forced = run.choice(&other, position);
        let (found, questions) = inquire(&mut chain, &run, &forced, &lie, &part);
        let kind = if tensors == 2 { Kind::Greedy } else { Kind::Sampled };
        assert_eq!((found, questions), (Found::Wrong(kind), 0));
    }
}

/// Of right tensors nothing is found, and after everything was asked there is no question left.
#[test]
fn nothing_is_found_in_what_is_right() {
    let mut chain = Chain::default();
    let mut run = run(1, Sampler::GREEDY);
    let position = 40;
    let honest = run.layer(0, position);
    let part = run.layer_part(&honest, 0, position);
    let inquiry = Inquiry::new(&honest, &honest.roots());
    assert!(inquiry.is_right() && inquiry.question(&honest).is_none());
    assert_eq!(inquiry.witnesses(&honest, run.weights()).count(), 0);
    let ids = run.ids.clone();
    let choice = run.choice(&ids, run.positions() - 1);
    let chosen = run.choice_part(&choice, run.positions() - 1);
    for (_, witness) in Inquiry::new(&choice, &choice.roots()).witnesses(&choice, run.weights()) {
        assert_eq!(chain.rule(&run.program, &chosen, &witness).0, Ruling::Holds);
    }
    let step = Step::new(Kind::Normed, position, 0, 0);
    let witness = honest.witness(run.weights(), step).expect("the step is there");
    assert_eq!(chain.rule(&run.program, &part, &witness).0, Ruling::Holds);
}
