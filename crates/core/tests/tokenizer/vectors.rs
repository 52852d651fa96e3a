//! The tokenizer and the chat templates against what other programs make of them (`vectors/tokenizer`).

use openimo_core::tokenizer::{Tokenizer, TokenizerSection, Utf8Stream};

use crate::checks::{STYLES, TEMPLATES, check_style, check_templates, from_hf, gguf};

#[test]
fn ids_bytes_and_chats_of_every_style() {
    for (name, vector) in STYLES {
        check_style(name, vector);
    }
}

#[test]
fn templates_as_jinja2_renders_them() {
    check_templates(TEMPLATES);
}

#[test]
fn sections_agree_whichever_files_they_come_from() {
    for (name, vector) in STYLES {
        let vector: serde_json::Value = serde_json::from_str(vector).unwrap();
        let a = TokenizerSection::from_gguf(gguf(&vector["gguf"])).unwrap();
        let b = from_hf(&vector["hf"]).unwrap();
        assert_eq!((a.bos_id, a.add_bos, &a.chat_template), (b.bos_id, b.add_bos, &b.chat_template), "{name}");
        assert!(b.stop_ids.iter().all(|id| a.stop_ids.contains(id)), "{name}: {:?} {:?}", a.stop_ids, b.stop_ids);
        assert!(!b.stop_ids.is_empty());
        assert_eq!(a.tokenizer.model.merges, b.tokenizer.model.merges, "{name}");
        let bytes = a.to_bytes().unwrap();
        assert_eq!(TokenizerSection::parse(&bytes).unwrap().to_bytes().unwrap(), bytes, "{name}");
    }
}

#[test]
fn an_output_is_its_bytes_without_the_stop_id_at_its_end() {
    let vector: serde_json::Value = serde_json::from_str(STYLES[2].1).unwrap();
    let tokenizer = Tokenizer::new(&from_hf(&vector["hf"]).unwrap().to_bytes().unwrap()).unwrap();
    let stop = tokenizer.stop_ids()[0];
    let mut ids = tokenizer.encode_text("Würde 🦜<|im_start|>").unwrap();
    ids.extend([stop, stop]);
    assert_eq!(tokenizer.content_bytes(&ids), "Würde 🦜<|im_start|><|im_end|>".as_bytes());
    assert_eq!(tokenizer.content_bytes(&ids[..ids.len() - 2]), "Würde 🦜<|im_start|>".as_bytes());
    assert_eq!(tokenizer.content_bytes(&[]), b"");
    assert_eq!(tokenizer.decode_bytes(&[u32::MAX, tokenizer.vocab_size() as u32]), b"");
    let mut stream = Utf8Stream::new();
    let shown: String = ids.iter().map(|&id| stream.push(tokenizer.id_bytes(id))).collect();
    assert_eq!(shown, "Würde 🦜<|im_start|><|im_end|><|im_end|>");
}
