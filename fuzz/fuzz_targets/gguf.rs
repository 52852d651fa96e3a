//! A GGUF file: an error or an import, never a panic, and memory bounded by the input.
//!
//! `cargo +nightly fuzz run gguf`.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use openimo_core::import::{Options, Source, import};

fuzz_target!(|input: &[u8]| {
    let Ok(source) = Source::gguf(input) else { return };
    let _ = import(&source, &Options::default(), Cursor::new(Vec::new()), &mut |_, _, _| ());
});
