//! Random steps of runs before the referee, and the gas of the dearest of each kind.

use std::collections::BTreeMap;

use openimo_core::random::Random;
use openimo_core::trace::step::opened::Part as _;
use openimo_core::trace::step::{Kind, Step};
use openimo_core::trace::vector;

use super::Part;
use super::chain::{Chain, Ruling};
use super::run::Run;
use crate::tally::Tally;

/// The dearest step of each kind: gas of a transaction, and bytes of its witness.
pub type Gas = BTreeMap<&'static str, (u64, usize)>;

/// Steps of every kind of a run hold: of two layers at some positions, of a choice, of the embedding.
///
/// # Errors
/// The first that does not.
pub fn holds(
    chain: &mut Chain,
    run: &mut Run,
    rng: &mut Random,
    more: usize,
    tally: &mut Tally,
    gas: &mut Gas,
) -> Result<(), String> {
    let mut check = |program: &[u8], part: &Part, witness: &[u8], step: Step| {
        let (found, used) = chain.rule(program, part, witness);
        tally.count(name(step.kind), None);
        let most = gas.entry(name(step.kind)).or_default();
        *most = (*most).max((used, witness.len()));
        if found == Ruling::Holds { Ok(()) } else { Err(format!("{step:?}: {found:?}")) }
    };
    let layers = run.model.manifest.config.n_layers as usize;
    for _ in 0..2 {
        let (layer, position) = (rng.below(layers as u64) as usize, rng.below(run.positions() as u64) as usize);
        let trace = run.layer(layer, position);
        assert_eq!(
            trace.tensors[Kind::After as usize].root(),
            vector::digests(run.vector(layer + 1, position), run.vector(layer + 1, position).len())[0],
            "the last tensor is the next boundary"
        );
        let part = run.layer_part(&trace, layer, position);
        for step in run.layer_steps(&trace, position, more, |n| rng.below(n)) {
            let witness = trace.witness(run.weights(), step).expect("the step is there");
            check(&run.program, &part, &witness, step)?;
        }
    }
    let position = run.first_choice() + rng.below((run.positions() - run.first_choice()) as u64) as usize;
    let ids = run.ids.clone();
    let trace = run.choice(&ids, position);
    let part = run.choice_part(&trace, position);
    for step in choice_steps(run, rng) {
        if let Some(witness) = trace.witness(run.weights(), step) {
            check(&run.program, &part, &witness, step)?;
        }
    }
    let column = rng.below(u64::from(run.model.manifest.config.d_model)) as usize;
    let (part, witness) = run.embedding(&run.ids, position, run.vector(0, position), column);
    check(&run.program, &part, &witness, Step::new(Kind::Embedding, 0, 0, column))
}

/// Steps of a choice, of a greedy and of a seeded one.
pub fn choice_steps(run: &Run, rng: &mut Random) -> Vec<Step> {
    let vocab = run.model.manifest.config.vocab as usize;
    let some = |kind, rng: &mut Random| Step::new(kind, 0, 0, rng.below(vocab as u64) as usize);
    let mut steps: Vec<_> = (0..4).flat_map(|_| [some(Kind::Logits, rng), some(Kind::Greedy, rng)]).collect();
    steps.extend((0..vocab.div_ceil(512)).map(|chunk| Step::new(Kind::Masses, chunk, 0, 0)));
    steps.extend([Kind::FinalNormed, Kind::Sampled].map(|kind| Step::new(kind, 0, 0, 0)));
    steps
}

/// The name of a kind.
pub fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Normed => "Normed",
        Kind::Q => "Q",
        Kind::K => "K",
        Kind::V => "V",
        Kind::QBfp => "QBfp",
        Kind::KBfp => "KBfp",
        Kind::VBfp => "VBfp",
        Kind::Scores => "Scores",
        Kind::Folds => "Folds",
        Kind::Attended => "Attended",
        Kind::AttendedBfp => "AttendedBfp",
        Kind::O => "O",
        Kind::Mid => "Mid",
        Kind::FfnNormed => "FfnNormed",
        Kind::Gate => "Gate",
        Kind::Up => "Up",
        Kind::Gated => "Gated",
        Kind::Down => "Down",
        Kind::After => "After",
        Kind::FinalNormed => "FinalNormed",
        Kind::Logits => "Logits",
        Kind::Greedy => "Greedy",
        Kind::Masses => "Masses",
        Kind::Sampled => "Sampled",
        Kind::Embedding => "Embedding",
        Kind::Codes => "Codes",
        Kind::Quantised => "Quantised",
        Kind::Convolved => "Convolved",
        Kind::Pixels => "Pixels",
    }
}

/// Every kind of step of a picture.
pub fn picture_kinds() -> Vec<(&'static str, &'static [&'static str])> {
    Kind::PICTURE.into_iter().map(|kind| (name(kind), &[] as &[&str])).collect()
}

/// Every kind of step of a model that writes.
pub fn all_kinds() -> Vec<(&'static str, &'static [&'static str])> {
    let kinds = Kind::LAYER.into_iter().chain(Kind::CHOICE).chain([Kind::Embedding]);
    kinds.map(|kind| (name(kind), &[] as &[&str])).collect()
}
