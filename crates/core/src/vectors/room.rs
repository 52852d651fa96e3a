//! What a case is put to: every operator on plain vectors, and the reference as the room that writes.

use crate::model::config::RopePairing;
use crate::model::matrix::{MatrixSpec, Row};
use crate::ops;
use crate::ops::attention::{ScoreScale, Visible};
use crate::ops::conv2d::MapShape;
use crate::ops::rmsnorm::Norm;
use crate::ops::sample::Sampler;

/// A quantised vector and its exponent.
pub type Quantised = (Vec<i16>, i32);

/// One method an operator; shapes and units as in [`crate::ops`].
pub trait Room {
    /// Row `id` of a matrix as a residual vector.
    fn embedding(&mut self, spec: &MatrixSpec, rows: &[Row], id: u32, fres: i32) -> Vec<i32>;
    /// A matrix times each `[cols]` vector of a batch.
    fn linear(&mut self, spec: &MatrixSpec, rows: &[Row], batch: &[Quantised], fo: i32) -> Vec<Vec<i32>>;
    /// Sum of two vectors.
    fn residual(&mut self, x: &[i32], y: &[i32]) -> Vec<i32>;
    /// Normalised vector.
    fn rmsnorm(&mut self, x: &[i32], norm: &Norm, eps: u64) -> Quantised;
    /// Rotated head.
    fn rope(&mut self, v: &[i32], pos: u32, inc: &[u32], pairing: RopePairing, f: i32) -> Quantised;
    /// One head's mean of the visible values.
    fn attention(&mut self, q: &[i16], eq: i32, seen: &Visible<'_>, scale: ScoreScale, f: i32) -> Vec<i32>;
    /// Gated vector.
    fn swiglu(&mut self, g: &[i32], u: &[i32], f: i32) -> Quantised;
    /// Quantised vector.
    fn bfpq(&mut self, v: &[i64], fv: i32) -> Quantised;
    /// Greedy choice.
    fn head(&mut self, logits: &[i32]) -> u32;
    /// Seeded choice.
    fn sample(&mut self, logits: &[i32], sampler: &Sampler, u: u64) -> u32;
    /// A convolved map.
    fn conv2d(&mut self, spec: &MatrixSpec, rows: &[Row], x: &Quantised, map: MapShape, fo: i32) -> Vec<i32>;
    /// SiLU of each value.
    fn silu(&mut self, x: &[i32]) -> Vec<i32>;
    /// A doubled map.
    fn upsample(&mut self, x: &[i16], map: MapShape) -> Vec<i16>;
    /// Bytes of colour, one a number.
    fn pixel(&mut self, x: &[i32]) -> Vec<u32>;
}

/// The scalar reference.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference;

/// Run `f` on a fresh vector of `n`.
pub fn quantised(n: usize, f: impl FnOnce(&mut [i16]) -> i32) -> Quantised {
    let mut x = vec![0; n];
    let e = f(&mut x);
    (x, e)
}

impl Room for Reference {
    fn embedding(&mut self, _spec: &MatrixSpec, rows: &[Row], id: u32, fres: i32) -> Vec<i32> {
        let row = &rows[id as usize];
        let mut x = vec![0; row.q.len()];
        ops::embedding::embedding(row, fres, &mut x);
        x
    }

    fn linear(&mut self, _spec: &MatrixSpec, rows: &[Row], batch: &[Quantised], fo: i32) -> Vec<Vec<i32>> {
        let one =
            |(x, e): &Quantised| rows.iter().map(|row| ops::linear::finish(ops::linear::dot(row, x), row, *e, fo)).collect();
        batch.iter().map(one).collect()
    }

    fn residual(&mut self, x: &[i32], y: &[i32]) -> Vec<i32> {
        let mut x = x.to_vec();
        ops::residual::residual(&mut x, y);
        x
    }

    fn rmsnorm(&mut self, x: &[i32], norm: &Norm, eps: u64) -> Quantised {
        quantised(x.len(), |out| ops::rmsnorm::rmsnorm(x, norm, eps, out))
    }

    fn rope(&mut self, v: &[i32], pos: u32, inc: &[u32], pairing: RopePairing, f: i32) -> Quantised {
        quantised(v.len(), |out| ops::rope::rope(v, pos, inc, pairing, f, out))
    }

    fn attention(&mut self, q: &[i16], eq: i32, seen: &Visible<'_>, scale: ScoreScale, f: i32) -> Vec<i32> {
        let mut out = vec![0; q.len()];
        ops::attention::attention(q, eq, seen, scale, f, &mut out);
        out
    }

    fn swiglu(&mut self, g: &[i32], u: &[i32], f: i32) -> Quantised {
        quantised(g.len(), |out| ops::swiglu::swiglu(g, u, f, out))
    }

    fn bfpq(&mut self, v: &[i64], fv: i32) -> Quantised {
        quantised(v.len(), |out| ops::bfpq::bfpq(v, fv, out))
    }

    fn head(&mut self, logits: &[i32]) -> u32 {
        ops::head::greedy(logits)
    }

    fn sample(&mut self, logits: &[i32], sampler: &Sampler, u: u64) -> u32 {
        ops::sample::sample(logits, sampler, u)
    }

    fn conv2d(&mut self, _spec: &MatrixSpec, rows: &[Row], x: &Quantised, map: MapShape, fo: i32) -> Vec<i32> {
        let mut y = vec![0; map.height * map.width * rows.len()];
        ops::conv2d::conv2d(rows, &x.0, x.1, map, fo, &mut y);
        y
    }

    fn silu(&mut self, x: &[i32]) -> Vec<i32> {
        let mut x = x.to_vec();
        ops::silu::silu(&mut x);
        x
    }

    fn upsample(&mut self, x: &[i16], map: MapShape) -> Vec<i16> {
        let mut y = vec![0; 4 * map.len()];
        ops::upsample::upsample(x, map, &mut y);
        y
    }

    fn pixel(&mut self, x: &[i32]) -> Vec<u32> {
        x.iter().map(|&x| ops::pixel::pixel(x).into()).collect()
    }
}
