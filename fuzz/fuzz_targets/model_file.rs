//! A model file: no panic, and what loads runs.
//!
//! `cargo +nightly fuzz run model_file`; an input that begins with the format's magic is a file as it stands, any other is a list of changes
//! (`offset u16, value u8`) to the payload of a small valid file, whose hashes are made to fit again.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use openimo_core::model::file::{Header, MAGIC, Parsed, load};
use openimo_core::model::testing::{Sizes, Tiny, assemble};
use openimo_core::scalar::Scalar;

static VALID: LazyLock<(Header, Vec<u8>)> = LazyLock::new(|| {
    let sizes = Sizes { layers: 1, heads: 2, vocab: (257, 257), d_ff: &[2048 + 64] };
    let file = Tiny::sized(9, &sizes).imo();
    let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a valid file") };
    let payload = file[header.len() as usize..].to_vec();
    (*header, payload)
});

fuzz_target!(|input: &[u8]| {
    let file = if input.starts_with(&MAGIC) {
        input.to_vec()
    } else {
        let (header, payload) = &*VALID;
        let mut payload = payload.clone();
        for change in input.chunks_exact(3) {
            let at = usize::from(u16::from_le_bytes([change[0], change[1]])) * payload.len() >> 16;
            payload[at] = change[2];
        }
        assemble(&header.manifest, &payload)
    };
    let Ok(mut model) = load(&file, Scalar) else { return };
    let config = &model.manifest.config;
    let last = config.vocab - 1;
    // Running a model of any size takes any time.
    if config.context >= 2 && config.vocab < 1 << 12 && config.n_layers < 4 {
        let mut session = model.session(2);
        model.forward(&mut session, &[0, last], 1);
    }
});
