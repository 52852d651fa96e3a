//! A small model's output, natively (where this test runs too) and in WebAssembly: every executor of the build generates what the
//! reference did, verifies it, and finds where an altered copy parts.

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
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn bundle(name: &str) -> String {
    bundles().into_iter().find(|(n, _)| *n == name).unwrap().1
}

/// Generate the bundle again, and verify it and its altered copy.
fn run<B: Backend>(backend: B) {
    let mut model = load(&bundle_model().imo(), backend).unwrap();
    let tokenizer = Tokenizer::new(&model.tokenizer_section).unwrap();
    let valid = bundle(VALID);
    let read = Bundle::parse(valid.as_bytes()).unwrap();
    let request = Request::parse(&read.request).unwrap();
    let output = generate(&mut model, &tokenizer, &request, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(output.ids, read.output.ids);
    let mut check =
        |text: &str| verify(text.as_bytes(), Some((&mut model, &tokenizer)), &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(check(&valid).verdict, Verdict::Verified);
    let report = check(&bundle("recompute.ids"));
    assert_eq!(report.verdict, Verdict::NotVerified);
    assert!(report.difference.is_some(), "the report does not say where the ids part");
}

#[test]
fn the_reference_runs_the_bundles() {
    run(Scalar);
}

#[test]
fn the_twins_run_the_bundles_at_every_level() {
    for level in Level::available() {
        run(Simd::new(level));
    }
}
