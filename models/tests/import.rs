//! What the importer says to a folder of a model that draws in which something is wrong.

use std::collections::BTreeMap;
use std::io::Cursor;

use openimo_core::import::{ImportError, Options, Source, import};
use openimo_models::Bundled;

/// Import pixel-nano with another configuration.
fn imported(from: &str, to: &str) -> Result<(), ImportError> {
    let bundled = Bundled::find("pixel-nano").expect("it ships");
    let config = bundled.files.iter().find(|(name, _)| *name == "config.json").expect("there is one").1;
    let text = std::str::from_utf8(config).expect("JSON is UTF-8");
    assert!(text.contains(from), "the configuration has no {from}");
    let changed = text.replacen(from, to, 1);
    let mut files: BTreeMap<String, &[u8]> = bundled.files.iter().map(|&(name, bytes)| (name.to_owned(), bytes)).collect();
    files.insert("config.json".to_owned(), changed.as_bytes());
    import(&Source::hugging_face(files)?, &Options::default(), Cursor::new(Vec::new()), &mut |_, _, _| {}).map(drop)
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        ("\"vq_decoder\": {", "\"vq_encoder\": {", "vq_decoder.codebook.weight"),
        ("\"vq_decoder\": {", "\"vq_decoder\": 7, \"x\": {", "vq_decoder"),
        ("\"codes\": 127", "\"codes\": 128", "image.first_code"),
        ("\"codes\": 127", "\"codes\": 126", "vq_decoder.codebook.weight"),
        ("\"codes\": 127", "\"codes\": -1", "codes"),
        ("\"code_dim\": 32", "\"code_dim\": 64", "vq_decoder.codebook.weight"),
        ("\"code_dim\"", "\"dim\"", "code_dim"),
        ("\"grid_height\": 6", "\"grid_height\": 4294967295", "image.grid_height"),
        ("\"grid_width\": 6", "\"grid_width\": 60", "image.grid_height"),
        ("\"out_channels\": 3,", "\"out_channels\": 4,", "image.convs.channels"),
        ("\"out_channels\": 32,", "\"out_channels\": 64,", "vq_decoder.convs.0.weight"),
        ("\"layers\"", "\"convs\"", "vq_decoder.layers"),
        ("\"upsample\": false", "\"upsample\": \"no\"", "upsample"),
    ];
    for (from, to, named) in cases {
        let error = imported(from, to).expect_err(to).to_string();
        assert!(error.contains(named), "{to}: {error}");
    }
    imported("\"hidden_act\": \"silu\"", "\"hidden_act\": \"swish\"").expect("the other name of it");
}
