//! A picture's file: no panic, no more memory than a few times the input, and whatever is read is the file of what was read.
//!
//! `cargo +nightly fuzz run picture`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openimo_core::picture::Picture;

fuzz_target!(|input: &[u8]| {
    if let Ok(picture) = Picture::read(input) {
        assert_eq!(picture.png(), input);
    }
});
