use std::ops::ControlFlow;
use std::task::Poll;

use super::*;
use crate::device::{Executor, Fault};
use crate::generate::{GenerateJob, Phase};
use crate::model::file::load;
use crate::verify::recompute::RecomputeJob;
use crate::verify::testing::{VALID, bundle_model, bundles, expected};

fn model() -> (Model<Scalar>, Tokenizer) {
    let model = load(&bundle_model().imo(), Scalar).unwrap();
    let tokenizer = Tokenizer::new(&model.tokenizer_section).unwrap();
    (model, tokenizer)
}

fn check(bytes: &[u8]) -> Report {
    let (mut model, tokenizer) = model();
    verify(bytes, Some((&mut model, &tokenizer)), &mut |_| ControlFlow::Continue(())).unwrap()
}

fn vector(name: &str) -> String {
    bundles().into_iter().find(|(n, _)| *n == name).unwrap().1
}

#[test]
fn a_valid_bundle_is_recomputed() {
    let text = vector(VALID);
    let report = check(text.as_bytes());
    assert_eq!(report.verdict, Verdict::Verified, "{}", report.render());
    assert!(matches!(report.level, Some(Level::Recomputed(_))));
    let output = report.output.as_ref().unwrap();
    assert_eq!(output.ids.iter().map(|id| id.text.clone().unwrap()).collect::<String>(), output.text);
    assert!(output.ids.iter().all(|id| id.outcome == IdOutcome::Same));
    assert_eq!(check(text.as_bytes()).to_json(), report.to_json(), "the same bytes give the same report");
    assert_eq!(report.checks.iter().map(|check| check.code).collect::<Vec<_>>(), Code::ALL);
}

#[test]
fn each_code_has_a_bundle_that_gives_exactly_it() {
    for (name, text) in bundles() {
        let Some(code) = Code::from_text(name) else { continue };
        let report = check(text.as_bytes());
        assert_eq!(report.status(code).word(), expected(code), "{name}\n{}", report.render());
        let failed: Vec<Code> = report.failed().collect();
        if expected(code) == "failed" {
            assert_eq!(failed, [code], "{}", report.render());
            assert_eq!((report.verdict, report.level), (Verdict::NotVerified, Some(Level::Invalid)));
        } else {
            assert_eq!(failed, [], "{}", report.render());
            assert_eq!(report.verdict, Verdict::CouldNotCheck, "what cannot be checked is neither true nor false");
            assert_ne!(report.level, Some(Level::Invalid));
        }
    }
}

#[test]
fn stored_bundles_are_these() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/bundles");
    for (name, text) in bundles() {
        let stored = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap_or_default();
        assert_eq!(stored, text, "{name}.json is stale: run `cargo xtask vectors`");
    }
}

#[test]
fn the_difference_is_named() {
    let report = check(vector("recompute.ids").as_bytes());
    let difference = report.difference.as_ref().unwrap();
    let output = report.output.as_ref().unwrap();
    assert_eq!(difference.position, 5);
    assert_eq!(difference.found.id, output.ids[5].id);
    let valid = Bundle::parse(vector(VALID).as_bytes()).unwrap();
    assert_eq!(difference.expected.id, valid.output.ids[5]);
    let outcomes: Vec<IdOutcome> = output.ids.iter().map(|id| id.outcome).collect();
    assert_eq!(outcomes[..5], [IdOutcome::Same; 5]);
    assert_eq!(outcomes[5], IdOutcome::Differs);
    assert!(outcomes[6..].iter().all(|&outcome| outcome == IdOutcome::Unchecked));
    assert!(report.render().contains("The output parts at generated id 5"), "{}", report.render());
}

#[test]
fn without_a_model_no_more_than_consistency() {
    let report = check_bundle(vector(VALID).as_bytes());
    assert_eq!(report.verdict, Verdict::CouldNotCheck);
    assert!(matches!(report.level, Some(Level::Consistent(_))));
    assert_eq!(report.failed().count(), 0);
    // Whatever hashes alone can tell is still told.
    for code in Code::ALL {
        let report = check_bundle(vector(code.as_str()).as_bytes());
        let needs_model = matches!(
            code,
            Code::ModelId
                | Code::RequestPromptIds
                | Code::RequestContext
                | Code::OutputText
                | Code::OutputIds
                | Code::RecomputeIds
                | Code::StatementTraceRoot
        );
        let wanted = if needs_model { "skipped" } else { expected(*code) };
        assert_eq!(report.status(*code).word(), wanted, "{}", report.render());
    }
}

#[test]
fn another_model_at_hand_is_not_a_failure() {
    let report = check(vector("model.id").as_bytes());
    let (named, given) = (crate::commit::ModelId([1; 32]), model().0.id);
    let reason = report.status(Code::ModelId).detail().unwrap();
    assert!(reason.contains(&named.to_string()) && reason.contains(&given.to_string()), "{reason}");
    assert!(report.summary.contains(&given.to_string()), "{}", report.summary);
    assert!(matches!(report.level, Some(Level::Consistent(_))));
}

#[test]
fn a_cancelled_run_says_nothing_false() {
    let text = vector(VALID);
    let (mut model, tokenizer) = model();
    // The only window is also the last, so the run is complete when it could be cancelled.
    let report = verify(text.as_bytes(), Some((&mut model, &tokenizer)), &mut |_| ControlFlow::Break(())).unwrap();
    assert_eq!(report.verdict, Verdict::Verified);
    // An output of several windows stops in between.
    let bundle = Bundle::parse(text.as_bytes()).unwrap();
    let request = Request::parse(&bundle.request).unwrap();
    let prompt = tokenizer.encode_prompt(&request.prompt).unwrap();
    model.manifest.config.context = 1024;
    let long = Request { max_tokens: 200, ..request };
    let ids = generate_ids(&mut model, &prompt, &long);
    let stopped = recompute(&mut model, &prompt, &ids, &long, 0, 2);
    assert!(matches!(stopped, Recomputation::Cancelled { checked } if checked == 128 - prompt.len() + 1), "{stopped:?}");
    let same = recompute(&mut model, &prompt, &ids, &long, 0, usize::MAX);
    assert!(matches!(same, Recomputation::Same(_)), "batches give the bits of single steps: {same:?}");
    for position in [0, 1, 47, 48, 49, 111, 112, 199] {
        let mut forged = ids.clone();
        forged[position] = (forged[position] + 1) % 256;
        let result = recompute(&mut model, &prompt, &forged, &long, 0, usize::MAX);
        let Recomputation::Differs { position: at, expected, found } = result else { panic!("{result:?}") };
        assert_eq!((at, expected, found), (position, ids[position], forged[position]));
        // What another executor found the same is not run again, what comes after it is.
        let result = recompute(&mut model, &prompt, &forged, &long, position, usize::MAX);
        assert!(matches!(result, Recomputation::Differs { position: at, .. } if at == position), "{result:?}");
        if position + 1 < ids.len() {
            let result = recompute(&mut model, &prompt, &forged, &long, position + 1, usize::MAX);
            assert!(!matches!(result, Recomputation::Differs { position: at, .. } if at <= position), "{result:?}");
        }
    }
}

/// Ids one at a time, past any stop id.
fn generate_ids(model: &mut Model<Scalar>, prompt: &[u32], request: &Request) -> Vec<u32> {
    let mut session = model.session(prompt.len());
    let mut input = prompt.to_vec();
    let mut ids = Vec::new();
    while ids.len() < request.max_tokens as usize {
        let logits = model.forward(&mut session, &input, 1);
        let u = crate::ops::sample::draw(&request.seed.0, ids.len() as u64);
        let id = model.backend.choose(logits, &request.sampler, &[u])[0];
        ids.push(id);
        input = vec![id];
    }
    ids
}

/// Run so many steps.
fn recompute(
    model: &mut Model<Scalar>,
    prompt: &[u32],
    ids: &[u32],
    request: &Request,
    checked: usize,
    steps: usize,
) -> Recomputation {
    let mut job = RecomputeJob::new(model, prompt, ids, request, checked, false);
    for _ in 0..steps {
        if job.is_done() {
            break;
        }
        assert!(matches!(job.step(model), Poll::Ready(Ok(_))));
    }
    job.result()
}

#[test]
fn a_verification_that_a_device_failed_in_is_finished_elsewhere_and_says_so() {
    let bytes = vector(VALID);
    let (mut model, tokenizer) = model();
    let report = verify(bytes.as_bytes(), Some((&mut model, &tokenizer)), &mut |_| ControlFlow::Continue(())).unwrap();
    let on = report.recomputed_on.expect("it was run");
    assert_eq!((on.executor, on.fallback), (Executor::cpu("reference"), None));
    let faults =
        [(Fault::Lost("unplugged".into()), "device.lost"), (Fault::Mismatch { operator: "linear", row: 0 }, "device.mismatch")];
    for (fault, code) in faults {
        for checked in [0, 5, 12, 99] {
            let at_hand = Some((&model, &tokenizer));
            let job = VerifyJob::resume(bytes.as_bytes(), at_hand, checked, Some(fault.clone()));
            let report = finish(job, &mut model, &tokenizer, &mut |_| ControlFlow::Continue(())).unwrap();
            assert_eq!(report.verdict, Verdict::Verified);
            assert!(report.render().contains(code));
            assert_eq!(report.recomputed_on.unwrap().fallback.unwrap().code, code);
        }
    }
    // Ids that a device found the same before it was found wrong are run again.
    let forged = vector("recompute.ids");
    let job = |fault| VerifyJob::resume(forged.as_bytes(), Some((&model, &tokenizer)), 99, Some(fault));
    let (doubted, kept) = (job(Fault::Mismatch { operator: "linear", row: 0 }), job(Fault::Lost(String::new())));
    let mut end = |job| finish(job, &mut model, &tokenizer, &mut |_| ControlFlow::Continue(())).unwrap().difference;
    let at = end(doubted).expect("the forgery is found").position;
    assert!(end(kept).is_none_or(|difference| difference.position > at));
}

#[test]
fn a_generation_that_a_device_failed_in_goes_on_from_the_ids_that_stand() {
    let (mut model, tokenizer) = model();
    let read = Bundle::parse(vector(VALID).as_bytes()).unwrap();
    let request = Request::parse(&read.request).unwrap();
    let ids = &read.output.ids;
    for n in 0..ids.len() {
        for (stand, wrong_from) in [(0, n), (n, n), (0, n / 2), (n / 2, n / 2)] {
            let begun: Vec<u32> =
                ids[..n].iter().enumerate().map(|(i, &id)| if i < wrong_from { id } else { (id + 1) % 256 }).collect();
            let mut job = GenerateJob::resume(&model, &tokenizer, &request, &begun, stand).unwrap();
            let mut first = None;
            let mut text = String::new();
            while !job.is_done() {
                let Poll::Ready(Ok(step)) = job.step(&mut model, &tokenizer) else { panic!("the processor has no faults") };
                if step.phase == Phase::Generate {
                    first.get_or_insert(step.done);
                    text.push_str(step.piece);
                }
            }
            let output = job.output(&model, &tokenizer).unwrap();
            assert_eq!((&output.ids, first), (ids, Some(wrong_from.min(n) + 1)), "{n} ids, wrong from {wrong_from}");
            assert!(String::from_utf8_lossy(&output.content).ends_with(&text));
        }
    }
}
