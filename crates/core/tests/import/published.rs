//! Models as they are published: every family from both containers computes the same, and hostile files are refused with an error.

use std::collections::BTreeMap;
use std::io::Cursor;

use openimo_core::backend::ReadBack;
use openimo_core::import::blocks::TensorType;
use openimo_core::import::testing::{Family, Published};
use openimo_core::import::{ImportError, Options, Source, Stage, import};
use openimo_core::model::Model;
use openimo_core::model::config::RopePairing;
use openimo_core::model::file::load;
use openimo_core::scalar::Scalar;
use proptest::prelude::*;

const FAMILIES: [(Family, bool); 6] = [
    (Family::Llama, true),
    (Family::Llama, false),
    (Family::Mistral, true),
    (Family::Mistral, false),
    (Family::Qwen2, true),
    (Family::Qwen2, false),
];

#[test]
fn both_containers_of_a_model_compute_the_same() {
    for (seed, (family, tied)) in FAMILIES.into_iter().enumerate() {
        let published = Published::new(seed as u64, family, tied);
        let mut gguf = model(&Source::gguf(&published.gguf(TensorType::Q8_0)).unwrap());
        let folder = published.hugging_face(TensorType::F32, 1);
        let mut hf = model(&Source::hugging_face(borrowed(&folder)).unwrap());
        assert_eq!(hf.manifest.config.rope_pairing, RopePairing::Half);
        assert_eq!(gguf.manifest.config.rope_pairing == RopePairing::Half, family == Family::Qwen2);
        assert_eq!(hf.manifest.config.sliding_window, (family == Family::Mistral).then_some(8));
        assert_eq!(hf.manifest.config.tied, tied);
        assert_eq!((gguf.manifest.stop_ids.as_slice(), hf.manifest.stop_ids.as_slice()), (&[257][..], &[257][..]));
        assert!(gguf.tokenizer_section == hf.tokenizer_section, "{family:?}: the tokenizers differ");
        let logits = logits(&mut gguf);
        assert!(logits.iter().any(|&l| l != logits[0]));
        assert_eq!(logits, self::logits(&mut hf), "{family:?} tied={tied}");
    }
}

#[test]
fn shards_and_threads_make_no_difference() {
    let published = Published::new(9, Family::Qwen2, false);
    let bytes = |files: &BTreeMap<String, Vec<u8>>, threads| {
        let source = Source::hugging_face(borrowed(files)).unwrap();
        let options = Options { name: Some("m".into()), threads, ..Options::default() };
        let mut stages = Vec::new();
        let out = import(&source, &options, Cursor::new(Vec::new()), &mut |stage, done, all| stages.push((stage, done, all)));
        let last = *stages.last().unwrap();
        assert!(last.0 == Stage::Write && last.1 == last.2);
        out.unwrap().2.into_inner()
    };
    let one = bytes(&published.hugging_face(TensorType::F32, 1), 1);
    assert_eq!(bytes(&published.hugging_face(TensorType::F32, 3), 4), one);
}

#[test]
fn every_type_of_both_containers_imports() {
    for ty in [TensorType::F32, TensorType::F16, TensorType::Bf16, TensorType::Q4_0, TensorType::Q4_1, TensorType::Q5_0] {
        let published = Published::new(3, Family::Llama, true);
        logits(&mut model(&Source::gguf(&published.gguf(ty)).unwrap()));
        if ty.is_float() {
            logits(&mut model(&Source::hugging_face(borrowed(&published.hugging_face(ty, 2))).unwrap()));
        }
    }
}

/// `config.json` of a llama, one value changed, and the error that this must give.
#[test]
fn what_the_arithmetic_has_not_is_refused_by_name() {
    let cases = [
        (r#""hidden_act":"silu""#, r#""hidden_act":"gelu""#, "hidden_act"),
        (r#""model_type":"llama""#, r#""model_type":"gemma""#, "gemma"),
        (r#""rope_scaling":null"#, r#""rope_scaling":{"rope_type":"yarn","factor":2.0}"#, "yarn"),
        (r#""rope_scaling":null"#, r#""rope_scaling":{"type":"linear"}"#, "factor"),
        (r#""hidden_size":64"#, r#""hidden_size":96"#, "expected"),
        (r#""hidden_size":64"#, r#""hidden_size":"64""#, "hidden_size"),
        (r#""hidden_size":64"#, r#""hidden_size":4294967295"#, "head_dim"),
        (r#""num_attention_heads":4"#, r#""num_attention_heads":0"#, "num_attention_heads"),
        (r#""num_hidden_layers":2"#, r#""num_hidden_layers":1"#, "model.layers.1."),
        (r#""num_hidden_layers":2"#, r#""num_hidden_layers":3"#, "model.layers.2."),
        (r#""num_hidden_layers":2"#, r#""num_hidden_layers":4000000000"#, "n_layers"),
        (r#""rms_norm_eps":0.00001"#, r#""rms_norm_eps":-1.0"#, "rms_norm_eps"),
        (r#""rms_norm_eps":0.00001"#, r#""rms_norm_eps":1e300"#, "rms_norm_eps"),
        (r#""rope_theta":10000.0"#, r#""rope_theta":-1.0"#, "base"),
        (r#""vocab_size":258"#, r#""vocab_size":300"#, "model.embed_tokens.weight"),
        (r#""hidden_act":"silu""#, r#""hidden_act":"silu","quantization_config":{"bits":4}"#, "quantization_config"),
        (r#""hidden_act":"silu""#, r#""hidden_act":"silu","attention_bias":true"#, "q_proj.bias"),
        (r#""hidden_act":"silu""#, r#""hidden_act":"silu","partial_rotary_factor":0.5"#, "partial_rotary_factor"),
    ];
    let published = Published::new(1, Family::Llama, true);
    for (old, new, named) in cases {
        let mut files = published.hugging_face(TensorType::F32, 1);
        let config =
            String::from_utf8(files["config.json"].clone()).unwrap().replace("1e-5", "0.00001").replace("1e-05", "0.00001");
        assert!(config.contains(old), "{old} in {config}");
        files.insert("config.json".into(), config.replace(old, new).into_bytes());
        let error = Source::hugging_face(borrowed(&files)).and_then(|source| run(&source)).unwrap_err().to_string();
        assert!(error.contains(named), "{new}: {error}");
    }
}

#[test]
fn missing_and_foreign_tensors_are_named() {
    let published = Published::new(1, Family::Qwen2, false);
    let mut files = published.hugging_face(TensorType::F32, 2);
    files.remove("model-1.safetensors");
    let error = Source::hugging_face(borrowed(&files)).unwrap_err();
    assert!(matches!(error, ImportError::MissingFile { file } if file == "model-1.safetensors"));
    // A qwen2 read as a llama has biases that no llama has.
    let mut files = published.hugging_face(TensorType::F32, 1);
    let config = String::from_utf8(files["config.json"].clone()).unwrap().replace("\"qwen2\"", "\"llama\"");
    files.insert("config.json".into(), config.into_bytes());
    let error = run(&Source::hugging_face(borrowed(&files)).unwrap()).unwrap_err();
    assert!(matches!(error, ImportError::UnknownTensor { ref name } if name.ends_with("k_proj.bias")), "{error}");
}

#[test]
fn scales_that_are_no_numbers_are_named_with_their_row() {
    let bytes = Published::new(2, Family::Llama, true).gguf(TensorType::Q8_0);
    let source = Source::gguf(&bytes).unwrap();
    let at = source.tensors()["blk.1.ffn_up.weight"].row(5).as_ptr() as usize - bytes.as_ptr() as usize;
    let mut broken = bytes.clone();
    broken[at..at + 2].copy_from_slice(&0x7c00u16.to_le_bytes());
    let error = run(&Source::gguf(&broken).unwrap()).unwrap_err();
    assert!(matches!(&error, ImportError::Block { name, row: 5, .. } if name == "blk.1.ffn_up.weight"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_gguf_file_is_an_error_or_a_model(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        wide in prop::option::of((any::<prop::sample::Index>(), prop::sample::select(vec![0, 1, u64::MAX, u64::MAX / 2, 1 << 32, 1 << 62]))),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = GGUF.clone();
        // Only the head is damaged: it is what is parsed.
        let head = 9000;
        for (at, byte) in edits {
            bytes[at.index(head)] = byte;
        }
        if let Some((at, value)) = wide {
            let at = at.index(head);
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(source) = Source::gguf(&bytes) {
            let _ = run(&source);
        }
    }

    #[test]
    fn a_damaged_folder_is_an_error_or_a_model(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        file in prop::sample::select(vec!["config.json", "model-0.safetensors", "model.safetensors.index.json", "tokenizer_config.json"]),
        wide in prop::option::of(prop::sample::select(vec![0, 1, u64::MAX, u64::MAX / 2, 1 << 32, 100_000_000])),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut files = FOLDER.clone();
        let bytes = files.get_mut(file).unwrap();
        let head = bytes.len().min(3000);
        for (at, byte) in edits {
            bytes[at.index(head)] = byte;
        }
        if let Some(value) = wide {
            bytes[..8].copy_from_slice(&value.to_le_bytes());
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(source) = Source::hugging_face(borrowed(&files)) {
            let _ = run(&source);
        }
    }
}

static GGUF: std::sync::LazyLock<Vec<u8>> =
    std::sync::LazyLock::new(|| Published::new(5, Family::Qwen2, true).gguf(TensorType::Q4_1));
static FOLDER: std::sync::LazyLock<BTreeMap<String, Vec<u8>>> =
    std::sync::LazyLock::new(|| Published::new(5, Family::Qwen2, true).hugging_face(TensorType::Bf16, 2));

fn borrowed(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, &[u8]> {
    files.iter().map(|(name, bytes)| (name.clone(), &bytes[..])).collect()
}

fn run(source: &Source<'_>) -> Result<Vec<u8>, ImportError> {
    let out = Cursor::new(Vec::new());
    import(source, &Options::default(), out, &mut |_, _, _| ()).map(|(_, _, out)| out.into_inner())
}

fn model(source: &Source<'_>) -> Model<Scalar> {
    load(&run(source).unwrap(), Scalar).unwrap()
}

fn logits(model: &mut Model<Scalar>) -> Vec<i32> {
    let ids: Vec<u32> = (0..20).map(|i| i * 13 % 258).collect();
    let mut session = model.session(ids.len());
    let rows = model.forward(&mut session, &ids, 3);
    (0..3).flat_map(|t| Scalar.row(rows, t).into_owned()).collect()
}
