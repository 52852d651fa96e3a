//! Models of well-known shapes with any weights: no speed depends on their values.

use std::sync::Arc;

use openimo_core::backend::{Backend, MatrixLoader};
use openimo_core::commit::ModelId;
use openimo_core::model::Model;
use openimo_core::model::config::Config;
use openimo_core::model::file::{Manifest, matrix_shapes};
use openimo_core::model::forward::Weights;
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::random::Random;
use openimo_core::simd::pack::{Layout, Packed};

/// The shapes, by name: Llama 3.2 1B and Llama 2 7B.
pub const SHAPES: [(&str, Shape); 2] = [
    (
        "1b",
        Shape { d_model: 2048, n_layers: 16, n_heads: 32, n_kv_heads: 8, head_dim: 64, d_ff: 8192, vocab: 128_256, tied: true },
    ),
    (
        "7b",
        Shape {
            d_model: 4096,
            n_layers: 32,
            n_heads: 32,
            n_kv_heads: 32,
            head_dim: 128,
            d_ff: 11_008,
            vocab: 32_000,
            tied: false,
        },
    ),
];

/// What the shape of a model is.
#[derive(Clone, Copy)]
pub struct Shape {
    d_model: u32,
    n_layers: u32,
    n_heads: u32,
    n_kv_heads: u32,
    head_dim: u32,
    d_ff: u32,
    vocab: u32,
    tied: bool,
}

impl Shape {
    /// A configuration of this shape, in all else that of `like`.
    fn config(self, like: &Config) -> Config {
        let Self { d_model, n_layers, n_heads, n_kv_heads, head_dim, d_ff, vocab, tied } = self;
        let rope_inc = (0..head_dim / 2).map(|i| u32::MAX / (i + 7)).collect();
        Config {
            d_model,
            n_layers,
            n_heads,
            n_kv_heads,
            head_dim,
            d_ff,
            vocab,
            tied,
            rope_inc,
            context: 4096,
            image: None,
            ..like.clone()
        }
    }

    /// Bytes of the matrices that one decoded id reads.
    pub fn weight_bytes(self) -> u64 {
        let layer: u64 = self.matrices().iter().map(|&(rows, cols)| bytes(rows, cols)).sum();
        layer * u64::from(self.n_layers) + bytes(self.vocab, self.d_model)
    }

    /// Multiply-adds of one decoded id, attention left out.
    pub fn multiply_adds(self) -> u64 {
        let products = |&(rows, cols): &(u32, u32)| u64::from(rows) * u64::from(cols);
        let layer: u64 = self.matrices().iter().map(products).sum();
        layer * u64::from(self.n_layers) + u64::from(self.vocab) * u64::from(self.d_model)
    }

    /// Rows and columns of the matrices of a layer: q, k, v, o, gate, up, down.
    const fn matrices(self) -> [(u32, u32); 7] {
        let (d, q, kv, ff) = (self.d_model, self.n_heads * self.head_dim, self.n_kv_heads * self.head_dim, self.d_ff);
        [(q, d), (kv, d), (kv, d), (d, q), (ff, d), (ff, d), (d, ff)]
    }

    /// A model on `backend`; `like` gives what is no shape.
    pub fn model<B: Backend>(self, backend: B, like: &Manifest) -> Model<B> {
        let mut manifest = like.clone();
        manifest.config = self.config(&like.config);
        let mut random = Random::new(1);
        let mut matrix = |(rows, cols)| {
            let spec = spec(rows, cols);
            let mut loader = backend.load(&spec);
            let row = row(&spec, &mut random);
            (0..rows).for_each(|_| loader.push(&row));
            loader.finish()
        };
        let norms = std::iter::repeat_with(|| Norm { g: vec![1 << 14; self.d_model as usize], eg: 14 });
        let matrices = matrix_shapes(&manifest.config).into_iter().map(|shape| matrix((shape.rows, shape.cols)));
        let weights = Arc::new(Weights::assemble(&manifest.config, matrices, norms));
        Model { id: ModelId([0; 32]), manifest, backend, weights, tokenizer_section: Vec::new(), pieces_section: Vec::new() }
    }
}

/// Four bits a weight, with offsets, in blocks of 32: Q4_1.
const fn spec(rows: u32, cols: u32) -> MatrixSpec {
    MatrixSpec { rows, cols, block: 32, bits: 4, has_m: true, has_bias: false, nslab: 1 }
}

fn bytes(rows: u32, cols: u32) -> u64 {
    let spec = spec(rows, cols);
    (Layout::new(&spec).len * Packed::count(&spec)) as u64
}

/// A row within the bounds of a slab.
fn row(spec: &MatrixSpec, random: &mut Random) -> Row {
    let d: Vec<i16> = (0..spec.blocks()).map(|_| random.range(20, 100) as i16).collect();
    let m = d.iter().map(|d| -d / 2).collect();
    let q = (0..spec.cols).map(|_| random.range(-8, 7) as i8).collect();
    Row { r: 1 << 15, re: 36, bias: None, d, m, q }
}
