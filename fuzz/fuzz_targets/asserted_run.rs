//! What somebody asserts on a chain: no panic, whatever the bytes of the run are, and examining it ends. After an even first byte, each three
//! bytes change one of a right run, so that what is read goes deep; else the input is the run.
//!
//! `cargo +nightly fuzz run asserted_run`.

#![no_main]

use std::cell::RefCell;
use std::ops::ControlFlow;

use alloy_sol_types::SolValue;
use libfuzzer_sys::fuzz_target;
use openimo_core::dispute::abi::Run;
use openimo_core::dispute::{assertion, examine};
use openimo_core::generate::generate;
use openimo_core::model::Model;
use openimo_core::model::file::load;
use openimo_core::request::Draft;
use openimo_core::scalar::Scalar;
use openimo_core::tokenizer::Tokenizer;
use openimo_core::verify::testing::bundle_model;

thread_local! {
    static MODEL: RefCell<(Model<Scalar>, Tokenizer, Vec<u8>)> = {
        let mut model = load(&bundle_model().imo(), Scalar).expect("the model is valid");
        let tokenizer = model.tokenizer().expect("its tokenizer is valid");
        let draft = Draft { prompt: Some("Hi".into()), max_tokens: Some(4), ..Draft::default() };
        let prompt = tokenizer.encode_prompt(&draft.prompt().expect("a prompt")).expect("it can be encoded");
        let request = draft.request(&prompt).expect("a request");
        let output = generate(&mut model, &tokenizer, &request, &mut |_| ControlFlow::Continue(())).expect("an output");
        let (run, _) = assertion(&mut model, &tokenizer, &request, &prompt, &output.ids);
        RefCell::new((model, tokenizer, run.abi_encode()))
    };
}

fuzz_target!(|input: &[u8]| {
    MODEL.with_borrow_mut(|(model, tokenizer, right)| {
        let mut bytes = input.to_vec();
        if let Some((0, changes)) = input.split_first().map(|(first, rest)| (first & 1, rest)) {
            bytes.clone_from(right);
            for change in changes.chunks_exact(3) {
                let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % bytes.len();
                bytes[at] = change[2];
            }
        }
        let Ok(run) = Run::abi_decode(&bytes) else { return };
        if run.modelId.0 == model.id.0 {
            drop(examine(model, tokenizer, &run));
        }
    });
});
