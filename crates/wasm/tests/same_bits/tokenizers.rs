//! `vectors/tokenizer`: ids, bytes and chats of every style.

#[path = "../../../core/tests/support/tokenizer_checks.rs"]
mod tokenizer_checks;

use tokenizer_checks::{check_style, check_templates};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn ids_bytes_and_chats_of_every_style() {
    for (name, vector) in tokenizer_styles!("../../../../vectors/tokenizer") {
        check_style(name, vector);
    }
}

#[wasm_bindgen_test]
fn templates_as_jinja2_renders_them() {
    check_templates(include_str!("../../../../vectors/tokenizer/templates.json"));
}
