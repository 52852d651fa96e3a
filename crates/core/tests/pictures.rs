//! Models that draw: the same picture on every executor, and what a verifier says to a picture that was changed.

use std::ops::ControlFlow;
use std::task::Poll;

use openimo_core::bundle::{Bundle, ModelRef};
use openimo_core::commit::Seed;
use openimo_core::content::content_hash;
use openimo_core::generate::{GenerateError, GenerateJob, Output, Phase, generate};
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::model::testing::Tiny;
use openimo_core::ops::sample::Sampler;
use openimo_core::picture::Picture;
use openimo_core::request::{Prompt, Request, prompt_hash};
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::verify::status::{Code, Status};
use openimo_core::verify::{Report, Verdict, verify};

/// Ids of a picture of [`Tiny::drawing`].
const IDS: u32 = 6;

fn model(seed: u64) -> (Model<Scalar>, Tokenizer) {
    let model = load(&Tiny::drawing(seed).imo(), Scalar).unwrap();
    let tokenizer = model.tokenizer().unwrap();
    (model, tokenizer)
}

fn request(tokenizer: &Tokenizer, max_tokens: u32) -> Request {
    let prompt = Prompt::Text("a cat".into());
    let ids = tokenizer.encode_prompt(&prompt).unwrap();
    let sampler = Sampler { beta: 1 << 16, top_k: 0, top_p: 1 << 16 };
    Request { prompt, prompt_hash: prompt_hash(&ids), sampler, seed: Seed([7; 32]), max_tokens }
}

fn drawn(model: &mut Model<Scalar>, tokenizer: &Tokenizer) -> (Request, Output) {
    let request = request(tokenizer, IDS);
    let output = generate(model, tokenizer, &request, &mut |_| ControlFlow::Continue(())).unwrap();
    (request, output)
}

fn bundle(model: &Model<Scalar>, request: &Request, output: &Output) -> Bundle {
    output.bundle(ModelRef { id: model.id, name: "tiny".into(), sources: Vec::new() }, request)
}

fn report(bundle: &Bundle, model: &mut Model<Scalar>, tokenizer: &Tokenizer) -> Report {
    verify(bundle.to_json().as_bytes(), Some((model, tokenizer)), &mut |_| ControlFlow::Continue(()))
        .expect("a processor has no faults")
}

#[test]
fn every_executor_draws_the_same_picture() {
    for seed in 0..40 {
        let tiny = Tiny::drawing(seed);
        let (mut reference, tokenizer) = model(seed);
        let mut ids: Vec<u32> = (0..IDS).map(|i| 260 + (i * 7 + seed as u32) % 40).collect();
        // An id that is no code.
        ids[3] = 5;
        let Poll::Ready(Ok(expected)) = reference.draw(&ids).unwrap().poll() else { panic!("the reference is ready") };
        assert_eq!((expected.width, expected.height, expected.pixels.len()), (12, 8, 3 * 12 * 8));
        for level in Level::available() {
            for (size, separate) in [(1, false), (2, false), (3, true)] {
                threads::run(size, |end| {
                    let mut model = load(&tiny.imo(), Simd::ranked(level, Box::new(end), separate)).unwrap();
                    let Poll::Ready(Ok(found)) = model.draw(&ids).unwrap().poll() else { panic!("a processor is ready") };
                    assert!(found == expected, "{level:?}, {size} ranks, seed {seed}");
                    let output = generate(&mut model, &tokenizer, &request(&tokenizer, IDS), &mut |_| ControlFlow::Continue(()));
                    assert_eq!(output.unwrap(), drawn(&mut load(&tiny.imo(), Scalar).unwrap(), &tokenizer).1);
                });
            }
        }
    }
}

#[test]
fn an_honest_picture_is_verified() {
    let (mut model, tokenizer) = model(1);
    let (request, output) = drawn(&mut model, &tokenizer);
    let picture = Picture::read(&output.content).expect("the content is a picture");
    assert_eq!((picture.width, picture.height), (12, 8));
    let report = report(&bundle(&model, &request, &output), &mut model, &tokenizer);
    assert_eq!(report.verdict, Verdict::Verified, "{}", report.to_json());
    let view = report.output.unwrap().picture.unwrap();
    assert_eq!((view.recreated.as_ref(), view.differing), (Some(&view.claimed), Some(0)));
}

#[test]
fn the_picture_so_far_is_shown_line_by_line() {
    let (mut model, tokenizer) = model(2);
    let request = request(&tokenizer, IDS);
    let mut job = GenerateJob::new(&model, &tokenizer, &request).unwrap().showing(&model, 1);
    let (mut shown, mut phases) = (Vec::new(), Vec::new());
    while !job.is_done() {
        let Poll::Ready(Ok(step)) = job.step(&mut model, &tokenizer) else { panic!("a processor is ready") };
        phases.push(step.phase);
        shown.extend(step.picture.cloned().map(|picture| (step.done, picture)));
    }
    assert_eq!(shown.iter().map(|(done, _)| *done).collect::<Vec<_>>(), [3, 6]);
    assert_eq!(phases.last(), Some(&Phase::Draw));
    let output = job.output(&model, &tokenizer).unwrap();
    assert_eq!(shown[1].1.png(), output.content);
    assert_eq!(output, drawn(&mut model, &tokenizer).1, "showing changes nothing");
}

#[test]
fn a_job_whose_ids_are_all_there_is_resumed_to_its_picture() {
    let (mut model, tokenizer) = model(3);
    let (request, output) = drawn(&mut model, &tokenizer);
    for stand in [0, 3, 6] {
        let job = GenerateJob::resume(&model, &tokenizer, &request, &output.ids, stand).unwrap();
        let again = openimo_core::generate::finish(job, &mut model, &tokenizer, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(again, output);
    }
}

#[test]
fn a_picture_has_all_its_ids() {
    let (mut model, tokenizer) = model(4);
    for n in [1, IDS - 1, IDS + 1] {
        let error = generate(&mut model, &tokenizer, &request(&tokenizer, n), &mut |_| ControlFlow::Continue(())).unwrap_err();
        assert!(matches!(error, GenerateError::PictureIds { max_tokens, expected: IDS } if max_tokens == n), "{error}");
    }
    let (request, output) = drawn(&mut model, &tokenizer);
    let mut short = bundle(&model, &request, &output);
    short.output.ids.pop();
    let report = report(&short, &mut model, &tokenizer);
    let Status::Failed { detail } = report.status(Code::OutputIds) else { panic!("{}", report.to_json()) };
    assert_eq!(detail, "5 ids, a picture of this model has 6");
}

#[test]
fn a_changed_pixel_is_named() {
    let (mut model, tokenizer) = model(5);
    let (request, output) = drawn(&mut model, &tokenizer);
    let honest = Picture::read(&output.content).unwrap();
    let forge = |content: Vec<u8>| {
        let mut forged = bundle(&model, &request, &Output { content: content.clone(), ..output.clone() });
        forged.statement.content_hash = content_hash(&content);
        forged
    };
    let mut changed = honest.clone();
    changed.pixels[3 * (12 * 2 + 5)] ^= 0x10;
    let of_other_size = Picture { width: 8, height: 12, pixels: honest.pixels.clone() };
    let mut with_trailer = honest.png();
    with_trailer.push(0);
    let forgeries = [
        (forge(changed.png()), "1 of 96 pixels differ, the first in column 5 of line 2: the ids give "),
        (forge(of_other_size.png()), "the ids give 12 by 8 pixels, the content has 8 by 12"),
        (forge(with_trailer), "the content is not the picture of the ids: "),
        (forge(b"a text".to_vec()), "the content is not the picture of the ids: it is no PNG file"),
    ];
    for (forged, expected) in forgeries {
        let report = report(&forged, &mut model, &tokenizer);
        let Status::Failed { detail } = report.status(Code::OutputText) else { panic!("{}", report.to_json()) };
        assert!(detail.starts_with(expected), "{detail}");
        assert_eq!(report.verdict, Verdict::NotVerified);
        assert_eq!(report.failed().collect::<Vec<_>>(), [Code::OutputText]);
    }
}

#[test]
fn other_ids_and_their_own_picture_are_not_what_the_model_draws() {
    let (mut model, tokenizer) = model(6);
    let (request, mut output) = drawn(&mut model, &tokenizer);
    output.ids[2] = if output.ids[2] == 270 { 271 } else { 270 };
    let Poll::Ready(Ok(picture)) = model.draw(&output.ids).unwrap().poll() else { panic!("the reference is ready") };
    output.content = picture.png();
    let report = report(&bundle(&model, &request, &output), &mut model, &tokenizer);
    assert_eq!(report.failed().collect::<Vec<_>>(), [Code::RecomputeIds]);
    assert_eq!(report.difference.unwrap().position, 2);
}
