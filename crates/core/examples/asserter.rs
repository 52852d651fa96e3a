//! Asserts runs of a small model, right and wrong ones, and answers challenges of them as well as can be: calldata for tests of programs that
//! dispute. `asserter OUT.imo ASSERTER` writes the model's file and prints what to register and assert; `asserter reveal|defend WHICH CHALLENGE
//! STAGE LAYER POSITION [STEP]` prints an answer.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256, hex};
use alloy_sol_types::SolCall;
use openimo_core::commit::{Hash, merkle};
use openimo_core::dispute::abi::{Place, Run, assertRunCall, defendCall, registerCall, revealCall};
use openimo_core::dispute::{Book, Revealed, assertion};
use openimo_core::generate::{Progress, generate};
use openimo_core::model::Model;
use openimo_core::model::file::{Header, Parsed, load};
use openimo_core::model::testing::Tiny;
use openimo_core::request::Draft;
use openimo_core::scalar::Scalar;
use openimo_core::trace::step::Step;
use openimo_core::trace::step::program::program;
use openimo_core::trace::step::weights::Weights;
use openimo_core::verify::testing::bundle_model;
use serde_json::json;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [move_, which, id, stage, layer, position, ref step @ ..] => {
            let place = Place { stage: stage.parse()?, layer: layer.parse()?, position: position.parse()? };
            println!("{}", hex::encode_prefixed(answer(move_, which, id.parse()?, &place, step.first().copied())?));
        }
        [out, asserter] => {
            std::fs::write(out, bundle_model().imo())?;
            println!("{}", described(asserter.parse()?)?);
        }
        _ => return Err("usage: asserter OUT.imo ASSERTER | reveal|defend WHICH CHALLENGE STAGE LAYER POSITION [STEP]".into()),
    }
    Ok(())
}

/// A model with one weight changed, in a row that is not the first of a leaf: so its owner can answer the first question.
fn other() -> Tiny {
    let mut tiny = bundle_model();
    let row = &mut tiny.rows[11][9];
    row.q[3] = if row.q[3] > 0 { row.q[3] - 1 } else { row.q[3] + 1 };
    tiny
}

/// What `which` asserts, `right` or `wrong`, with the model that he has.
fn run(which: &str) -> Result<(Model<Scalar>, Run, Book), Failure> {
    let mut right = load(&bundle_model().imo(), Scalar)?;
    let tokenizer = right.tokenizer()?;
    let draft = Draft {
        prompt: Some("What is checked? <b id=injected>".into()),
        temperature: Some("4".into()),
        seed: Some("5".into()),
        max_tokens: Some(8),
        ..Draft::default()
    };
    let prompt = tokenizer.encode_prompt(&draft.prompt()?)?;
    let request = draft.request(&prompt)?;
    let output = generate(&mut right, &tokenizer, &request, &mut |_: Progress<'_>| std::ops::ControlFlow::Continue(()))?;
    let mut model = if which == "right" { load(&bundle_model().imo(), Scalar)? } else { load(&other().imo(), Scalar)? };
    let (run, book) = assertion(&mut model, &tokenizer, &request, &prompt, &output.ids);
    Ok((model, Run { modelId: right.id.0.into(), ..run }, book))
}

fn header(file: &[u8]) -> Result<Header, Failure> {
    match Header::parse(file)? {
        Parsed::Header(header) => Ok(*header),
        Parsed::NeedMore { .. } => Err("the file has no head".into()),
    }
}

fn described(asserter: Address) -> Result<serde_json::Value, Failure> {
    let header = header(&bundle_model().imo())?;
    let sections = (0..header.manifest.sections.len()).map(|section| header.section_root(section));
    let manifest = header.manifest.canonical();
    let parts: Vec<Hash> = [merkle::leaf(&manifest)].into_iter().chain(sections).collect();
    let siblings = merkle::open_range(&parts, 0..1).iter().map(|hash| B256::from(hash.0)).collect();
    let model_id = B256::from(header.model_id().0);
    let register = registerCall { modelId: model_id, manifest: manifest.into(), siblings }.abi_encode();
    let assert = |run: &Run| Bytes::from(assertRunCall { asserter, run: run.clone() }.abi_encode());
    let (_, right, _) = run("right")?;
    let (_, wrong, _) = run("wrong")?;
    let mut content = right.content.to_vec();
    content[2] ^= 1;
    let told = Run { content: content.into(), ..right.clone() };
    Ok(json!({
        "modelId": model_id,
        "register": Bytes::from(register),
        "right": assert(&right),
        "wrong": assert(&wrong),
        "told": assert(&told),
    }))
}

/// The calldata of an answer.
fn answer(move_: &str, which: &str, id: U256, place: &Place, step: Option<&str>) -> Result<Vec<u8>, Failure> {
    let (mut model, run, book) = run(which)?;
    let Revealed { part, trace, end, siblings } = book.reveal(&mut model, run.modelId, place);
    if move_ == "reveal" {
        return Ok(revealCall { id, stage: place.stage, part, end, siblings }.abi_encode());
    }
    let file = bundle_model().imo();
    let header = header(&file)?;
    let step: FixedBytes<13> = step.ok_or("no step")?.parse()?;
    let step = Step::read(&step.0).ok_or("no such step")?;
    let witness = trace.witness(Weights::new(&header, &file), step).unwrap_or_else(|| step.to_bytes()).into();
    Ok(defendCall { id, program: program(&header.manifest).into(), part, witness }.abi_encode())
}
