//! The GPU as a room for the stored vectors. A browser's answers come later, so each case is answered by the reference, which is held
//! against the vectors, and the GPU is expected to give the same.

use openimo_core::backend::{AttentionParams, Backend, MatrixLoader, RopeParams};
use openimo_core::model::config::{Config, RopePairing};
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops::Op;
use openimo_core::ops::attention::{ScoreScale, Visible};
use openimo_core::ops::conv2d::MapShape;
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::ops::sample::Sampler;
use openimo_core::vectors::{Quantised, Reference, Room};
use openimo_gpu::{Case, Expected, Gpu, GpuMatrix};

/// Puts cases to a GPU.
pub struct GpuRoom {
    pub gpu: Gpu,
    pub expected: Expected,
    /// Cases so far.
    pub cases: usize,
}

impl GpuRoom {
    /// No case yet.
    pub fn new(gpu: Gpu) -> Self {
        Self { gpu, expected: Expected::default(), cases: 0 }
    }

    fn load(&self, spec: &MatrixSpec, rows: &[Row]) -> GpuMatrix {
        let mut loader = self.gpu.load(spec);
        rows.iter().for_each(|row| loader.push(row));
        loader.finish()
    }

    fn expect(&mut self, op: Op, answers: impl FnOnce(&Gpu, &mut Case<'_>)) {
        let mut case = Case { expected: &mut self.expected, operator: op.info().name, number: self.cases };
        answers(&self.gpu, &mut case);
        self.cases += 1;
    }

    fn choice(&mut self, op: Op, logits: &[i32], sampler: &Sampler, u: u64, id: u32) {
        let logits = self.gpu.ints_of(logits.len(), logits);
        let choice = self.gpu.choose(&logits, sampler, &[u]);
        self.expect(op, |_, case| case.numbers(choice, vec![id]));
    }
}

impl Room for GpuRoom {
    fn embedding(&mut self, spec: &MatrixSpec, rows: &[Row], id: u32, fres: i32) -> Vec<i32> {
        let expected = Reference.embedding(spec, rows, id, fres);
        let matrix = self.load(spec, rows);
        let mut x = self.gpu.ints(1, spec.cols as usize);
        self.gpu.embedding(&[id], &matrix, fres, &mut x);
        self.expect(Op::Embedding, |gpu, case| case.ints(gpu, &x, 0, &expected));
        expected
    }

    fn linear(&mut self, spec: &MatrixSpec, rows: &[Row], batch: &[Quantised], fo: i32) -> Vec<Vec<i32>> {
        let expected = Reference.linear(spec, rows, batch, fo);
        let matrix = self.load(spec, rows);
        let (x, e): (Vec<&[i16]>, Vec<i32>) = batch.iter().map(|(x, e)| (x.as_slice(), *e)).unzip();
        let x = self.gpu.bfp_of(1, spec.cols as usize, &x.concat(), &e);
        let mut y = self.gpu.ints(batch.len(), spec.rows as usize);
        self.gpu.linear(&x, &[&matrix], fo, &mut [&mut y]);
        self.expect(Op::Linear, |gpu, case| {
            expected.iter().enumerate().for_each(|(t, expected)| case.ints(gpu, &y, t, expected));
        });
        expected
    }

    fn residual(&mut self, x: &[i32], y: &[i32]) -> Vec<i32> {
        let expected = Reference.residual(x, y);
        let (mut x, y) = (self.gpu.ints_of(x.len(), x), self.gpu.ints_of(y.len(), y));
        self.gpu.residual(&mut x, &y);
        self.expect(Op::Residual, |gpu, case| case.ints(gpu, &x, 0, &expected));
        expected
    }

    fn rmsnorm(&mut self, x: &[i32], norm: &Norm, eps: u64) -> Quantised {
        let expected = Reference.rmsnorm(x, norm, eps);
        let x = self.gpu.ints_of(x.len(), x);
        let mut out = self.gpu.bfp(1, 1, norm.g.len());
        self.gpu.rmsnorm(&x, norm, eps, &mut out);
        self.expect(Op::Rmsnorm, |gpu, case| case.bfp(gpu, &out, &expected.0, expected.1));
        expected
    }

    fn rope(&mut self, v: &[i32], pos: u32, inc: &[u32], pairing: RopePairing, f: i32) -> Quantised {
        let expected = Reference.rope(v, pos, inc, pairing, f);
        let scale = ScoreScale { c: 1 << 15, ce: 0 };
        let config = Config { rope_inc: inc.to_vec(), rope_pairing: pairing, ..Config::one_head(v.len(), scale) };
        let mut out = self.gpu.bfp(1, 1, v.len());
        let v = self.gpu.ints_of(v.len(), v);
        self.gpu.rope_with(&v, RopeParams { pos0: pos, heads: 1, config: &config }, f, &mut out);
        self.expect(Op::Rope, |gpu, case| case.bfp(gpu, &out, &expected.0, expected.1));
        expected
    }

    fn attention(&mut self, q: &[i16], eq: i32, seen: &Visible<'_>, scale: ScoreScale, f: i32) -> Vec<i32> {
        assert_eq!(f, openimo_core::ops::F);
        let expected = Reference.attention(q, eq, seen, scale, f);
        let (dh, n) = (q.len(), seen.ek.len());
        let config = Config::one_head(dh, scale);
        let (k, v) = (self.gpu.bfp_of(1, dh, seen.k, seen.ek), self.gpu.bfp_of(1, dh, seen.v, seen.ev));
        let mut cache = self.gpu.cache(&config);
        self.gpu.append(&mut cache, &k, &v);
        let q = self.gpu.bfp_of(1, dh, q, &[eq]);
        let mut out = self.gpu.ints(1, dh);
        self.gpu.attention(&q, &cache, AttentionParams { pos0: n as u32 - 1, config: &config, scale }, &mut out);
        self.expect(Op::Attention, |gpu, case| case.ints(gpu, &out, 0, &expected));
        expected
    }

    fn swiglu(&mut self, g: &[i32], u: &[i32], f: i32) -> Quantised {
        let expected = Reference.swiglu(g, u, f);
        let mut out = self.gpu.bfp(1, 1, g.len());
        let (g, u) = (self.gpu.ints_of(g.len(), g), self.gpu.ints_of(u.len(), u));
        self.gpu.swiglu_with(&g, &u, f, &mut out);
        self.expect(Op::Swiglu, |gpu, case| case.bfp(gpu, &out, &expected.0, expected.1));
        expected
    }

    fn bfpq(&mut self, v: &[i64], fv: i32) -> Quantised {
        let expected = Reference.bfpq(v, fv);
        let mut outs = vec![self.gpu.bfpq_i64(v, fv)];
        let narrow: Option<Vec<i32>> = v.iter().map(|&v| i32::try_from(v).ok().filter(|&v| v != i32::MIN)).collect();
        if let Some(narrow) = narrow {
            let v = self.gpu.ints_of(v.len(), &narrow);
            let mut out = self.gpu.bfp(1, 1, narrow.len());
            self.gpu.bfpq(&v, fv, &mut out);
            outs.push(out);
        }
        self.expect(Op::Bfpq, |gpu, case| outs.iter().for_each(|out| case.bfp(gpu, out, &expected.0, expected.1)));
        expected
    }

    fn head(&mut self, logits: &[i32]) -> u32 {
        let id = Reference.head(logits);
        self.choice(Op::Head, logits, &Sampler::GREEDY, 0, id);
        id
    }

    fn sample(&mut self, logits: &[i32], sampler: &Sampler, u: u64) -> u32 {
        let id = Reference.sample(logits, sampler, u);
        self.choice(Op::Sample, logits, sampler, u, id);
        id
    }

    fn conv2d(&mut self, spec: &MatrixSpec, rows: &[Row], x: &Quantised, map: MapShape, fo: i32) -> Vec<i32> {
        let expected = Reference.conv2d(spec, rows, x, map, fo);
        let matrix = self.load(spec, rows);
        let x = self.gpu.bfp_of(1, map.len(), &x.0, &[x.1]);
        let mut y = self.gpu.ints(1, expected.len());
        self.gpu.conv2d(&x, map, &matrix, fo, &mut y);
        self.expect(Op::Conv2d, |gpu, case| case.ints(gpu, &y, 0, &expected));
        expected
    }

    fn silu(&mut self, x: &[i32]) -> Vec<i32> {
        let expected = Reference.silu(x);
        let mut x = self.gpu.ints_of(x.len(), x);
        self.gpu.silu(&mut x);
        self.expect(Op::Silu, |gpu, case| case.ints(gpu, &x, 0, &expected));
        expected
    }

    fn upsample(&mut self, x: &[i16], map: MapShape) -> Vec<i16> {
        let expected = Reference.upsample(x, map);
        // The exponent stays, whatever it is.
        let x = self.gpu.bfp_of(1, map.len(), x, &[-7]);
        let mut out = self.gpu.bfp(1, 1, expected.len());
        self.gpu.upsample(&x, map, &mut out);
        self.expect(Op::Upsample, |gpu, case| case.bfp(gpu, &out, &expected, -7));
        expected
    }

    fn pixel(&mut self, x: &[i32]) -> Vec<u32> {
        let expected = Reference.pixel(x);
        let x = self.gpu.ints_of(x.len(), x);
        let choice = self.gpu.pixel(&x);
        self.expect(Op::Pixel, |_, case| case.numbers(choice, expected.clone()));
        expected
    }
}
