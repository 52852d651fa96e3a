//! A small random model as it is published: the same weights as a GGUF file and as a Hugging Face folder.
//!
//! Matrices are 8-bit blocks with the largest q at ±127, so that quantising the folder's floats gives back exactly the file's blocks:
//! both must import to models that compute the same.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::json;

use super::encode::encode;
use super::gguf_file::GgufFile;
use crate::import::architecture::{LayerPart, Naming, Part};
use crate::import::blocks::TensorType;
use crate::import::gguf::Value;
use crate::random::Random;
use crate::tokenizer::{GgufTokenizer, TokenizerSection};

/// The published families, which differ in names, pairing, biases and windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the families")]
pub enum Family {
    Llama,
    Mistral,
    Qwen2,
}

/// One model; the sizes are constants below.
#[derive(Clone, Debug)]
pub struct Published {
    family: Family,
    tied: bool,
    tensors: Vec<Weights>,
}

#[derive(Clone, Debug)]
struct Weights {
    part: Part,
    suffix: &'static str,
    rows: usize,
    cols: usize,
    /// Units of 2^−24, as Hugging Face orders them.
    values: Vec<i64>,
}

const D: usize = 64;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const HEAD_DIM: usize = 16;
const FF: usize = 96;
const LAYERS: u32 = 2;
const VOCAB: usize = 258;
const CONTEXT: u32 = 64;
const WINDOW: u32 = 8;

impl Published {
    /// The model of a seed.
    pub fn new(seed: u64, family: Family, tied: bool) -> Self {
        let mut random = Random::new(seed);
        let mut model = Self { family, tied, tensors: Vec::new() };
        model.matrix(&mut random, Part::Embedding, VOCAB, D);
        for layer in 0..LAYERS {
            let part = |part| Part::Layer(layer, part);
            model.vector(&mut random, part(LayerPart::AttentionNorm), ".weight", D, 1 << 24);
            model.vector(&mut random, part(LayerPart::FfnNorm), ".weight", D, 1 << 24);
            for (p, rows, cols) in [
                (LayerPart::Q, HEADS * HEAD_DIM, D),
                (LayerPart::K, KV_HEADS * HEAD_DIM, D),
                (LayerPart::V, KV_HEADS * HEAD_DIM, D),
                (LayerPart::O, D, HEADS * HEAD_DIM),
                (LayerPart::Gate, FF, D),
                (LayerPart::Up, FF, D),
                (LayerPart::Down, D, FF),
            ] {
                model.matrix(&mut random, part(p), rows, cols);
                if family == Family::Qwen2 && matches!(p, LayerPart::Q | LayerPart::K | LayerPart::V) {
                    model.vector(&mut random, part(p), ".bias", rows, 0);
                }
            }
        }
        model.vector(&mut random, Part::Norm, ".weight", D, 1 << 24);
        if !tied {
            model.matrix(&mut random, Part::Head, VOCAB, D);
        }
        model
    }

    /// The GGUF file, with matrices of type `ty`. Families without an architecture of their own are llamas.
    ///
    /// # Panics
    /// If the columns are no whole blocks of `ty`.
    pub fn gguf(&self, ty: TensorType) -> Vec<u8> {
        let arch = if self.family == Family::Qwen2 { "qwen2" } else { "llama" };
        let key = |suffix: &str| format!("{arch}.{suffix}");
        let mut file = GgufFile::default();
        file.text("general.architecture", arch).text("general.name", "published").text("general.license", "CC0-1.0");
        for (suffix, v) in [
            ("embedding_length", D as u32),
            ("block_count", LAYERS),
            ("feed_forward_length", FF as u32),
            ("context_length", CONTEXT),
            ("attention.head_count", HEADS as u32),
            ("attention.head_count_kv", KV_HEADS as u32),
            ("rope.dimension_count", HEAD_DIM as u32),
        ] {
            file.number(&key(suffix), v);
        }
        if self.family == Family::Mistral {
            file.number(&key("attention.sliding_window"), WINDOW);
        }
        file.value(&key("attention.layer_norm_rms_epsilon"), &Value::F32(1e-5f32.to_bits()));
        file.value(&key("rope.freq_base"), &Value::F32(10000f32.to_bits()));
        let tokenizer = tokenizer();
        file.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", "gpt-2");
        file.texts("tokenizer.ggml.tokens", &tokenizer.tokens).texts("tokenizer.ggml.merges", &[]);
        file.integers("tokenizer.ggml.token_type", &tokenizer.token_types);
        file.number("tokenizer.ggml.bos_token_id", 256).number("tokenizer.ggml.eos_token_id", 257);
        for w in &self.tensors {
            let name = Naming::Gguf.stem(w.part) + w.suffix;
            let (ty, rows) = if w.rows == 1 { (TensorType::F32, None) } else { (ty, Some(w.rows)) };
            let order = |row: usize| if self.family == Family::Qwen2 { row } else { paired_row(w.part, row) };
            let values: Vec<i64> =
                (0..w.rows).flat_map(|row| &w.values[order(row) * w.cols..(order(row) + 1) * w.cols]).copied().collect();
            file.tensor(&name, ty, w.cols, rows, &encode(ty, &values));
        }
        file.bytes()
    }

    /// The folder's files, with all tensors of type `ty` and in `shards` files.
    ///
    /// # Panics
    /// If `ty` is no float type or there is no shard.
    pub fn hugging_face(&self, ty: TensorType, shards: usize) -> BTreeMap<String, Vec<u8>> {
        let dtype = match ty {
            TensorType::F32 => Dtype::F32,
            TensorType::F16 => Dtype::F16,
            TensorType::Bf16 => Dtype::BF16,
            other => panic!("{} is no float type", other.name()),
        };
        let model_type = match self.family {
            Family::Llama => "llama",
            Family::Mistral => "mistral",
            Family::Qwen2 => "qwen2",
        };
        let config = json!({
            "model_type": model_type, "hidden_size": D, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
            "num_key_value_heads": KV_HEADS, "intermediate_size": FF, "vocab_size": VOCAB, "max_position_embeddings": CONTEXT,
            "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "rope_scaling": null, "tie_word_embeddings": self.tied, "hidden_act": "silu",
            "sliding_window": if self.family == Family::Llama { None } else { Some(WINDOW) }, "use_sliding_window": false,
            "bos_token_id": 256, "eos_token_id": 257,
        });
        let section = TokenizerSection::from_gguf(tokenizer()).expect("a tokenizer");
        let mut files = BTreeMap::from([
            ("config.json".to_owned(), config.to_string().into_bytes()),
            ("tokenizer.json".to_owned(), serde_json::to_vec(&section.tokenizer).expect("JSON")),
            ("tokenizer_config.json".to_owned(), br#"{"bos_token":"<s>","eos_token":"</s>"}"#.to_vec()),
        ]);
        let mut weight_map = BTreeMap::new();
        for shard in 0..shards {
            let file = if shards == 1 { "model.safetensors".into() } else { format!("model-{shard}.safetensors") };
            let part: Vec<_> = self.tensors.iter().skip(shard).step_by(shards).collect();
            let data: Vec<Vec<u8>> = part.iter().map(|w| encode(ty, &w.values)).collect();
            let views = part.iter().zip(&data).map(|(w, data)| {
                let name = Naming::HuggingFace.stem(w.part) + w.suffix;
                weight_map.insert(name.clone(), file.clone());
                let shape = if w.rows == 1 { vec![w.cols] } else { vec![w.rows, w.cols] };
                (name, TensorView::new(dtype, shape, data).expect("a tensor"))
            });
            files.insert(file.clone(), serialize(views.collect::<Vec<_>>(), None).expect("a file"));
        }
        if shards > 1 {
            let index = json!({ "metadata": {}, "weight_map": weight_map });
            files.insert("model.safetensors.index.json".into(), index.to_string().into_bytes());
        }
        files
    }

    fn matrix(&mut self, random: &mut Random, part: Part, rows: usize, cols: usize) {
        let mut values = Vec::with_capacity(rows * cols);
        for _ in 0..rows * cols / 32 {
            let scale = (1024 + random.range(0, 1023)) << random.range(0, 3);
            let top = random.below(32);
            values.extend((0..32).map(|k| scale * if k == top { random.pick(&[-127, 127]) } else { random.range(-127, 127) }));
        }
        self.tensors.push(Weights { part, suffix: ".weight", rows, cols, values });
    }

    /// Values with few bits, so that every float type holds them.
    fn vector(&mut self, random: &mut Random, part: Part, suffix: &'static str, cols: usize, around: i64) {
        let values = (0..cols).map(|_| around + (random.range(-63, 63) << 17)).collect();
        self.tensors.push(Weights { part, suffix, rows: 1, cols, values });
    }
}

/// The row of a Hugging Face matrix that a llama's GGUF file has at `row`: rotated pairs are neighbours there, half a head apart here.
fn paired_row(part: Part, row: usize) -> usize {
    match part {
        Part::Layer(_, LayerPart::Q | LayerPart::K) => {
            let (head, element) = (row / HEAD_DIM, row % HEAD_DIM);
            head * HEAD_DIM + element % 2 * (HEAD_DIM / 2) + element / 2
        }
        _ => row,
    }
}

/// Bytes and two control pieces.
fn tokenizer() -> GgufTokenizer {
    // The printable alphabet of byte-level BPE: the bytes that print stand for themselves, the others from U+0100 on.
    let prints = |b: u32| matches!(b, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let mut others = 0x100..;
    let letter =
        |b: u32| char::from_u32(if prints(b) { b } else { others.next().unwrap_or(b) }).map_or_else(String::new, String::from);
    let mut tokens: Vec<String> = (0..256).map(letter).collect();
    tokens.extend(["<s>".to_owned(), "</s>".to_owned()]);
    let mut token_types = vec![1; 256];
    token_types.extend([3, 3]);
    GgufTokenizer {
        model: "gpt2".into(),
        pre: Some("gpt-2".into()),
        tokens,
        token_types,
        bos_id: Some(256),
        eos_id: Some(257),
        ..GgufTokenizer::default()
    }
}
