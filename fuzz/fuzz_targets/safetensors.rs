//! A Hugging Face folder: an error or an import, never a panic, and memory bounded by the input.
//!
//! `cargo +nightly fuzz run safetensors`; the input is `config.json`, a byte 0, `tokenizer.json`, a byte 0, and the tensor file.

#![no_main]

use std::collections::BTreeMap;
use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use openimo_core::import::{Options, Source, import};

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |&b| b == 0);
    let names = ["config.json", "tokenizer.json", "model.safetensors"];
    let files: BTreeMap<String, &[u8]> = names.into_iter().map(|name| (name.to_owned(), parts.next().unwrap_or_default())).collect();
    let Ok(source) = Source::hugging_face(files) else { return };
    let _ = import(&source, &Options::default(), Cursor::new(Vec::new()), &mut |_, _, _| ());
});
