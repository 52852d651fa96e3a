//! What whole disputes cost: of the real model, of one with the longest rows and of one as wide as the widest in use.

use alloy_primitives::B256;
use openimo_core::generate::{Progress, generate};
use openimo_core::model::config::Config;
use openimo_core::model::file::load;
use openimo_core::model::testing::Tiny;
use openimo_core::ops::attention::ScoreScale;
use openimo_core::random::Random;
use openimo_core::request::Draft;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::trace::step::opened::Part as _;
use openimo_core::trace::step::{Kind, Step};
use openimo_differential::dispute::Place;
use openimo_differential::dispute::asserted::{Answer, Asserted, LAYER};
use openimo_differential::dispute::court::{CHALLENGER, Court};
use openimo_differential::model_file;

/// The down projection of the first layer among the matrices.
const DOWN: usize = 7;

/// An answer of the model in a file.
fn answer(file: &[u8], draft: &Draft) -> Answer {
    let mut model = load(file, Simd::new(Level::detect())).expect("a model file");
    let tokenizer = model.tokenizer().expect("it has one");
    let prompt = tokenizer.encode_prompt(&draft.prompt().expect("there is one")).expect("it can be encoded");
    let request = draft.request(&prompt).expect("it is valid");
    let go_on = &mut |_: Progress<'_>| std::ops::ControlFlow::Continue(());
    let output = generate(&mut model, &tokenizer, &request, go_on).expect("it fits").ids;
    Answer { request, prompt, output }
}

/// What a whole dispute may cost after the assertion.
const MOST: u64 = 4_000_000;

/// Lines that `cargo xtask bench gas` reads: each move of a dispute that ends in each kind of step, the first of the part's.
fn dispute(name: &str, file: &[u8], draft: &Draft, kinds: &[Kind]) {
    let mut court = Court::default();
    let answer = answer(file, draft);
    let id = court.register(Asserted::of(file.to_vec(), B256::ZERO, &answer).run.header());
    let mut run = Asserted::of(file.to_vec(), id, &answer);
    let program = run.run.program.clone();
    let print = |what: &str, gas: u64, bytes: usize| println!("dispute {name} {what}: {gas} gas, witness of {bytes} bytes");
    let sol = run.sol.clone();
    let (_, gas) = court.assert(&sol).unwrap();
    let ids = format!("assertion of {} prompt ids and {} output ids", answer.prompt.len(), answer.output.len());
    print(&ids, gas, sol.content.len());
    let place =
        Place { stage: LAYER, layer: run.run.model.manifest.config.n_layers / 2, position: run.run.positions() as u32 - 1 };
    let mut dearest = 0;
    for &kind in kinds {
        let evm = court.evm.state();
        let (challenge, opened) = court.challenge(CHALLENGER, &sol, &program, &place).unwrap();
        let mut lie = run.run.layer(place.layer as usize, place.position as usize);
        // The tensor's last leaf is another one, in the bytes of its first number.
        let tensor = kind as usize;
        let row = lie.tensors[tensor].rows() - 1;
        let (leaf, a) = match kind {
            Kind::Normed | Kind::FfnNormed => (0, row),
            _ => (lie.tensors[tensor].leaves(row) - 1, 0),
        };
        lie.tensors[tensor].change(row, leaf, |bytes| bytes[10] ^= 1);
        let mut revealed = run.part(&place);
        revealed.part.tensors = lie.roots().iter().map(|root| B256::from(root.0)).collect();
        let (_, shown) = court.reveal(challenge, LAYER, &revealed).unwrap();
        let first = if kind == Kind::Down { 512 * leaf + 2 } else { 0 };
        let witness = lie.witness(run.run.weights(), Step::new(kind, a, 0, first)).expect("the step is there");
        let bytes = witness.len();
        let (_, proved) = court.prove(challenge, &program, &revealed.part, witness).unwrap();
        if dearest == 0 {
            print("challenge", opened, sol.prompt.len());
            print("reveal", shown, 0);
        }
        print(&format!("proof of {kind:?}"), proved, bytes);
        dearest = dearest.max(opened + shown + proved);
        court.evm.go_back(&evm);
    }
    print("whole dispute after the assertion, the dearest", dearest, 0);
    assert!(dearest <= MOST, "{name}: {dearest}");
}

#[test]
fn a_dispute_about_the_real_model() {
    let draft = Draft {
        prompt: Some("The moon is made of".into()),
        temperature: Some("0.7".into()),
        seed: Some("1".into()),
        max_tokens: Some(48),
        ..Draft::default()
    };
    dispute("SmolLM2", &model_file(), &draft, &[Kind::Down, Kind::Normed]);
}

#[test]
fn a_dispute_about_the_longest_rows() {
    let config = Config {
        d_model: 64,
        d_ff: 28_672,
        n_heads: 2,
        vocab: 300,
        context: 64,
        eps: 900_000,
        ..Config::one_head(32, ScoreScale { c: 38_600, ce: 18 })
    };
    let models = (0..).map(|seed| Tiny::with_config(&mut Random::new(seed), config.clone()));
    let tiny = models.into_iter().find(|tiny| tiny.specs[DOWN].bits == 6 && tiny.specs[DOWN].block == 32);
    let tiny = tiny.expect("some seed has it");
    let draft = Draft { prompt: Some("Hi".into()), max_tokens: Some(4), ..Draft::default() };
    dispute("K = 28672", &tiny.imo(), &draft, &[Kind::Down]);
}

#[test]
fn a_dispute_about_a_normalisation_of_8192_columns() {
    let config = Config {
        d_model: 8192,
        d_ff: 64,
        n_heads: 2,
        vocab: 300,
        context: 64,
        eps: 900_000,
        ..Config::one_head(32, ScoreScale { c: 38_600, ce: 18 })
    };
    let tiny = Tiny::with_config(&mut Random::new(0), config);
    let draft = Draft { prompt: Some("Hi".into()), max_tokens: Some(4), ..Draft::default() };
    dispute("d = 8192", &tiny.imo(), &draft, &[Kind::Normed]);
}
