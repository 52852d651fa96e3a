use std::ops::ControlFlow;

use super::*;
use crate::model::file::load;
use crate::verify::recompute::recompute;
use crate::verify::testing::{VALID, bundle_model, bundles, expected};

fn model() -> (Model<Scalar>, Tokenizer) {
    let model = load(&bundle_model().imo(), Scalar).unwrap();
    let tokenizer = Tokenizer::new(&model.tokenizer_section).unwrap();
    (model, tokenizer)
}

fn check(bytes: &[u8]) -> Report {
    let (mut model, tokenizer) = model();
    verify(bytes, Some((&mut model, &tokenizer)), &mut |_| ControlFlow::Continue(()))
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
    let report = verify(text.as_bytes(), Some((&mut model, &tokenizer)), &mut |_| ControlFlow::Break(()));
    assert_eq!(report.verdict, Verdict::Verified);
    // An output of several windows stops in between.
    let bundle = Bundle::parse(text.as_bytes()).unwrap();
    let request = Request::parse(&bundle.request).unwrap();
    let prompt = tokenizer.encode_prompt(&request.prompt).unwrap();
    model.manifest.config.context = 1024;
    let long = Request { max_tokens: 200, ..request };
    let ids = generate_ids(&mut model, &prompt, &long);
    let mut calls = 0;
    let stopped = recompute(&mut model, &prompt, &ids, &long, &mut |_| {
        calls += 1;
        if calls == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Recomputation::Cancelled { checked } if checked == 128 - prompt.len() + 1), "{stopped:?}");
    let same = recompute(&mut model, &prompt, &ids, &long, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(same, Recomputation::Same(_)), "batches give the bits of single steps: {same:?}");
    for position in [0, 1, 47, 48, 49, 111, 112, 199] {
        let mut forged = ids.clone();
        forged[position] = (forged[position] + 1) % 256;
        let result = recompute(&mut model, &prompt, &forged, &long, &mut |_| ControlFlow::Continue(()));
        let Recomputation::Differs { position: at, expected, found } = result else { panic!("{result:?}") };
        assert_eq!((at, expected, found), (position, ids[position], forged[position]));
    }
}

/// Ids one at a time, past any stop id.
fn generate_ids(model: &mut Model<Scalar>, prompt: &[u32], request: &Request) -> Vec<u32> {
    let mut session = model.session(prompt.len());
    let mut input = prompt.to_vec();
    let mut ids = Vec::new();
    while ids.len() < request.max_tokens as usize {
        let logits = model.forward(&mut session, &input, 1);
        let id = crate::generate::pick(&mut model.backend, logits, 0, request, ids.len());
        ids.push(id);
        input = vec![id];
    }
    ids
}
