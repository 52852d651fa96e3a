//! A small model's bundles: made natively, stored, and run again here with every executor of this build.

use std::ops::ControlFlow;

use openimo_core::backend::Backend;
use openimo_core::bundle::Bundle;
use openimo_core::generate::generate;
use openimo_core::model::file::load;
use openimo_core::request::Request;
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::verify::testing::{VALID, bundle_model, bundles};
use openimo_core::verify::{Verdict, verify};
use wasm_bindgen_test::wasm_bindgen_test;

const STORED_VALID: &str = include_str!("../../../../vectors/bundles/valid.json");
const STORED_OTHER_IDS: &str = include_str!("../../../../vectors/bundles/recompute.ids.json");

/// Generate the stored bundle again, and verify it and its altered copy.
fn run<B: Backend>(backend: B) {
    let mut model = load(&bundle_model().write().1, backend).unwrap();
    let tokenizer = Tokenizer::new(&model.tokenizer_section).unwrap();
    let bundle = Bundle::parse(STORED_VALID.as_bytes()).unwrap();
    let request = Request::parse(&bundle.request).unwrap();
    let output = generate(&mut model, &tokenizer, &request, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(output.ids, bundle.output.ids);
    let mut check = |text: &str| verify(text.as_bytes(), Some((&mut model, &tokenizer)), &mut |_| ControlFlow::Continue(()));
    assert_eq!(check(STORED_VALID).verdict, Verdict::Verified);
    let report = check(STORED_OTHER_IDS);
    assert_eq!(report.verdict, Verdict::NotVerified);
    assert!(report.difference.is_some(), "the report does not say where the ids part");
}

#[wasm_bindgen_test]
fn the_reference_runs_the_stored_bundles() {
    run(Scalar);
}

#[wasm_bindgen_test]
fn the_twins_run_the_stored_bundles_at_every_level() {
    for level in Level::available() {
        run(Simd::new(level));
    }
}

#[wasm_bindgen_test]
fn the_bundles_made_here_are_the_stored_ones() {
    let made = bundles();
    let text = |name: &str| &made.iter().find(|(n, _)| *n == name).unwrap().1;
    assert_eq!(text(VALID), STORED_VALID);
    assert_eq!(text("recompute.ids"), STORED_OTHER_IDS);
}
