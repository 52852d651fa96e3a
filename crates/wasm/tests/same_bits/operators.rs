//! `vectors/ops` against the reference and the vector twins of this build.

use openimo_core::ops::Op;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::vectors::{Reference, Room, Twin, check};
use wasm_bindgen_test::wasm_bindgen_test;

/// The files that come with this test, by operator.
const STORED: [(&str, &str); 14] = [
    ("attention", include_str!("../../../../vectors/ops/attention.json")),
    ("bfpq", include_str!("../../../../vectors/ops/bfpq.json")),
    ("conv2d", include_str!("../../../../vectors/ops/conv2d.json")),
    ("embedding", include_str!("../../../../vectors/ops/embedding.json")),
    ("head", include_str!("../../../../vectors/ops/head.json")),
    ("linear", include_str!("../../../../vectors/ops/linear.json")),
    ("pixel", include_str!("../../../../vectors/ops/pixel.json")),
    ("residual", include_str!("../../../../vectors/ops/residual.json")),
    ("rmsnorm", include_str!("../../../../vectors/ops/rmsnorm.json")),
    ("rope", include_str!("../../../../vectors/ops/rope.json")),
    ("sample", include_str!("../../../../vectors/ops/sample.json")),
    ("silu", include_str!("../../../../vectors/ops/silu.json")),
    ("swiglu", include_str!("../../../../vectors/ops/swiglu.json")),
    ("upsample", include_str!("../../../../vectors/ops/upsample.json")),
];

fn check_all(room: &mut dyn Room) {
    for op in Op::ALL {
        let name = op.info().name;
        let (_, stored) =
            STORED.iter().find(|(stored, _)| *stored == name).unwrap_or_else(|| panic!("no vectors of {name} here"));
        let cases = check(op, stored, room).unwrap_or_else(|e| panic!("{e}"));
        assert!(cases >= 10, "{name} has only {cases} cases");
    }
}

#[wasm_bindgen_test]
fn the_reference_gives_the_stored_vectors() {
    check_all(&mut Reference);
}

#[wasm_bindgen_test]
fn the_twins_give_the_stored_vectors_at_every_level() {
    assert_eq!(cfg!(target_feature = "simd128"), Level::available().contains(&Level::Simd128));
    for level in Level::available() {
        check_all(&mut Twin(Simd::new(level)));
    }
}
