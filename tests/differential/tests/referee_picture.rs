//! `ContentReferee`: how ids become the pixels of a picture.

use openimo_core::model::config::Config;
use openimo_core::model::image::{ConvConfig, ImageConfig};
use openimo_core::model::testing::Tiny;
use openimo_core::ops::attention::ScoreScale;
use openimo_core::ops::sample::Sampler;
use openimo_core::random::Random;
use openimo_core::trace::step::opened::{Part as _, Place};
use openimo_core::trace::step::picture::PictureTrace;
use openimo_core::trace::step::{Kind, Step};
use openimo_differential::referee::chain::{Chain, Ruling};
use openimo_differential::referee::compare::{Gas, name, picture_kinds};
use openimo_differential::referee::run::Run;
use openimo_differential::tally::{Tally, spread};

/// A run of a model that draws, whose ids are mostly codes.
fn run(tiny: &Tiny, seed: u64) -> Run {
    let image = tiny.config().image.as_ref().expect("it draws");
    let mut rng = Random::new(seed ^ 0xd4a3);
    let mut ids: Vec<u32> = (0..1 + rng.below(20)).map(|_| rng.below(256) as u32).collect();
    let prompt = ids.len();
    ids.extend((0..image.ids()).map(|_| image.first_code + rng.below(u64::from(image.codes)) as u32));
    if rng.one_in(2) {
        // One that is none stands for the first.
        ids[prompt] = rng.below(u64::from(image.first_code)) as u32;
    }
    Run::forced(tiny.imo(), &ids, prompt, Sampler::GREEDY, [seed as u8; 32])
}

fn drawing(seed: u64) -> Run {
    run(&Tiny::drawing(seed), seed)
}

/// Each leaf of each tensor with a step that writes it, at random.
fn places(trace: &PictureTrace, rng: &mut Random, most: u64) -> Vec<(Place, Step)> {
    let mut found = Vec::new();
    for (tensor, t) in trace.tensors().iter().enumerate() {
        let all: Vec<(usize, usize)> = (0..t.rows()).flat_map(|row| (0..t.leaves(row)).map(move |leaf| (row, leaf))).collect();
        for i in 0..most.min(all.len() as u64) {
            let (row, leaf) = if i == 0 { all[all.len() - 1] } else { rng.pick(&all) };
            let place = Place { tensor, row, leaves: (leaf, leaf + 1) };
            let steps = trace.writing(&place);
            found.extend([steps[0], steps[steps.len() - 1], rng.pick(&steps)].map(|step| (place.clone(), step)));
        }
    }
    found
}

fn holds(chain: &mut Chain, run: &mut Run, rng: &mut Random, tally: &mut Tally, gas: &mut Gas) -> Result<(), String> {
    let trace = run.picture();
    let part = run.picture_part(&trace);
    for (_, step) in places(&trace, rng, 6) {
        let witness = trace.witness(run.weights(), step).expect("the step is there");
        let (found, used) = chain.rule(&run.program, &part, &witness);
        tally.count(name(step.kind), None);
        let most = gas.entry(name(step.kind)).or_default();
        *most = (*most).max((used, witness.len()));
        if found != Ruling::Holds {
            return Err(format!("{step:?}: {found:?}"));
        }
    }
    Ok(())
}

#[test]
fn every_step_of_a_picture_holds() {
    let tally = spread(24, |chain: &mut Chain, seed, tally| {
        let mut rng = Random::new(seed);
        holds(chain, &mut drawing(seed), &mut rng, tally, &mut Gas::new()).map_err(|what| format!("model {seed}: {what}"))
    });
    println!("pictures: {tally}");
    assert_eq!(tally.missing(&picture_kinds()), [""; 0], "nothing was compared about these");
}

/// A small transformer with a decoder of these convolutions.
fn decoder(seed: u64, code_dim: u32, grid: (u32, u32), convs: &[(u32, bool)]) -> Tiny {
    let convs = convs.iter().map(|&(channels, upsample)| ConvConfig { channels, upsample }).collect();
    let image = ImageConfig { code_dim, codes: 40, convs, first_code: 260, grid_height: grid.0, grid_width: grid.1 };
    let config = Config {
        d_model: 32,
        d_ff: 32,
        n_heads: 2,
        vocab: 300,
        context: 1024,
        eps: 900_000,
        image: Some(image),
        ..Config::one_head(16, ScoreScale { c: 38_600, ce: 18 })
    };
    Tiny::with_config(&mut Random::new(seed), config)
}

/// Rows and vectors of several leaves, in maps of one place, one row and one column; and the gas of a picture of 48 by 48.
#[test]
fn wide_and_narrow_maps_hold() {
    let mut chain = Chain::default();
    for (i, (code_dim, grid, convs)) in [
        (2112, (1, 1), &[(256, true), (3, false)][..]),
        (256, (1, 5), &[(16, true), (3, true)]),
        (16, (5, 1), &[(3, false)]),
        (64, (12, 12), &[(64, false), (32, true), (16, true), (3, false)]),
    ]
    .into_iter()
    .enumerate()
    {
        let (mut tally, mut gas) = (Tally::default(), Gas::new());
        let mut run = run(&decoder(i as u64, code_dim, grid, convs), i as u64);
        holds(&mut chain, &mut run, &mut Random::new(i as u64), &mut tally, &mut gas).unwrap();
        let size = run.model.manifest.config.image.as_ref().unwrap().size();
        gas.iter().for_each(|(kind, (gas, bytes))| println!("referee {size:?} {kind}: {gas} gas, witness of {bytes} bytes"));
        assert!(gas.values().all(|&(gas, _)| gas < 3_500_000), "{gas:?}");
    }
}

/// One byte of a number is another: the steps that write it do not hold.
#[test]
fn a_forged_number_does_not_hold() {
    let (mut chain, mut tally) = (Chain::default(), Tally::default());
    for seed in 0..10 {
        let (mut run, mut rng) = (drawing(seed), Random::new(seed ^ 0xf0));
        let mut trace = run.picture();
        for (place, step) in places(&trace, &mut rng, 3) {
            let Place { tensor, row, leaves: (leaf, _) } = place;
            let number = trace.number(&place, step).expect("it is known where");
            let byte = number.start + rng.below(number.len() as u64) as usize;
            let honest = trace.tensors[tensor].clone();
            trace.tensors[tensor].change(row, leaf, |bytes| bytes[byte] ^= 1 << rng.below(8));
            let part = run.picture_part(&trace);
            let witness = trace.witness(run.weights(), step).expect("the step is there");
            let found = chain.rule(&run.program, &part, &witness).0;
            assert_eq!(found, Ruling::DoesNotHold, "{step:?} of model {seed}, byte {byte} of tensor {tensor}");
            trace.tensors[tensor] = honest;
            tally.count(name(step.kind), None);
        }
    }
    println!("forged: {tally}");
    assert_eq!(tally.missing(&picture_kinds()), [""; 0]);
}

/// Steps that a picture does not have are refused, whatever is opened; and so is another model.
#[test]
fn steps_that_are_not_there_are_refused() {
    let mut chain = Chain::default();
    let mut run = drawing(1);
    let trace = run.picture();
    let part = run.picture_part(&trace);
    let witness = trace.witness(run.weights(), Step::new(Kind::Codes, 0, 0, 5)).unwrap();
    let far = u32::MAX as usize;
    for kind in Kind::PICTURE {
        for (a, b, c) in [(far, 0, 0), (4, 0, 0), (0, 1, 0), (0, 0, far)] {
            let step = Step::new(kind, a, b, c);
            assert!(!trace.has(step) && trace.witness(run.weights(), step).is_none());
            let bytes = [step.to_bytes(), witness[13..].to_vec()].concat();
            assert_eq!(chain.rule(&run.program, &part, &bytes).0, Ruling::Refused("NoSuchStep"), "{step:?}");
        }
    }
    for kind in [68u8, 255] {
        let bytes = [&[kind][..], &witness[1..]].concat();
        assert_eq!(chain.rule(&run.program, &part, &bytes).0, Ruling::Refused("NoSuchStep"));
    }
    let mut other = part.clone();
    other.modelId.0[0] ^= 1;
    assert_eq!(chain.rule(&run.program, &other, &witness).0, Ruling::Refused("NotOfModel"));
    other.tensors.push(other.ids);
    assert_eq!(chain.rule(&run.program, &other, &witness).0, Ruling::Refused("WrongTensors"));
    let moved = openimo_differential::referee::Part { position: 1, ..part };
    assert_eq!(chain.rule(&run.program, &moved, &witness).0, Ruling::Refused("NoSuchStep"));
}

/// A witness with any byte changed is refused, for its own step; and never shows that an honest picture is wrong.
#[test]
fn no_changed_witness_is_taken() {
    let (mut chain, mut refused, mut moved) = (Chain::default(), 0, 0);
    let (mut run, mut rng) = (drawing(3), Random::new(3));
    let trace = run.picture();
    let part = run.picture_part(&trace);
    let steps = [(Kind::Codes, 0), (Kind::Quantised, 1), (Kind::Convolved, 0), (Kind::Convolved, 1), (Kind::Pixels, 0)];
    for (kind, a) in steps {
        let step = Step::new(kind, a, 0, 17);
        let witness = trace.witness(run.weights(), step).unwrap();
        for at in 0..witness.len() {
            let mut changed = witness.clone();
            changed[at] ^= 1 << rng.below(8);
            match chain.rule(&run.program, &part, &changed).0 {
                Ruling::Refused(_) => refused += 1,
                // Another step on the same openings.
                Ruling::Holds if at < 13 => moved += 1,
                found => panic!("byte {at} of a witness of {step:?}: {found:?}"),
            }
        }
        for other in [&witness[..witness.len() - 1], &[&witness[..], &[0]].concat()] {
            assert!(matches!(chain.rule(&run.program, &part, other).0, Ruling::Refused(_)));
        }
    }
    println!("mutations: {refused} refused, {moved} other steps that hold");
}
