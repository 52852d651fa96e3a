//! The float64 model of a source's own weights, dequantised: what the integer model's quality is measured against.
//!
//! Weights are dequantised row by row as they are used; activations of all windows go through a layer together.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use openimo_core::import::Source;
use openimo_core::import::architecture::{Architecture, LayerPart, Part};
use openimo_core::import::blocks::BlockRow;
use openimo_core::import::real::RopeScaling;
use openimo_core::import::tensor::Tensor;
use openimo_core::model::config::RopePairing;
use openimo_core::ops::conv2d::KERNEL;

/// Ids that share a pass over a weight row: as many accumulators as fit the registers.
const TILE: usize = 16;

/// A parsed file as a float64 model.
pub struct FloatModel<'a> {
    tensors: BTreeMap<&'a str, Tensor<'a>>,
    architecture: Architecture,
    threads: usize,
}

/// `[rows, n]`, row-major.
struct Matrix {
    n: usize,
    v: Vec<f64>,
}

impl Matrix {
    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.v.chunks(self.n)
    }
}

impl<'a> FloatModel<'a> {
    /// The model of a file.
    ///
    /// # Errors
    /// If the file says too little about its model, or scales RoPE.
    pub fn new(source: &'a Source<'a>, threads: usize) -> Result<Self> {
        let architecture = source.architecture()?;
        ensure!(architecture.sliding_window.is_none(), "the float model has no sliding window");
        ensure!(architecture.rope_scaling == RopeScaling::None, "the float model does not scale RoPE");
        Ok(Self { tensors: source.tensors(), architecture, threads })
    }

    /// The normed last residual rows of each window, one after the other, `[ids, d]`.
    ///
    /// # Errors
    /// If a tensor is missing or not finite.
    pub fn hidden(&self, windows: &[&[u32]]) -> Result<Vec<f64>> {
        let a = &self.architecture;
        let ids: Vec<u32> = windows.concat();
        let mut x = self.embedding(&ids)?;
        for l in 0..a.n_layers {
            let part = |part| Part::Layer(l, part);
            let normed = self.norm(&x, part(LayerPart::AttentionNorm))?;
            let mut q = self.linear(&normed, part(LayerPart::Q))?;
            let mut k = self.linear(&normed, part(LayerPart::K))?;
            let v = self.linear(&normed, part(LayerPart::V))?;
            let mut attended = Matrix { n: q.n, v: vec![0.0; q.v.len()] };
            let mut first = 0;
            for window in windows {
                let rows = first..first + window.len();
                self.rope(&mut q, rows.clone());
                self.rope(&mut k, rows.clone());
                self.attention(&q, &k, &v, rows, &mut attended);
                first += window.len();
            }
            add(&mut x, &self.linear(&attended, part(LayerPart::O))?);
            let normed = self.norm(&x, part(LayerPart::FfnNorm))?;
            let mut gate = self.linear(&normed, part(LayerPart::Gate))?;
            let up = self.linear(&normed, part(LayerPart::Up))?;
            for (g, u) in gate.v.iter_mut().zip(&up.v) {
                *g *= u / (1.0 + (-*g).exp());
            }
            add(&mut x, &self.linear(&gate, part(LayerPart::Down))?);
        }
        Ok(self.norm(&x, Part::Norm)?.v)
    }

    /// Logits `[rows, vocabulary]` of rows of [`FloatModel::hidden`].
    ///
    /// # Errors
    /// As [`FloatModel::hidden`].
    pub fn logits(&self, hidden: &[f64]) -> Result<Vec<f64>> {
        let rows = Matrix { n: self.architecture.d_model as usize, v: hidden.to_vec() };
        let part = if self.architecture.tied { Part::Embedding } else { Part::Head };
        Ok(self.linear(&rows, part)?.v)
    }

    /// The colours, before they become bytes, of a picture of these ids: `[height·width·3]`.
    ///
    /// # Errors
    /// If the model does not draw, or a tensor is missing.
    pub fn colours(&self, ids: &[u32]) -> Result<Vec<f64>> {
        let image = self.architecture.image.as_ref().context("the model does not draw")?;
        let mut codebook = Rows::new(self.weight(Part::Codebook)?);
        let mut map = Vec::new();
        for code in image.codes(ids) {
            map.extend_from_slice(codebook.get(code as usize)?);
        }
        for (i, shape) in image.shapes().iter().enumerate() {
            if i > 0 {
                map.iter_mut().for_each(|x| *x /= 1.0 + (-*x).exp());
            }
            let by = shape.input.width / shape.before.width;
            let mut unfolded = Matrix { n: shape.input.unfolded(), v: Vec::new() };
            for place in 0..shape.input.height * shape.input.width {
                let (row, column) = (place / shape.input.width, place % shape.input.width);
                for k in 0..KERNEL * KERNEL {
                    let at = shape.input.neighbour(row, column, k / KERNEL, k % KERNEL).map(|at| {
                        let (y, x) =
                            (at / shape.input.channels / shape.input.width, at / shape.input.channels % shape.input.width);
                        (y / by * shape.before.width + x / by) * shape.before.channels
                    });
                    match at {
                        Some(at) => unfolded.v.extend_from_slice(&map[at..][..shape.before.channels]),
                        None => unfolded.v.extend(std::iter::repeat_n(0.0, shape.before.channels)),
                    }
                }
            }
            map = self.linear(&unfolded, Part::Conv(i as u32))?.v;
        }
        Ok(map)
    }

    fn tensor(&self, part: Part, suffix: &str) -> Option<&Tensor<'a>> {
        self.tensors.get((self.architecture.naming.stem(part) + suffix).as_str())
    }

    fn weight(&self, part: Part) -> Result<&Tensor<'a>> {
        self.tensor(part, ".weight").with_context(|| format!("the file has no tensor for {part:?}"))
    }

    fn embedding(&self, ids: &[u32]) -> Result<Matrix> {
        let tensor = self.weight(Part::Embedding)?;
        let mut rows = Rows::new(tensor);
        let mut v = Vec::new();
        for &id in ids {
            v.extend_from_slice(rows.get(id as usize)?);
        }
        Ok(Matrix { n: tensor.cols, v })
    }

    fn norm(&self, x: &Matrix, part: Part) -> Result<Matrix> {
        let weights = vector(self.weight(part)?)?;
        let eps = dyadic(self.architecture.eps.mantissa, self.architecture.eps.exponent);
        let mut v = Vec::with_capacity(x.v.len());
        for row in x.rows() {
            let mean = row.iter().map(|v| v * v).sum::<f64>() / x.n as f64;
            let scale = 1.0 / (mean + eps).sqrt();
            v.extend(row.iter().zip(&weights).map(|(v, w)| v * scale * w));
        }
        Ok(Matrix { n: x.n, v })
    }

    /// `x·Wᵀ`, with the bias if there is one; weight rows are split over the threads.
    fn linear(&self, x: &Matrix, part: Part) -> Result<Matrix> {
        let weight = self.weight(part)?;
        let bias = self.tensor(part, ".bias").map(vector).transpose()?;
        let (t, outputs) = (x.v.len() / x.n, weight.rows);
        let tiles = tiles(x);
        let share = outputs.div_ceil(self.threads);
        let parts = std::thread::scope(|scope| {
            let work = |i: usize| (i * share).min(outputs)..((i + 1) * share).min(outputs);
            let tiles = &tiles;
            let handles: Vec<_> = (0..self.threads).map(|i| scope.spawn(move || products(weight, work(i), tiles))).collect();
            handles.into_iter().map(|h| h.join().expect("a thread does not panic")).collect::<Result<Vec<_>>>()
        })?;
        let mut y = Matrix { n: outputs, v: vec![0.0; t * outputs] };
        // Products come as [output, id], padded to whole tiles.
        let padded = tiles.len() * TILE;
        for (o, row) in parts.iter().flat_map(|part| part.chunks(padded)).enumerate() {
            let b = bias.as_ref().map_or(0.0, |b| b[o]);
            for (i, v) in row[..t].iter().enumerate() {
                y.v[i * outputs + o] = v + b;
            }
        }
        Ok(y)
    }

    fn rope(&self, x: &mut Matrix, rows: Range<usize>) {
        let a = &self.architecture;
        let dh = a.head_dim as usize;
        let base = dyadic(a.rope_base.mantissa, a.rope_base.exponent);
        let frequencies: Vec<f64> = (0..dh / 2).map(|i| base.powf(-2.0 * i as f64 / dh as f64)).collect();
        for (pos, row) in rows.enumerate() {
            let turns: Vec<(f64, f64)> = frequencies.iter().map(|f| (pos as f64 * f).sin_cos()).collect();
            for head in x.v[row * x.n..][..x.n].chunks_mut(dh) {
                for (i, &(sin, cos)) in turns.iter().enumerate() {
                    let (ia, ib) = match a.rope_pairing {
                        RopePairing::Adjacent => (2 * i, 2 * i + 1),
                        RopePairing::Half => (i, i + dh / 2),
                    };
                    (head[ia], head[ib]) = (head[ia] * cos - head[ib] * sin, head[ia] * sin + head[ib] * cos);
                }
            }
        }
    }

    /// Causal attention within one window.
    fn attention(&self, q: &Matrix, k: &Matrix, v: &Matrix, rows: Range<usize>, out: &mut Matrix) {
        let a = &self.architecture;
        let (heads, dh) = (a.n_heads as usize, a.head_dim as usize);
        let group = heads / a.n_kv_heads as usize;
        let scale = 1.0 / (dh as f64).sqrt();
        for row in rows.clone() {
            for h in 0..heads {
                let query = &q.v[row * q.n + h * dh..][..dh];
                let key = |t: usize| &k.v[t * k.n + h / group * dh..][..dh];
                let mut weights: Vec<f64> = (rows.start..=row).map(|t| dot(query, key(t)) * scale).collect();
                let largest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                weights.iter_mut().for_each(|w| *w = (*w - largest).exp());
                let total: f64 = weights.iter().sum();
                let out = &mut out.v[row * q.n + h * dh..][..dh];
                for (t, w) in (rows.start..).zip(&weights) {
                    let value = &v.v[t * v.n + h / group * dh..][..dh];
                    out.iter_mut().zip(value).for_each(|(o, v)| *o += w / total * v);
                }
            }
        }
    }
}

/// The rows of a tensor, dequantised one at a time.
struct Rows<'t, 'a> {
    tensor: &'t Tensor<'a>,
    blocks: BlockRow,
    row: Vec<f64>,
}

impl<'t, 'a> Rows<'t, 'a> {
    fn new(tensor: &'t Tensor<'a>) -> Self {
        Self { tensor, blocks: BlockRow::default(), row: Vec::new() }
    }

    fn get(&mut self, o: usize) -> Result<&[f64]> {
        self.row.clear();
        if self.tensor.ty.is_float() {
            let values = self.tensor.ty.floats(self.tensor.row(o))?;
            self.row.extend(values.into_iter().map(|v| dyadic(v.mantissa, v.exponent)));
            return Ok(&self.row);
        }
        self.tensor.ty.decode_row(self.tensor.row(o), &mut self.blocks)?;
        // d and m are integers of 2^−24; the block's weights are d·q + m.
        const UNIT: f64 = 1.0 / (1u32 << 24) as f64;
        let block = self.blocks.q.len() / self.blocks.d.len();
        for ((q, &d), &m) in self.blocks.q.chunks(block).zip(&self.blocks.d).zip(&self.blocks.m) {
            self.row.extend(q.iter().map(|&q| (d * i64::from(q) + m) as f64 * UNIT));
        }
        Ok(&self.row)
    }
}

/// `[outputs of the range, ids padded to tiles]`.
fn products(weight: &Tensor<'_>, range: Range<usize>, tiles: &[Vec<[f64; TILE]>]) -> Result<Vec<f64>> {
    let mut rows = Rows::new(weight);
    let mut out = Vec::with_capacity(range.len() * tiles.len() * TILE);
    for o in range {
        let row = rows.get(o)?;
        for tile in tiles {
            let mut sums = [0.0; TILE];
            for (w, x) in row.iter().zip(tile) {
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum += w * x;
                }
            }
            out.extend_from_slice(&sums);
        }
    }
    Ok(out)
}

/// Activations by tiles of ids, each `[n][TILE]`; ids beyond the last are zeros.
fn tiles(x: &Matrix) -> Vec<Vec<[f64; TILE]>> {
    let tile = |ids: &[f64]| {
        let mut tile = vec![[0.0; TILE]; x.n];
        for (i, row) in ids.chunks(x.n).enumerate() {
            tile.iter_mut().zip(row).for_each(|(lane, &v)| lane[i] = v);
        }
        tile
    };
    x.v.chunks(TILE * x.n).map(tile).collect()
}

fn vector(tensor: &Tensor<'_>) -> Result<Vec<f64>> {
    Ok(Rows::new(tensor).get(0)?.to_vec())
}

fn add(x: &mut Matrix, y: &Matrix) {
    x.v.iter_mut().zip(&y.v).for_each(|(x, y)| *x += y);
}

/// Eight partial sums, so that the loop can be vectorised.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

fn dyadic(mantissa: i64, exponent: i32) -> f64 {
    mantissa as f64 * 2f64.powi(exponent)
}
