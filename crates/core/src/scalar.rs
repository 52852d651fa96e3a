//! The scalar executor: every operator straight from [`crate::ops`], always compiled in, so that any other can be audited.

use std::borrow::Cow;

use crate::backend::{AttentionParams, Backend, MatrixLoader, ReadBack, RopeParams};
use crate::commit::Hash;
use crate::device::Executor;
use crate::model::config::Config;
use crate::model::matrix::{MatrixSpec, Row};
use crate::ops;
use crate::ops::attention::Visible;
use crate::ops::conv2d::MapShape;
use crate::ops::rmsnorm::Norm;
use crate::ops::sample::Sampler;
use crate::trace::vector;

/// Runs the reference operators.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scalar;

/// `[T, n]` i32.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ints {
    /// Columns.
    pub n: usize,
    /// Row-major values.
    pub v: Vec<i32>,
}

/// `[T, groups, n]` block floating point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bfp {
    /// Columns of a group.
    pub n: usize,
    /// Groups of a row.
    pub groups: usize,
    /// Row-major values.
    pub x: Vec<i16>,
    /// An exponent a group.
    pub e: Vec<i32>,
}

/// Keys and values of one layer, `[positions, KV, dh]`.
#[derive(Clone, Debug)]
pub struct Cache {
    k: Bfp,
    v: Bfp,
}

/// Decoded rows.
#[derive(Clone, Debug)]
pub struct Matrix {
    spec: MatrixSpec,
    rows: Vec<Row>,
}

impl MatrixLoader for Matrix {
    type Matrix = Self;

    fn push(&mut self, row: &Row) {
        self.rows.push(row.clone());
    }

    fn finish(self) -> Self {
        assert_eq!(self.rows.len(), self.spec.rows as usize, "rows are missing");
        self
    }
}

impl Ints {
    pub(crate) fn rows(&self) -> usize {
        self.v.len() / self.n
    }
}

impl Bfp {
    pub(crate) fn rows(&self) -> usize {
        self.e.len() / self.groups
    }

    fn resize(&mut self, t: usize) {
        self.x.resize(t * self.groups * self.n, 0);
        self.e.resize(t * self.groups, 0);
    }

    /// Fill each group from `f(index of the group, its slice)`, which returns the exponent.
    pub(crate) fn fill(&mut self, t: usize, mut f: impl FnMut(usize, &mut [i16]) -> i32) {
        self.resize(t);
        for (i, (x, e)) in self.x.chunks_mut(self.n).zip(&mut self.e).enumerate() {
            *e = f(i, x);
        }
    }
}

impl Backend for Scalar {
    type Matrix = Matrix;
    type Loader = Matrix;
    type Ints = Ints;
    type Bfp = Bfp;
    type Cache = Cache;
    type Choice = Vec<u32>;

    fn executor(&self) -> Executor {
        Executor::cpu("reference")
    }

    fn load(&self, spec: &MatrixSpec) -> Matrix {
        Matrix { spec: *spec, rows: Vec::new() }
    }

    fn ints(&self, _t: usize, n: usize) -> Ints {
        Ints { n, v: Vec::new() }
    }

    fn bfp(&self, _t: usize, groups: usize, n: usize) -> Bfp {
        Bfp { n, groups, ..Bfp::default() }
    }

    fn cache(&self, config: &Config) -> Cache {
        let empty = self.bfp(0, config.n_kv_heads as usize, config.head_dim as usize);
        Cache { k: empty.clone(), v: empty }
    }

    fn embedding(&mut self, ids: &[u32], w: &Matrix, fres: i32, x: &mut Ints) {
        x.v.resize(ids.len() * x.n, 0);
        for (&id, x) in ids.iter().zip(x.v.chunks_mut(x.n)) {
            ops::embedding::embedding(&w.rows[id as usize], fres, x);
        }
    }

    fn linear(&mut self, x: &Bfp, ws: &[&Matrix], fo: i32, ys: &mut [&mut Ints]) {
        for (w, y) in ws.iter().zip(ys) {
            y.v.resize(x.rows() * y.n, 0);
            for ((x, &e), y) in x.x.chunks(x.n).zip(&x.e).zip(y.v.chunks_mut(y.n)) {
                for (row, y) in w.rows.iter().zip(y) {
                    *y = ops::linear::finish(ops::linear::dot(row, x), row, e, fo);
                }
            }
        }
    }

    fn residual(&mut self, x: &mut Ints, y: &Ints) {
        ops::residual::residual(&mut x.v, &y.v);
    }

    fn rmsnorm(&mut self, x: &Ints, norm: &Norm, eps: u64, out: &mut Bfp) {
        out.fill(x.rows(), |i, out| ops::rmsnorm::rmsnorm(&x.v[i * x.n..][..x.n], norm, eps, out));
    }

    fn rope(&mut self, v: &Ints, params: RopeParams<'_>, out: &mut Bfp) {
        let (c, dh) = (params.config, out.n);
        out.fill(v.rows(), |i, out| {
            let pos = params.pos0 + (i / params.heads) as u32;
            ops::rope::rope(&v.v[i * dh..][..dh], pos, &c.rope_inc, c.rope_pairing, ops::F, out)
        });
    }

    fn bfpq(&mut self, v: &Ints, fv: i32, out: &mut Bfp) {
        let n = out.n;
        out.fill(v.rows(), |i, out| {
            let wide: Vec<i64> = v.v[i * n..][..n].iter().map(|&v| i64::from(v)).collect();
            ops::bfpq::bfpq(&wide, fv, out)
        });
    }

    fn append(&mut self, cache: &mut Cache, k: &Bfp, v: &Bfp) {
        for (cache, new) in [(&mut cache.k, k), (&mut cache.v, v)] {
            cache.x.extend_from_slice(&new.x);
            cache.e.extend_from_slice(&new.e);
        }
    }

    fn attention(&mut self, q: &Bfp, cache: &Cache, params: AttentionParams<'_>, out: &mut Ints) {
        let c = params.config;
        let (heads, kv, dh) = (c.n_heads as usize, c.n_kv_heads as usize, c.head_dim as usize);
        out.v.resize(q.x.len(), 0);
        for (i, out) in out.v.chunks_mut(dh).enumerate() {
            let (pos, group) = (params.pos0 as usize + i / heads, i % heads * kv / heads);
            let seen = c.first_visible(pos as u32) as usize..pos + 1;
            let gather = |b: &Bfp| -> (Vec<i16>, Vec<i32>) {
                let index = seen.clone().map(|t| t * kv + group);
                (index.clone().flat_map(|j| b.x[j * dh..][..dh].iter().copied()).collect(), index.map(|j| b.e[j]).collect())
            };
            let ((k, ek), (v, ev)) = (gather(&cache.k), gather(&cache.v));
            let seen = Visible { k: &k, ek: &ek, v: &v, ev: &ev };
            ops::attention::attention(&q.x[i * dh..][..dh], q.e[i], &seen, params.scale, ops::F, out);
        }
    }

    fn swiglu(&mut self, g: &Ints, u: &Ints, out: &mut Bfp) {
        out.fill(g.rows(), |i, out| ops::swiglu::swiglu(&g.v[i * g.n..][..g.n], &u.v[i * u.n..][..u.n], ops::F, out));
    }

    fn keep_last(&mut self, x: &mut Ints, n: usize) {
        x.v.drain(..x.v.len() - n * x.n);
    }

    fn choose(&mut self, logits: &Ints, sampler: &Sampler, draws: &[u64]) -> Vec<u32> {
        draws.iter().enumerate().map(|(t, &u)| ops::sample::sample(&self.row(logits, t), sampler, u)).collect()
    }

    fn flatten(&self, x: &mut Ints) {
        x.n = x.v.len();
    }

    fn conv2d(&mut self, x: &Bfp, map: MapShape, w: &Matrix, fo: i32, y: &mut Ints) {
        y.v.resize(y.n, 0);
        ops::conv2d::conv2d(&w.rows, &x.x, x.e[0], map, fo, &mut y.v);
    }

    fn silu(&mut self, x: &mut Ints) {
        ops::silu::silu(&mut x.v);
    }

    fn upsample(&mut self, x: &Bfp, map: MapShape, out: &mut Bfp) {
        out.fill(1, |_, out| {
            ops::upsample::upsample(&x.x, map, out);
            x.e[0]
        });
    }

    fn pixel(&mut self, x: &Ints) -> Vec<u32> {
        x.v.iter().map(|&x| ops::pixel::pixel(x).into()).collect()
    }

    fn digests(&mut self, x: &Ints) -> Option<Vec<Hash>> {
        Some(vector::digests(&x.v, x.n))
    }

    fn truncate(&mut self, cache: &mut Cache, len: usize) {
        cache.k.resize(len);
        cache.v.resize(len);
    }
}

impl ReadBack for Scalar {
    fn row<'a>(&self, x: &'a Ints, t: usize) -> Cow<'a, [i32]> {
        Cow::Borrowed(&x.v[t * x.n..][..x.n])
    }
}
