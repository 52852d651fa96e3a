//! `vectors/tokenizer`: ids, bytes and chats of every style.

#[path = "../../../core/tests/tokenizer/checks.rs"]
mod checks;

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn ids_bytes_and_chats_of_every_style() {
    for (name, vector) in checks::STYLES {
        checks::check_style(name, vector);
    }
}

#[wasm_bindgen_test]
fn templates_as_jinja2_renders_them() {
    checks::check_templates(checks::TEMPLATES);
}
