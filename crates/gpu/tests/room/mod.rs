//! The GPU as a room for the stored vectors.

use openimo_core::backend::{AttentionParams, Backend, MatrixLoader, RopeParams};
use openimo_core::model::config::{Config, RopePairing};
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops::attention::{ScoreScale, Visible};
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::ops::sample::Sampler;
use openimo_core::vectors::{Quantised, Room};
use openimo_gpu::{Gpu, GpuBfp, GpuMatrix};

/// Puts cases to a GPU.
pub struct GpuRoom(pub Gpu);

impl GpuRoom {
    fn load(&self, spec: &MatrixSpec, rows: &[Row]) -> GpuMatrix {
        let mut loader = self.0.load(spec);
        rows.iter().for_each(|row| loader.push(row));
        loader.finish()
    }

    fn one(&self, bfp: &GpuBfp) -> Quantised {
        let (x, e) = self.0.bfp_back(bfp);
        (x, e[0])
    }
}

impl Room for GpuRoom {
    fn embedding(&mut self, spec: &MatrixSpec, rows: &[Row], id: u32, fres: i32) -> Vec<i32> {
        let matrix = self.load(spec, rows);
        let mut x = self.0.ints(1, spec.cols as usize);
        self.0.embedding(&[id], &matrix, fres, &mut x);
        self.0.row(&x, 0).into_owned()
    }

    fn linear(&mut self, spec: &MatrixSpec, rows: &[Row], batch: &[Quantised], fo: i32) -> Vec<Vec<i32>> {
        let matrix = self.load(spec, rows);
        let (x, e): (Vec<&[i16]>, Vec<i32>) = batch.iter().map(|(x, e)| (x.as_slice(), *e)).unzip();
        let x = self.0.bfp_of(1, spec.cols as usize, &x.concat(), &e);
        let mut y = self.0.ints(batch.len(), spec.rows as usize);
        self.0.linear(&x, &[&matrix], fo, &mut [&mut y]);
        (0..batch.len()).map(|t| self.0.row(&y, t).into_owned()).collect()
    }

    fn residual(&mut self, x: &[i32], y: &[i32]) -> Vec<i32> {
        let (mut x, y) = (self.0.ints_of(x.len(), x), self.0.ints_of(y.len(), y));
        self.0.residual(&mut x, &y);
        self.0.row(&x, 0).into_owned()
    }

    fn rmsnorm(&mut self, x: &[i32], norm: &Norm, eps: u64) -> Quantised {
        let x = self.0.ints_of(x.len(), x);
        let mut out = self.0.bfp(1, 1, norm.g.len());
        self.0.rmsnorm(&x, norm, eps, &mut out);
        self.one(&out)
    }

    fn rope(&mut self, v: &[i32], pos: u32, inc: &[u32], pairing: RopePairing, f: i32) -> Quantised {
        let scale = ScoreScale { c: 1 << 15, ce: 0 };
        let config = Config { rope_inc: inc.to_vec(), rope_pairing: pairing, ..Config::one_head(v.len(), scale) };
        let mut out = self.0.bfp(1, 1, v.len());
        let v = self.0.ints_of(v.len(), v);
        self.0.rope_with(&v, RopeParams { pos0: pos, heads: 1, config: &config }, f, &mut out);
        self.one(&out)
    }

    fn attention(&mut self, q: &[i16], eq: i32, seen: &Visible<'_>, scale: ScoreScale, f: i32) -> Vec<i32> {
        assert_eq!(f, openimo_core::ops::F);
        let (dh, n) = (q.len(), seen.ek.len());
        let config = Config::one_head(dh, scale);
        let (k, v) = (self.0.bfp_of(1, dh, seen.k, seen.ek), self.0.bfp_of(1, dh, seen.v, seen.ev));
        let mut cache = self.0.cache(&config);
        self.0.append(&mut cache, &k, &v);
        let q = self.0.bfp_of(1, dh, q, &[eq]);
        let mut out = self.0.ints(1, dh);
        self.0.attention(&q, &cache, AttentionParams { pos0: n as u32 - 1, config: &config, scale }, &mut out);
        self.0.row(&out, 0).into_owned()
    }

    fn swiglu(&mut self, g: &[i32], u: &[i32], f: i32) -> Quantised {
        let mut out = self.0.bfp(1, 1, g.len());
        let (g, u) = (self.0.ints_of(g.len(), g), self.0.ints_of(u.len(), u));
        self.0.swiglu_with(&g, &u, f, &mut out);
        self.one(&out)
    }

    fn bfpq(&mut self, v: &[i64], fv: i32) -> Quantised {
        let wide = self.0.bfpq_i64(v, fv);
        let wide = self.one(&wide);
        let narrow: Option<Vec<i32>> = v.iter().map(|&v| i32::try_from(v).ok().filter(|&v| v != i32::MIN)).collect();
        if let Some(narrow) = narrow {
            let v = self.0.ints_of(v.len(), &narrow);
            let mut out = self.0.bfp(1, 1, narrow.len());
            self.0.bfpq(&v, fv, &mut out);
            assert_eq!(self.one(&out), wide, "from 32 bits as from 64");
        }
        wide
    }

    fn head(&mut self, logits: &[i32]) -> u32 {
        let logits = self.0.ints_of(logits.len(), logits);
        self.0.choose(&logits, 0, &Sampler::GREEDY, 0)
    }

    fn sample(&mut self, logits: &[i32], sampler: &Sampler, u: u64) -> u32 {
        let logits = self.0.ints_of(logits.len(), logits);
        self.0.choose(&logits, 0, sampler, u)
    }
}
