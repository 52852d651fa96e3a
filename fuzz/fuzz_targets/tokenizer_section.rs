//! A tokenizer section and a text: no panic, ids in range, and decoding goes id by id.
//!
//! `cargo +nightly fuzz run tokenizer_section`; the input is the section, then a byte 0, then the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openimo_core::request::Message;
use openimo_core::tokenizer::Tokenizer;

fuzz_target!(|input: &[u8]| {
    let (section, text) = input.split_at(input.iter().position(|&b| b == 0).unwrap_or(input.len()));
    let Ok(tokenizer) = Tokenizer::new(section) else { return };
    let text = String::from_utf8_lossy(text);
    if let Ok(ids) = tokenizer.encode_text(&text) {
        assert!(ids.iter().all(|&id| (id as usize) < tokenizer.vocab_size()));
        let apart: Vec<u8> = ids.iter().flat_map(|&id| tokenizer.decode_bytes(&[id])).collect();
        assert_eq!(tokenizer.decode_bytes(&ids), apart);
    }
    let _ = tokenizer.render_chat(&[Message::new("system", "a"), Message::user(text)]);
});
