//! The logits of 1,000 random models are those that the reference gave natively: on every executor of this build, in one batch and
//! token by token.

use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::vectors::random_models::{Calls, check};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const STORED: &str = include_str!("../../../../vectors/golden/random_models.json");

#[test]
fn the_reference_gives_the_stored_logits() {
    for calls in [Calls::Batch, Calls::Steps] {
        check(STORED, || Scalar, calls).unwrap();
    }
}

#[test]
fn the_twins_give_the_stored_logits_at_every_level() {
    for level in Level::available() {
        for calls in [Calls::Batch, Calls::Steps] {
            check(STORED, || Simd::new(level), calls).unwrap();
        }
    }
}

#[test]
fn another_digest_is_noticed() {
    let altered = STORED.replacen("\"0x", "\"0x00", 1);
    assert!(check(&altered, || Scalar, Calls::Batch).is_err());
    let at = STORED.find("0x").expect("a digest") + 2;
    let digit = if STORED.as_bytes()[at] == b'0' { "1" } else { "0" };
    let altered = format!("{}{digit}{}", &STORED[..at], &STORED[at + 1..]);
    assert_eq!(check(&altered, || Scalar, Calls::Batch).unwrap_err(), "the logits of models 0 to 99 differ");
}
