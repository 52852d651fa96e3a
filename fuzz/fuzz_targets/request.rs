//! A request: no panic, and what is accepted is its own canonical form.
//!
//! `cargo +nightly fuzz run request`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openimo_core::request::Request;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(request) = Request::parse(text) {
        assert_eq!(request.canonical(), text);
    }
});
