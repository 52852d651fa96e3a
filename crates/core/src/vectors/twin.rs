//! The vector executor as a room: each operator as the executor runs it.

use super::room::{Quantised, Room, quantised};
use crate::backend::{AttentionParams, Backend, MatrixLoader, ReadBack};
use crate::model::config::{Config, RopePairing};
use crate::model::matrix::{MatrixSpec, Row};
use crate::ops::F;
use crate::ops::attention::{ScoreScale, Visible};
use crate::ops::conv2d::MapShape;
use crate::ops::rmsnorm::Norm;
use crate::ops::sample::Sampler;
use crate::simd::{self, Simd};

/// One rank of the vector executor.
pub struct Twin(pub Simd);

impl Twin {
    fn load(&self, spec: &MatrixSpec, rows: &[Row]) -> <Simd as Backend>::Matrix {
        let mut loader = self.0.load(spec);
        rows.iter().for_each(|row| loader.push(row));
        loader.finish()
    }

    fn bfp(&self, groups: usize, n: usize, x: &[i16], e: &[i32]) -> <Simd as Backend>::Bfp {
        let mut tensor = self.0.bfp(e.len() / groups, groups, n);
        tensor.x = x.to_vec();
        tensor.e = e.to_vec();
        tensor
    }
}

impl Room for Twin {
    fn embedding(&mut self, spec: &MatrixSpec, rows: &[Row], id: u32, fres: i32) -> Vec<i32> {
        let matrix = self.load(spec, rows);
        let mut x = self.0.ints(1, spec.cols as usize);
        self.0.embedding(&[id], &matrix, fres, &mut x);
        self.0.row(&x, 0).into_owned()
    }

    fn linear(&mut self, spec: &MatrixSpec, rows: &[Row], batch: &[Quantised], fo: i32) -> Vec<Vec<i32>> {
        let matrix = self.load(spec, rows);
        let (x, e): (Vec<&[i16]>, Vec<i32>) = batch.iter().map(|(x, e)| (x.as_slice(), *e)).unzip();
        let x = self.bfp(1, spec.cols as usize, &x.concat(), &e);
        let mut y = self.0.ints(batch.len(), spec.rows as usize);
        self.0.linear(&x, &[&matrix], fo, &mut [&mut y]);
        (0..batch.len()).map(|t| self.0.row(&y, t).into_owned()).collect()
    }

    fn residual(&mut self, x: &[i32], y: &[i32]) -> Vec<i32> {
        let mut x = x.to_vec();
        simd::residual::residual(self.0.level(), &mut x, y);
        x
    }

    fn rmsnorm(&mut self, x: &[i32], norm: &Norm, eps: u64) -> Quantised {
        quantised(x.len(), |out| simd::rmsnorm::rmsnorm(self.0.level(), x, norm, eps, out))
    }

    fn rope(&mut self, v: &[i32], pos: u32, inc: &[u32], pairing: RopePairing, f: i32) -> Quantised {
        let table = simd::rope::rope_table(pos, inc);
        quantised(v.len(), |out| simd::rope::rope(self.0.level(), v, &table, pairing, f, out))
    }

    fn attention(&mut self, q: &[i16], eq: i32, seen: &Visible<'_>, scale: ScoreScale, f: i32) -> Vec<i32> {
        assert_eq!(f, F, "the executor's attention has {F} fraction bits");
        let (dh, n) = (q.len(), seen.ek.len());
        let config = Config::one_head(dh, scale);
        let (k, v) = (self.bfp(1, dh, seen.k, seen.ek), self.bfp(1, dh, seen.v, seen.ev));
        let mut cache = self.0.cache(&config);
        self.0.append(&mut cache, &k, &v);
        let q = self.bfp(1, dh, q, &[eq]);
        let mut out = self.0.ints(1, dh);
        let params = AttentionParams { pos0: n as u32 - 1, config: &config, scale };
        self.0.attention(&q, &cache, params, &mut out);
        self.0.row(&out, 0).into_owned()
    }

    fn swiglu(&mut self, g: &[i32], u: &[i32], f: i32) -> Quantised {
        quantised(g.len(), |out| simd::swiglu::swiglu(self.0.level(), g, u, f, out))
    }

    fn bfpq(&mut self, v: &[i64], fv: i32) -> Quantised {
        let narrow: Option<Vec<i32>> = v.iter().map(|&v| i32::try_from(v).ok().filter(|&v| v != i32::MIN)).collect();
        quantised(v.len(), |out| {
            let e = simd::bfpq::bfpq_i64(self.0.level(), v, fv, out);
            if let Some(narrow) = narrow {
                let wide = out.to_vec();
                assert_eq!(simd::bfpq::bfpq_i32(self.0.level(), &narrow, fv, out), e, "from 32 bits as from 64");
                assert_eq!(out, wide, "from 32 bits as from 64");
            }
            e
        })
    }

    fn head(&mut self, logits: &[i32]) -> u32 {
        simd::head::greedy(self.0.level(), logits)
    }

    fn sample(&mut self, logits: &[i32], sampler: &Sampler, u: u64) -> u32 {
        simd::sample::sample(self.0.level(), logits, sampler, u)
    }

    fn conv2d(&mut self, spec: &MatrixSpec, rows: &[Row], x: &Quantised, map: MapShape, fo: i32) -> Vec<i32> {
        let matrix = self.load(spec, rows);
        let x = self.bfp(1, map.len(), &x.0, &[x.1]);
        let mut y = self.0.ints(1, map.height * map.width * rows.len());
        self.0.conv2d(&x, map, &matrix, fo, &mut y);
        self.0.row(&y, 0).into_owned()
    }

    fn silu(&mut self, x: &[i32]) -> Vec<i32> {
        let mut x = x.to_vec();
        simd::silu::silu(self.0.level(), &mut x);
        x
    }

    fn upsample(&mut self, x: &[i16], map: MapShape) -> Vec<i16> {
        let x = self.bfp(1, map.len(), x, &[0]);
        let mut y = self.0.bfp(1, 1, 4 * map.len());
        self.0.upsample(&x, map, &mut y);
        y.x
    }

    fn pixel(&mut self, x: &[i32]) -> Vec<u32> {
        x.iter().map(|&x| simd::pixel::pixel(x).into()).collect()
    }
}
