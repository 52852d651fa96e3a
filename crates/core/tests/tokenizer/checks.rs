//! Checks of `vectors/tokenizer/*.json`. They read nothing but the text that they are given, so a browser can run them too.

use openimo_core::request::{Message, Prompt};
use openimo_core::tokenizer::template::ChatTemplate;
use openimo_core::tokenizer::{GgufTokenizer, HfFiles, Tokenizer, TokenizerError, TokenizerSection};
use serde_json::Value;

/// Every file with a vocabulary.
pub const STYLES: [(&str, &str); 7] = [
    ("default", include_str!("../../../../vectors/tokenizer/default.json")),
    ("gpt-2", include_str!("../../../../vectors/tokenizer/gpt-2.json")),
    ("smollm", include_str!("../../../../vectors/tokenizer/smollm.json")),
    ("llama2", include_str!("../../../../vectors/tokenizer/llama2.json")),
    ("llama3", include_str!("../../../../vectors/tokenizer/llama3.json")),
    ("qwen2", include_str!("../../../../vectors/tokenizer/qwen2.json")),
    ("tekken", include_str!("../../../../vectors/tokenizer/tekken.json")),
];

/// Templates without a vocabulary.
pub const TEMPLATES: &str = include_str!("../../../../vectors/tokenizer/templates.json");

/// One vocabulary: from GGUF metadata and from a folder's files, the ids, bytes and chats of the vector.
pub fn check_style(name: &str, vector: &str) {
    let vector: Value = serde_json::from_str(vector).expect("JSON");
    for source in ["gguf", "hf"] {
        let section = match source {
            "gguf" => TokenizerSection::from_gguf(gguf(&vector["gguf"])),
            _ => from_hf(&vector["hf"]),
        };
        let section = section.unwrap_or_else(|e| panic!("{name}, {source}: {e}"));
        let bytes = section.to_bytes().expect("canonical bytes");
        assert_eq!(TokenizerSection::parse(&bytes).expect("a section"), sorted(section), "{name}, {source}");
        let tokenizer = Tokenizer::new(&bytes).unwrap_or_else(|e| panic!("{name}, {source}: {e}"));
        let what = format!("{name}, {source}");
        check_texts(&what, &tokenizer, &vector["texts"], vector["add_bos"] == true);
        check_chats(&what, &vector["chats"], |messages| tokenizer.render_chat(messages));
    }
}

/// What is read from canonical JSON has its pieces in another order.
fn sorted(mut section: TokenizerSection) -> TokenizerSection {
    section.tokenizer.model.vocab.0.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
    section
}

/// Texts: ids, the way back, and that the way back goes id by id.
pub fn check_texts(what: &str, tokenizer: &Tokenizer, texts: &Value, add_bos: bool) {
    for case in texts.as_array().expect("texts") {
        let text = case["text"].as_str().expect("a text");
        let ids = tokenizer.encode_text(text).expect("ids");
        assert_eq!(ids, numbers(&case["ids"]), "{what}: {text:?}");
        let back = tokenizer.decode_bytes(&ids);
        assert_eq!(String::from_utf8_lossy(&back), case["back"].as_str().expect("a text"), "{what}: {text:?}");
        let apart: Vec<u8> = ids.iter().flat_map(|&id| tokenizer.decode_bytes(&[id])).collect();
        assert_eq!(back, apart, "{what}: {text:?}");
        let prompt = tokenizer.encode_prompt(&Prompt::Text(text.to_owned())).expect("ids");
        let bos: Vec<u32> = tokenizer.bos_id().filter(|&bos| add_bos && ids.first() != Some(&bos)).into_iter().collect();
        assert_eq!(prompt, [bos, ids].concat(), "{what}: {text:?}");
    }
}

/// Chats: the text, or that the template refuses.
pub fn check_chats(what: &str, chats: &Value, render: impl Fn(&[Message]) -> Result<String, TokenizerError>) {
    for chat in chats.as_array().expect("chats") {
        let messages: Vec<Message> = serde_json::from_value(chat["messages"].clone()).expect("messages");
        match (render(&messages), chat["refused"].as_str()) {
            (Ok(text), None) => assert_eq!(text, chat["text"].as_str().expect("a text"), "{what}: {messages:?}"),
            (Err(error), Some(reason)) => assert_eq!(error, TokenizerError::Refused(reason.to_owned()), "{what}: {messages:?}"),
            (got, expected) => panic!("{what}: {messages:?}: got {got:?}, expected refusal {expected:?}"),
        }
    }
}

/// `templates.json`.
pub fn check_templates(vector: &str) {
    let vector: Value = serde_json::from_str(vector).expect("JSON");
    for case in vector.as_array().expect("templates") {
        let tokens = serde_json::from_value(case["tokens"].clone()).expect("tokens");
        let template = ChatTemplate::new(case["template"].as_str().expect("a template"), tokens);
        let template = template.unwrap_or_else(|e| panic!("{}: {e}", case["name"]));
        check_chats(&case["name"].to_string(), &case["chats"], |messages| template.render(messages));
    }
}

/// The metadata as a vector has it.
pub fn gguf(value: &Value) -> GgufTokenizer {
    let texts = |key: &str| value[key].as_array().into_iter().flatten().map(|t| t.as_str().expect("a text").to_owned()).collect();
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let id = |key: &str| value[key].as_u64().map(|id| id as u32);
    GgufTokenizer {
        model: text("model").expect("a model"),
        pre: text("pre"),
        tokens: texts("tokens"),
        scores: value["scores"].as_array().into_iter().flatten().map(|s| s.as_f64().expect("a score") as f32).collect(),
        token_types: numbers(&value["token_types"]).into_iter().map(|t| t as i32).collect(),
        merges: texts("merges"),
        bos_id: id("bos_id"),
        eos_id: id("eos_id"),
        unk_id: id("unk_id"),
        add_bos: value["add_bos"].as_bool(),
        chat_template: text("chat_template"),
        ..GgufTokenizer::default()
    }
}

/// The section of a folder as a vector has it.
pub fn from_hf(value: &Value) -> Result<TokenizerSection, TokenizerError> {
    let file = |key: &str| value[key].to_string().into_bytes();
    let (tokenizer, config, generation) = (file("tokenizer"), file("tokenizer_config"), file("generation_config"));
    let files = HfFiles {
        tokenizer: &tokenizer,
        tokenizer_config: Some(&config),
        generation_config: (!value["generation_config"].is_null()).then_some(&generation),
        ..HfFiles::default()
    };
    TokenizerSection::from_hf(&files)
}

/// A list of ids.
pub fn numbers(value: &Value) -> Vec<u32> {
    value.as_array().into_iter().flatten().map(|n| n.as_u64().expect("an id") as u32).collect()
}
