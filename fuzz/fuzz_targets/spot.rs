//! A spot: no panic, whatever is read is written and read again, and checking it ends.
//!
//! `cargo +nightly fuzz run spot`.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::scalar::Scalar;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::trace::spot::Spot;
use openimo_core::verify::testing::bundle_model;

thread_local! {
    static MODEL: RefCell<(Model<Scalar>, Tokenizer)> = {
        let model = load(&bundle_model().imo(), Scalar).expect("the model is valid");
        let tokenizer = model.tokenizer().expect("its tokenizer is valid");
        RefCell::new((model, tokenizer))
    };
}

fuzz_target!(|input: &[u8]| {
    let Ok(spot) = Spot::parse(input) else { return };
    assert_eq!(Spot::parse(spot.to_json().as_bytes()).expect("it was written here"), spot);
    MODEL.with_borrow_mut(|(model, tokenizer)| drop(spot.check(model, tokenizer)));
});
