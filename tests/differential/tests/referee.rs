//! `Referee`.

use std::collections::BTreeMap;

use openimo_core::model::config::Config;
use openimo_core::model::testing::Tiny;
use openimo_core::model::testing::runs::case;
use openimo_core::ops::attention::ScoreScale;
use openimo_core::ops::sample::Sampler;
use openimo_core::random::Random;
use openimo_core::trace::step::choice::ChoiceTrace;
use openimo_core::trace::step::opened::Part as _;
use openimo_core::trace::step::{Kind, Step};
use openimo_differential::referee::chain::{Chain, Ruling};
use openimo_differential::referee::compare::{Gas, all_kinds, choice_steps, holds, name};
use openimo_differential::referee::run::Run;
use openimo_differential::referee::{Part, Sampler as SolSampler};
use openimo_differential::tally::{Tally, spread};

const MODELS: u64 = 60;

fn sampler(rng: &mut Random, vocab: u32) -> Sampler {
    if rng.one_in(3) {
        return Sampler::GREEDY;
    }
    Sampler { beta: rng.pick(&[1, 94_548, 400_000]), top_k: rng.pick(&[0, 1, 7, vocab]), top_p: rng.pick(&[1, 30_000, 65_536]) }
}

fn run_of(seed: u64) -> Run {
    let (tiny, ids) = case(seed);
    run(&tiny, &ids, seed)
}

fn run(tiny: &Tiny, ids: &[u32], seed: u64) -> Run {
    let mut rng = Random::new(seed ^ 0x0b5e);
    let sampler = sampler(&mut rng, tiny.config().vocab);
    let room = (tiny.config().context as usize).saturating_sub(ids.len()).max(1);
    let more = (1 + rng.below(3) as usize).min(room);
    Run::new(tiny.imo(), ids, more, sampler, [seed as u8; 32])
}

#[test]
fn every_step_of_small_models_holds() {
    let tally = spread(MODELS, |chain: &mut Chain, seed, tally| {
        let mut rng = Random::new(seed);
        holds(chain, &mut run_of(seed), &mut rng, 4, tally, &mut Gas::new()).map_err(|what| format!("model {seed}: {what}"))?;
        tally.sequences += 1;
        Ok(())
    });
    println!("Referee: {tally}");
    assert_eq!(tally.sequences, MODELS);
    assert_eq!(tally.missing(&all_kinds()), [""; 0], "nothing was compared about these");
}

/// A model whose vectors, rows and heads take several leaves each, with heads that lie across leaves.
fn wide(seed: u64, sliding_window: Option<u32>) -> Run {
    let mut rng = Random::new(seed);
    let head_dim = 96;
    let config = Config {
        d_model: 2112,
        n_layers: 1,
        n_heads: 12,
        n_kv_heads: 4,
        head_dim,
        d_ff: 4160,
        vocab: 1100,
        context: 64,
        rope_inc: (0..head_dim / 2).map(|i| 683_565_276 >> (i / 3)).collect(),
        eps: 900_000,
        sliding_window,
        tied: seed.is_multiple_of(2),
        ..Config::one_head(head_dim as usize, ScoreScale { c: 38_600, ce: 18 })
    };
    let tiny = Tiny::with_config(&mut rng, config);
    let ids: Vec<u32> = (0..44).map(|_| rng.below(1100) as u32).collect();
    let sampler = if seed.is_multiple_of(2) { Sampler { beta: 94_548, top_k: 700, top_p: 60_000 } } else { Sampler::GREEDY };
    Run::new(tiny.imo(), &ids, 3, sampler, [7; 32])
}

#[test]
fn every_step_of_wide_models_holds() {
    let (mut chain, mut tally) = (Chain::default(), Tally::default());
    for (seed, window) in [(0, None), (1, Some(35))] {
        let mut rng = Random::new(seed);
        holds(&mut chain, &mut wide(seed, window), &mut rng, 8, &mut tally, &mut Gas::new()).unwrap();
    }
    println!("wide: {tally}");
}

/// One byte of a tensor is another: the steps that write it do not hold, wherever they read it.
#[test]
fn a_forged_number_does_not_hold() {
    let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut chain = Chain::default();
    for seed in 0..12 {
        let (mut run, mut rng) = (run_of(seed), Random::new(seed ^ 0xf0));
        let layer = rng.below(u64::from(run.model.manifest.config.n_layers)) as usize;
        let position = rng.below(run.positions() as u64) as usize;
        let mut trace = run.layer(layer, position);
        for step in run.layer_steps(&trace, position, 1, |n| rng.below(n)) {
            let (row, leaf, at, len) = place(&run, &trace, step, position);
            let (byte, bit) = (at + rng.below(len as u64) as usize, 1u8 << rng.below(8));
            let honest = trace.tensors[step.kind as usize].clone();
            trace.tensors[step.kind as usize].change(row, leaf, |bytes| bytes[byte] ^= bit);
            let part = run.layer_part(&trace, layer, position);
            let witness = trace.witness(run.weights(), step).expect("the step is there");
            let found = chain.rule(&run.program, &part, &witness).0;
            assert_eq!(found, Ruling::DoesNotHold, "{step:?} of model {seed}, byte {byte}");
            trace.tensors[step.kind as usize] = honest;
            *counts.entry(name(step.kind)).or_default() += 1;
        }
    }
    println!("forged: {counts:?}");
    assert_eq!(counts.len(), Kind::LAYER.len());
}

/// Where the number of a step is: row, leaf, and bytes of it.
fn place(
    run: &Run,
    trace: &openimo_core::trace::step::layer::LayerTrace,
    step: Step,
    position: usize,
) -> (usize, usize, usize, usize) {
    let config = &run.model.manifest.config;
    let (a, b, c) = (step.a as usize, step.b as usize, step.c as usize);
    let first = config.first_visible(position as u32) as usize;
    let bytes = |row: usize, leaf: usize| trace.tensors[step.kind as usize].leaf(row, leaf).len();
    match step.kind {
        // The whole leaf: exponent, peak, numbers.
        Kind::Normed => (a, 0, 0, bytes(a, 0)),
        Kind::FfnNormed => (0, 0, 0, bytes(0, 0)),
        Kind::K | Kind::V => (a, c / 512, 4 * (c % 512), 4),
        // Exponent or number.
        Kind::QBfp => (0, b, 8 + 2 * c, 2),
        Kind::KBfp | Kind::VBfp => (b, a, 8 + 2 * c, 2),
        Kind::AttendedBfp | Kind::Gated => (0, c / 1024, 8 + 2 * (c % 1024), 2),
        Kind::Scores => (b, (a - first) / 32, 4 * ((a - first) % 32), 4),
        // The first sums.
        Kind::Folds => (b, a, 0, 16),
        _ => (0, c / 512, 4 * (c % 512), 4),
    }
}

/// An exponent or a peak is another: some number of its leaf does not hold.
#[test]
fn a_forged_exponent_or_peak_does_not_hold() {
    let mut chain = Chain::default();
    for seed in 0..8 {
        let (mut run, mut rng) = (run_of(seed), Random::new(seed ^ 0xe0));
        let position = run.positions() - 1;
        let mut trace = run.layer(0, position);
        let config = run.model.manifest.config.clone();
        let (dh, q_dim, ff) = (config.head_dim as usize, config.q_dim(), config.d_ff as usize);
        for (kind, a, numbers) in [
            (Kind::QBfp, position, dh),
            (Kind::KBfp, position, dh),
            (Kind::VBfp, 0, dh),
            (Kind::AttendedBfp, 0, q_dim),
            (Kind::Gated, 0, ff),
        ] {
            let leaf = if matches!(kind, Kind::KBfp | Kind::VBfp) { a } else { 0 };
            for byte in 0..8 {
                let honest = trace.tensors[kind as usize].clone();
                trace.tensors[kind as usize].change(0, leaf, |bytes| bytes[byte] ^= 1 << rng.below(8));
                let part = run.layer_part(&trace, 0, position);
                let found = (0..numbers.min(1024)).any(|c| {
                    let witness = trace.witness(run.weights(), Step::new(kind, a, 0, c)).expect("the step is there");
                    chain.rule(&run.program, &part, &witness).0 == Ruling::DoesNotHold
                });
                assert!(found, "byte {byte} of {kind:?} of model {seed}");
                trace.tensors[kind as usize] = honest;
            }
        }
    }
}

/// Another id, threshold, sum, logit or embedding, or another model.
#[test]
fn a_forged_choice_or_embedding_does_not_hold() {
    let mut chain = Chain::default();
    let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
    let rules = |chain: &mut Chain, run: &Run, trace: &ChoiceTrace, position: usize, step: Step| {
        let witness = trace.witness(run.weights(), step).expect("the step is there");
        chain.rule(&run.program, &run.choice_part(trace, position), &witness).0
    };
    for seed in 0..24 {
        let (mut run, mut rng) = (run_of(seed), Random::new(seed ^ 0xc0));
        let position = run.positions() - 1;
        let (ids, vocab) = (run.ids.clone(), run.model.manifest.config.vocab);
        let right = ids[position + 1];
        let is_seeded = run.choice(&ids, position).tensors.len() > 2;
        for id in [(right + 1) % vocab, right ^ 1, rng.below(u64::from(vocab)) as u32, vocab, u32::MAX] {
            if id == right {
                continue;
            }
            let mut other = ids.clone();
            other[position + 1] = id;
            let trace = run.choice(&other, position);
            let kind = if is_seeded { Kind::Sampled } else { Kind::Greedy };
            let step = Step::new(kind, 0, 0, if is_seeded { 0 } else { right as usize });
            assert_eq!(rules(&mut chain, &run, &trace, position, step), Ruling::DoesNotHold, "id {id} for {right}, model {seed}");
            *counts.entry(name(kind)).or_default() += 1;
        }
        let mut trace = run.choice(&ids, position);
        let column = rng.below(u64::from(vocab).min(512)) as usize;
        let honest = trace.tensors[1].clone();
        trace.tensors[1].change(0, 0, |bytes| bytes[4 * column + 3] ^= 1);
        let step = Step::new(Kind::Logits, 0, 0, column);
        assert_eq!(rules(&mut chain, &run, &trace, position, step), Ruling::DoesNotHold);
        trace.tensors[1] = honest;
        if is_seeded {
            let chunks = vocab.div_ceil(512) as usize;
            for (tensor, bytes) in [(2, 12), (3, 36)] {
                for byte in 0..bytes {
                    let honest = trace.tensors[tensor].clone();
                    trace.tensors[tensor].change(0, 0, |leaf| leaf[byte] ^= 1 << rng.below(8));
                    let steps = (0..chunks).map(|c| Step::new(Kind::Masses, c, 0, 0)).chain([Step::new(Kind::Sampled, 0, 0, 0)]);
                    let found =
                        steps.into_iter().any(|step| rules(&mut chain, &run, &trace, position, step) == Ruling::DoesNotHold);
                    assert!(found, "byte {byte} of tensor {tensor} of model {seed}");
                    trace.tensors[tensor] = honest;
                    *counts.entry("thresholds and sums").or_default() += 1;
                }
            }
        }
        let (width, mut after) = (run.model.manifest.config.d_model, run.vector(0, position).to_vec());
        let column = rng.below(u64::from(width)) as usize;
        after[column] ^= 1;
        let (part, witness) = run.embedding(&ids, position, &after, column);
        assert_eq!(chain.rule(&run.program, &part, &witness).0, Ruling::DoesNotHold);
        let (mut part, witness) = run.embedding(&ids, position, run.vector(0, position), column);
        assert_eq!(chain.rule(&run.program, &part, &witness).0, Ruling::Holds);
        part.modelId.0[0] ^= 1;
        assert_eq!(chain.rule(&run.program, &part, &witness).0, Ruling::Refused("NotOfModel"));
        part.tensors.push(part.ids);
        assert_eq!(chain.rule(&run.program, &part, &witness).0, Ruling::Refused("WrongTensors"));
    }
    println!("forged: {counts:?}");
    assert_eq!(counts.len(), 3);
}

/// Steps that a part does not have are refused, whatever is opened.
#[test]
fn steps_that_are_not_there_are_refused() {
    let mut chain = Chain::default();
    let mut run = run_of(1);
    let position = run.positions() - 1;
    let trace = run.layer(0, position);
    let part = run.layer_part(&trace, 0, position);
    let config = run.model.manifest.config.clone();
    let witness = trace.witness(run.weights(), Step::new(Kind::Normed, position, 0, 0)).expect("the step is there");
    let far = u32::MAX as usize;
    let mut refused = |part: &Part, step: Step| {
        let bytes = [step.to_bytes(), witness[13..].to_vec()].concat();
        assert_eq!(chain.rule(&run.program, part, &bytes).0, Ruling::Refused("NoSuchStep"), "{step:?}");
    };
    for kind in Kind::LAYER {
        for (a, b, c) in [(far, 0, 0), (0, far, 0), (0, 0, far), (position + 1, 0, 0)] {
            refused(&part, Step::new(kind, a, b, c));
        }
    }
    let step = Step::new(Kind::Normed, position, 0, 0);
    refused(&Part { layer: config.n_layers, ..part.clone() }, step);
    refused(&Part { position: part.positions, ..part.clone() }, step);
    let two =
        Part { tensors: part.tensors[..2].to_vec(), sampler: SolSampler { beta: 0, ..part.sampler.clone() }, ..part.clone() };
    for kind in Kind::CHOICE {
        refused(&two, Step::new(kind, far, 0, 0));
    }
    refused(&Part { prompt: part.positions + 1, ..two.clone() }, Step::new(Kind::FinalNormed, 0, 0, 0));
    refused(&two, Step::new(Kind::Masses, 0, 0, 0));
    refused(&Part { tensors: part.tensors[..1].to_vec(), ..part.clone() }, Step::new(Kind::Embedding, 0, 0, far));
    for kind in [19u8, 31, 37, 47, 49, 255] {
        let bytes = [&[kind][..], &witness[1..]].concat();
        let part = if kind < 32 { &part } else { &two };
        assert_eq!(chain.rule(&run.program, part, &bytes).0, Ruling::Refused("NoSuchStep"), "kind {kind}");
    }
}

/// A witness with any byte changed is refused, for its own step; and never shows that an honest run is wrong.
#[test]
fn no_changed_witness_is_taken() {
    let (mut survivors, mut refused, mut moved) = (0u64, 0u64, 0u64);
    let mut chain = Chain::default();
    for seed in [0, 3] {
        let (mut run, mut rng) = (run_of(seed), Random::new(seed));
        let position = run.positions() - 1;
        let trace = run.layer(0, position);
        let part = run.layer_part(&trace, 0, position);
        let mut witnesses: Vec<_> = run
            .layer_steps(&trace, position, 0, |n| rng.below(n))
            .into_iter()
            .map(|step| (part.clone(), trace.witness(run.weights(), step).expect("the step is there")))
            .collect();
        let ids = run.ids.clone();
        let choice = run.choice(&ids, position);
        let part = run.choice_part(&choice, position);
        let steps = choice_steps(&run, &mut rng);
        witnesses.extend(steps.into_iter().filter_map(|step| Some((part.clone(), choice.witness(run.weights(), step)?))));
        witnesses.push(run.embedding(&run.ids, position, run.vector(0, position), 3));
        for (part, witness) in witnesses {
            for at in 0..witness.len() {
                let mut changed = witness.clone();
                changed[at] ^= 1 << rng.below(8);
                match chain.rule(&run.program, &part, &changed).0 {
                    Ruling::Refused(_) => refused += 1,
                    // Another step on the same openings.
                    Ruling::Holds if at < 13 => moved += 1,
                    found => {
                        println!("byte {at} of a witness of kind {}: {found:?}", witness[0]);
                        survivors += 1;
                    }
                }
            }
            for other in [&witness[..witness.len() - 1], &[&witness[..], &[0]].concat()] {
                assert!(matches!(chain.rule(&run.program, &part, other).0, Ruling::Refused(_)));
            }
        }
    }
    println!("mutations: {refused} refused, {moved} other steps that hold, {survivors} survivors");
    assert_eq!(survivors, 0);
}
