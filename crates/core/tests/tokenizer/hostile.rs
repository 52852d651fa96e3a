//! Tokenizer sections and files that are wrong, by accident or by intent: a clear error, never a panic.

use openimo_core::request::Message;
use openimo_core::tokenizer::{GgufTokenizer, MAX_SECTION, Tokenizer, TokenizerError, TokenizerSection};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::checks::{STYLES, from_hf, gguf};

fn vector(name: &str) -> Value {
    let text = STYLES.iter().find(|(n, _)| *n == name).expect("a style").1;
    serde_json::from_str(text).expect("JSON")
}

fn section(name: &str) -> Vec<u8> {
    TokenizerSection::from_gguf(gguf(&vector(name)["gguf"])).unwrap().to_bytes().unwrap()
}

/// The error of a section in which the value at `pointer` was replaced.
fn changed(name: &str, pointer: &str, to: Value) -> TokenizerError {
    let mut value: Value = serde_json::from_slice(&section(name)).unwrap();
    *value.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = to;
    Tokenizer::new(value.to_string().as_bytes()).expect_err(pointer)
}

#[test]
fn each_defect_of_a_section_has_its_error() {
    let cases = [
        ("/tokenizer/version", json!("2.0"), "version"),
        ("/tokenizer/model/type", json!("Unigram"), "unknown variant `Unigram`"),
        ("/tokenizer/model/dropout", json!(0.1), "dropout"),
        ("/tokenizer/model/continuing_subword_prefix", json!("##"), "empty string"),
        ("/tokenizer/model/merges/0", json!(["Ġ", "nowhere"]), "nowhere"),
        ("/tokenizer/model/merges/0", json!("three small words"), "one space"),
        ("/tokenizer/model/vocab/a", json!(1.5), "invalid type"),
        ("/tokenizer/model/vocab/a", json!(-1), "invalid value"),
        ("/tokenizer/model/vocab/a", json!(1 << 20), "an id is too large"),
        ("/tokenizer/model/vocab/a", json!(70), "two pieces have the id 70"),
        ("/tokenizer/model/unk_token", json!("<none>"), "<none>"),
        ("/tokenizer/added_tokens/0/id", json!(9), "should have the id 0, not 9"),
        ("/tokenizer/added_tokens/0/content", json!(""), "empty"),
        ("/tokenizer/added_tokens/1/content", json!("<|endoftext|>"), "added twice"),
        ("/tokenizer/pre_tokenizer", json!({"type": "BertPreTokenizer"}), "unknown variant `BertPreTokenizer`"),
        ("/tokenizer/pre_tokenizer", json!({"type": "Digits", "individual_digits": true, "new": 1}), "unknown field `new`"),
        (
            "/tokenizer/pre_tokenizer",
            json!({"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": false}),
            "unknown split pattern",
        ),
        (
            "/tokenizer/pre_tokenizer",
            json!({"type": "Split", "pattern": {"Regex": "\\p{N}"}, "behavior": "Isolated", "invert": true}),
            "expected false",
        ),
        (
            "/tokenizer/pre_tokenizer/pretokenizers",
            json!(vec![json!({"type": "Digits", "individual_digits": true}); 17]),
            "too large",
        ),
        ("/tokenizer/normalizer", json!({"type": "Precompiled", "precompiled_charsmap": ""}), "unknown variant `Precompiled`"),
        ("/tokenizer/normalizer", json!({"type": "Prepend", "prepend": "long"}), "character"),
        ("/tokenizer/normalizer", json!({"type": "Replace", "pattern": {"Regex": ".*"}, "content": "x"}), "Regex"),
        ("/tokenizer/decoder", json!({"type": "Strip", "content": "x", "start": 1, "stop": 1}), "Strip"),
        ("/tokenizer/decoder", json!({"type": "CTC"}), "unknown variant `CTC`"),
        ("/stop_ids", json!([2, 2]), "not ascending"),
        ("/stop_ids", json!([100_000]), "named but not in it"),
        ("/stop_ids", json!((0..65).collect::<Vec<u32>>()), "too large"),
        ("/bos_id", json!(1u64 << 40), "u32"),
        ("/add_bos", json!(1), "invalid type"),
        ("/template_tokens", json!({"sep_token": "x"}), "sep_token"),
        ("/chat_template", json!("{{ 1.5 }}"), "float"),
        ("/chat_template", json!("{% if %}"), "template"),
        ("/chat_template", json!("x".repeat(1 << 19)), "too large"),
    ];
    for (pointer, to, expected) in cases {
        let error = changed("smollm", pointer, to).to_string();
        assert!(error.contains(expected), "{pointer}: {error:?} does not say {expected:?}");
        assert!(error.len() < 600, "{pointer}: {} bytes", error.len());
    }
    assert!(Tokenizer::new(b"").is_err());
    assert!(matches!(Tokenizer::new(&vec![b' '; MAX_SECTION + 1]), Err(TokenizerError::TooLarge { .. })));
    let text = String::from_utf8(section("smollm")).unwrap();
    let twice = text.replacen("\"a\":", "\"a\":5000,\"a\":", 1);
    assert!(Tokenizer::new(twice.as_bytes()).unwrap_err().to_string().contains("has two ids"));
    let deep = format!("{{\"tokenizer\":{}", "[".repeat(100_000));
    assert!(Tokenizer::new(deep.as_bytes()).is_err());
    assert!(!changed("llama2", "/bos_id", Value::Null).to_string().is_empty(), "add_bos without an id");
}

#[test]
fn each_defect_of_gguf_metadata_has_its_error() {
    let source = || gguf(&vector("smollm")["gguf"]);
    let error = |source: GgufTokenizer| TokenizerSection::from_gguf(source).unwrap_err().to_string();
    assert!(error(GgufTokenizer { model: "t5".into(), ..source() }).contains("\"t5\""));
    assert!(error(GgufTokenizer { pre: Some("new-model".into()), ..source() }).contains("\"new-model\""));
    assert!(error(GgufTokenizer { tokens: Vec::new(), ..source() }).contains("tokens is missing"));
    assert!(error(GgufTokenizer { token_types: vec![1], ..source() }).contains("token_type has 1 values"));
    assert!(error(GgufTokenizer { eos_id: Some(1 << 30), ..source() }).contains("named but there are"));
    assert!(error(GgufTokenizer { merges: vec!["ab".into()], ..source() }).contains("one space"));
    assert!(error(GgufTokenizer { model: "llama".into(), ..source() }).contains("scores is missing"));
    let mut doubled = source();
    doubled.tokens[300] = doubled.tokens[301].clone();
    assert!(error(doubled).contains("has two ids"));
    let mut spm = gguf(&vector("llama2")["gguf"]);
    spm.scores[300] = f32::NAN;
    assert!(error(spm).contains("not a number"));
}

#[test]
fn each_defect_of_a_folder_has_its_error() {
    let with = |pointer: &str, to: Value| {
        let mut files = vector("llama3")["hf"].clone();
        *files.pointer_mut(pointer).unwrap() = to;
        from_hf(&files)
    };
    assert!(with("/tokenizer/model", json!({"type": "WordLevel"})).unwrap_err().to_string().contains("WordLevel"));
    assert!(with("/tokenizer", json!([])).is_err());
    assert!(with("/generation_config/eos_token_id", json!("x")).unwrap_err().to_string().contains("eos_token_id"));
    assert!(
        with("/tokenizer_config/chat_template", json!([{"name": "rag", "template": ""}]))
            .unwrap_err()
            .to_string()
            .contains("default")
    );
    assert!(with("/tokenizer_config/chat_template", json!(3)).is_err());
    let named = json!([{"name": "rag", "template": "no"}, {"name": "default", "template": "yes"}]);
    assert_eq!(with("/tokenizer_config/chat_template", named).unwrap().chat_template.as_deref(), Some("yes"));
    let several = with("/generation_config/eos_token_id", json!([3, 1, 3])).unwrap();
    assert!(several.stop_ids.starts_with(&[1, 3]) && several.stop_ids.len() == 3, "{:?}", several.stop_ids);
    let none = with("/tokenizer_config/chat_template", Value::Null).unwrap();
    let tokenizer = Tokenizer::new(&none.to_bytes().unwrap()).unwrap();
    assert_eq!(tokenizer.render_chat(&[Message::user("Hi")]), Err(TokenizerError::NoTemplate));
}

/// Everything that a tokenizer does; what it gives does not matter here.
fn exercise(section: &[u8]) {
    let Ok(tokenizer) = Tokenizer::new(section) else { return };
    for text in ["", "Würde <|im_end|>\n\n  1234 x\u{0}\u{1f99c}", "<s>▁ab<0x0A>", "   "] {
        if let Ok(ids) = tokenizer.encode_text(text) {
            assert!(ids.iter().all(|&id| (id as usize) < tokenizer.vocab_size()));
            tokenizer.content_bytes(&ids);
        }
    }
    let _ = tokenizer.render_chat(&[Message::new("system", "a"), Message::user("b {{ c }}")]);
}

/// A value that could stand where another stood.
fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i64..70000).prop_map(Value::from),
        prop_oneof![Just(0.0), Just(1e300), Just(-1.5)].prop_map(Value::from),
        prop_oneof![
            Just(""),
            Just(" "),
            Just("▁"),
            Just("a"),
            Just("Ġ"),
            Just("<0x0A>"),
            Just("NFC"),
            Just("ByteLevel"),
            Just("Replace")
        ]
        .prop_map(Value::from),
        "\\PC{0,4}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["a", "b"])),
        Just(json!({"type": "Sequence", "normalizers": [], "pretokenizers": [], "decoders": []})),
        Just(json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true})),
        Just(json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true})),
        Just(json!({"type": "Prepend", "prepend": "\u{0}"})),
        Just(json!({"type": "Replace", "pattern": {"String": "a"}, "content": "🦜"})),
        Just(json!({"type": "NFC"})),
    ]
}

/// Walks down a JSON value by `path` and puts `new` there.
fn put(value: &mut Value, path: &[usize], new: Value) {
    let Some((step, rest)) = path.split_first() else {
        *value = new;
        return;
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = step % items.len();
            put(&mut items[at], rest, new);
        }
        Value::Object(map) if !map.is_empty() => {
            let at = step % map.len();
            if let Some(inner) = map.values_mut().nth(at) {
                put(inner, rest, new);
            }
        }
        value => *value = new,
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn changed_bytes_never_panic(
        style in prop_oneof![Just("smollm"), Just("llama2"), Just("qwen2"), Just("tekken")],
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..6),
    ) {
        let mut bytes = section(style);
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.truncate(at.max(1)),
            }
        }
        exercise(&bytes);
    }

    #[test]
    fn changed_values_never_panic(
        style in prop_oneof![Just("smollm"), Just("llama2"), Just("qwen2"), Just("llama3")],
        edits in proptest::collection::vec((proptest::collection::vec(0usize..40, 1..6), strange()), 1..4),
    ) {
        let mut value: Value = serde_json::from_slice(&section(style)).unwrap();
        for (path, new) in edits {
            put(&mut value, &path, new);
        }
        exercise(value.to_string().as_bytes());
    }

    #[test]
    fn any_text_comes_back(style in prop_oneof![Just("smollm"), Just("llama3"), Just("tekken"), Just("default")], text in "\\PC{0,40}|[ \\n\\ta1']{0,60}") {
        let tokenizer = Tokenizer::new(&section(style)).unwrap();
        let ids = tokenizer.encode_text(&text).unwrap();
        prop_assert_eq!(String::from_utf8(tokenizer.decode_bytes(&ids)).unwrap(), text);
    }
}
