//! Whole small models, with their parts still in hand, so that a test can compare what comes out of a file with what went in.

use std::io::Cursor;

use super::{random_row, random_spec};
use crate::backend::{Backend, MatrixLoader};
use crate::commit::ModelId;
use crate::model::config::{Config, RopePairing};
use crate::model::file::{ModelInfo, ModelWriter, matrix_shapes, norm_count};
use crate::model::forward::Weights;
use crate::model::image::{ConvConfig, ImageConfig};
use crate::model::matrix::{MatrixSpec, Row};
use crate::ops::rmsnorm::Norm;
use crate::random::Random;

/// How large the random sizes of a model may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Most layers.
    pub layers: u32,
    /// Most query heads.
    pub heads: u32,
    /// Vocabulary entries, at the least 257: 256 bytes and the end of an output.
    pub vocab: (u32, u32),
    /// Widths of the feed-forward block to choose from; multiples of 16.
    pub d_ff: &'static [u32],
}

impl Default for Sizes {
    fn default() -> Self {
        Self { layers: 2, heads: 4, vocab: (257, 280), d_ff: &[16, 48, 64, 96, 256] }
    }
}

/// A small random model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiny {
    /// Name, licence, configuration, ids.
    pub info: ModelInfo,
    /// Section `tokenizer`.
    pub tokenizer: Vec<u8>,
    /// Normalisations in forward order.
    pub norms: Vec<Norm>,
    /// Matrices in file order.
    pub specs: Vec<MatrixSpec>,
    /// Rows of each matrix.
    pub rows: Vec<Vec<Row>>,
}

impl Tiny {
    /// The model of a seed.
    pub fn new(seed: u64) -> Self {
        Self::sized(seed, &Sizes::default())
    }

    /// The model of a seed, with sizes within `sizes`. Seeds 0 to 7 take the edges: pairing, tying and sliding window in every
    /// combination.
    pub fn sized(seed: u64, sizes: &Sizes) -> Self {
        let mut rng = Random::new(seed);
        let config = random_config(&mut rng, seed, sizes);
        Self::with_config(&mut rng, config)
    }

    /// A model that draws: a transformer of `seed`, and a decoder with every kind of step. Its pictures have 8 by 12 pixels.
    pub fn drawing(seed: u64) -> Self {
        let mut rng = Random::new(seed);
        let mut config = random_config(&mut rng, seed, &Sizes { vocab: (300, 300), ..Sizes::default() });
        let conv = |channels, upsample| ConvConfig { channels, upsample };
        let convs = vec![conv(32, false), conv(16, true), conv(32, true), conv(3, false)];
        config.context = 64;
        config.image = Some(ImageConfig { code_dim: 16, codes: 40, convs, first_code: 260, grid_height: 2, grid_width: 3 });
        Self::with_config(&mut rng, config)
    }

    /// Random weights for a configuration of at least 257 vocabulary entries, with widths that are multiples of 16; the last id ends
    /// an output.
    ///
    /// # Panics
    /// If the configuration is not valid or not one of these.
    pub fn with_config(rng: &mut Random, config: Config) -> Self {
        let tokenizer = tokenizer_section(config.vocab, config.image.is_none());
        Self::with_tokenizer(rng, config, tokenizer)
    }

    /// The same with any tokenizer section, and so with fewer entries.
    ///
    /// # Panics
    /// If the configuration is not valid, or has other widths.
    pub fn with_tokenizer(rng: &mut Random, config: Config, tokenizer: Vec<u8>) -> Self {
        config.validate().expect("a valid configuration");
        let norms = (0..norm_count(&config)).map(|i| random_norm(rng, config.d_model as usize, i)).collect();
        let shapes = matrix_shapes(&config);
        let specs: Vec<MatrixSpec> = shapes.iter().map(|shape| random_spec(rng, shape)).collect();
        let rows = specs.iter().map(|s| (0..s.rows).map(|i| random_row(rng, s, i)).collect()).collect();
        let stop_ids = if config.image.is_some() { Vec::new() } else { vec![config.vocab - 1] };
        let info = ModelInfo { name: "tiny".to_owned(), licence: "CC0-1.0".to_owned(), config, bos_id: None, stop_ids };
        Self { info, tokenizer, norms, specs, rows }
    }

    /// The configuration.
    pub const fn config(&self) -> &Config {
        &self.info.config
    }

    /// The model file and its id.
    pub fn write(&self) -> (ModelId, Vec<u8>) {
        let out = Cursor::new(Vec::new());
        let mut writer = ModelWriter::new(out, &self.info, &self.tokenizer, &self.norms, &self.specs).expect("a valid model");
        for row in self.rows.iter().flatten() {
            writer.push(row).expect("a valid row");
        }
        let (id, out) = writer.finish().expect("all rows are in");
        (id, out.into_inner())
    }

    /// The bytes of the model file.
    pub fn imo(&self) -> Vec<u8> {
        self.write().1
    }

    /// The weights in the form of a back end, without a file.
    pub fn weights<B: Backend>(&self, backend: &B) -> Weights<B::Matrix> {
        let matrices = self.specs.iter().zip(&self.rows).map(|(spec, rows)| {
            let mut loader = backend.load(spec);
            rows.iter().for_each(|row| loader.push(row));
            loader.finish()
        });
        Weights::assemble(self.config(), matrices, self.norms.iter().cloned())
    }
}

/// A tokenizer section for `vocab` entries: the 256 bytes, then fillers, and the end of an output last.
///
/// # Panics
/// If there are fewer than 257 entries.
pub fn tiny_tokenizer(vocab: u32) -> Vec<u8> {
    tokenizer_section(vocab, true)
}

fn tokenizer_section(vocab: u32, stops: bool) -> Vec<u8> {
    assert!(vocab > 256, "256 bytes and an end");
    let byte = |b: u32| {
        // GPT-2's printable stand-ins for bytes.
        let plain = |b: u32| matches!(b, 33..=126 | 161..=172 | 174..=255);
        if plain(b) { b } else { 256 + (0..b).filter(|&b| !plain(b)).count() as u32 }
    };
    let mut entries = serde_json::Map::new();
    for b in 0..256 {
        let c = char::from_u32(byte(b)).expect("a character");
        entries.insert(c.to_string(), b.into());
    }
    for id in 256..vocab - 1 {
        entries.insert(format!("<filler{id}>"), id.into());
    }
    let end = "<end>";
    entries.insert(end.to_owned(), (vocab - 1).into());
    let special = |id: u32, content: &str| {
        serde_json::json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true})
    };
    let byte_level =
        serde_json::json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false});
    let tokenizer = serde_json::json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [special(vocab - 1, end)],
        "normalizer": null,
        "pre_tokenizer": byte_level,
        "post_processor": null,
        "decoder": byte_level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": entries, "merges": []},
    });
    let section = serde_json::json!({
        "add_bos": false,
        "bos_id": null,
        "chat_template": "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}",
        "stop_ids": if stops { vec![vocab - 1] } else { Vec::new() },
        "template_tokens": {"eos_token": end},
        "tokenizer": tokenizer,
    });
    serde_json_canonicalizer::to_vec(&section).expect("plain data")
}

fn random_config(rng: &mut Random, seed: u64, sizes: &Sizes) -> Config {
    let edge = |bit: u64, rng: &mut Random| if seed < 8 { seed >> bit & 1 == 1 } else { rng.one_in(2) };
    let rope_pairing = if edge(0, rng) { RopePairing::Half } else { RopePairing::Adjacent };
    let tied = edge(1, rng);
    let sliding_window = if edge(2, rng) { Some(rng.pick(&[1, 2, 3, 5, 8])) } else { None };
    let head_dim = rng.pick(&[8, 16, 16, 32, 64]);
    let n_heads = rng.range(1, sizes.heads.into()) as u32;
    let n_heads = if head_dim == 8 { 2 * n_heads.div_ceil(2) } else { n_heads };
    let divisors: Vec<u32> = (1..=n_heads).filter(|k| n_heads.is_multiple_of(*k)).collect();
    let n_kv_heads = rng.pick(&divisors);
    let d_model = rng.pick(&[16, 32, 48, 64, 96, 128]);
    let fres = rng.pick(&[8, 12, 12, 12, 18]);
    let half = (head_dim / 2) as usize;
    // Base 10000: halving per step is near enough, the first increments are edges.
    let rope_inc =
        (0..half).map(|i| if i == 0 { rng.pick(&[0, 1, u32::MAX, 683_565_276]) } else { 683_565_276 >> i.min(20) }).collect();
    Config {
        d_model,
        n_layers: rng.range(1, sizes.layers.into()) as u32,
        n_heads,
        n_kv_heads,
        head_dim,
        d_ff: rng.pick(sizes.d_ff),
        vocab: rng.range(sizes.vocab.0.into(), sizes.vocab.1.into()) as u32,
        context: rng.pick(&[64, 256, 1 << 17]),
        tied,
        fres,
        eps: rng.pick(&[1, (u64::from(d_model) * 168) << (2 * (fres - 8)), (1 << 53) - 1]),
        rope_inc,
        rope_pairing,
        score_c: rng.pick(&[1 << 15, 47_274, 65_535]),
        score_ce: 15 + (head_dim.ilog2() / 2 + 1) as u8,
        sliding_window,
        image: None,
    }
}

fn random_norm(rng: &mut Random, d: usize, index: usize) -> Norm {
    let g = (0..d)
        .map(|i| match (index, i) {
            (0, 0) => i16::MAX,
            (0, 1) => -i16::MAX,
            (0, 2) => 0,
            _ => rng.range(2000, 16000) as i16 * if rng.one_in(16) { -1 } else { 1 },
        })
        .collect();
    Norm { g, eg: 13 - (d.ilog2() / 2) as i16 }
}
