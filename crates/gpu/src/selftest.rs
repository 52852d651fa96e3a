//! The known-answer test that a device must pass before it is used: every operator on edge values and seeded random ones, against the
//! reference operators of the core. Drivers have integer bugs; a device that fails is not used.

use openimo_core::backend::{AttentionParams, Backend, MatrixLoader, RopeParams};
use openimo_core::model::config::{Config, RopePairing};
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops::attention::{ScoreScale, Visible};
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::ops::sample::Sampler;
use openimo_core::ops::{self, F, Op};

use crate::backend::Gpu;
use crate::matrix::GpuMatrix;
use crate::tensor::GpuBfp;

/// An operator that does not give the reference's numbers on this device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operator} on {adapter} is not exact (case {case}): the device cannot be used")]
pub struct SelfTestError {
    /// The operator.
    pub operator: &'static str,
    /// The device.
    pub adapter: String,
    /// The case.
    pub case: usize,
}

/// Largest stored magnitude.
const MAX: i32 = i32::MAX;

/// A stream of pseudo-random numbers (SplitMix64).
struct Stream(u64);

impl Stream {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// From −`most` to `most`.
    fn within(&mut self, most: i32) -> i32 {
        ((self.bits() % (2 * most as u64 + 1)) as i64 - i64::from(most)) as i32
    }

    /// `n` values of up to `bits` bits, one in four an edge.
    fn values(&mut self, n: usize, bits: u32) -> Vec<i32> {
        let top = ((1i64 << bits) - 1) as i32;
        (0..n)
            .map(|_| match self.bits() % 16 {
                0 => top,
                1 => -top,
                2 => 0,
                3 => 1 << (self.bits() % u64::from(bits)),
                _ => (self.bits() as i32 & top) * if self.bits().is_multiple_of(2) { 1 } else { -1 },
            })
            .collect()
    }

    fn activations(&mut self, n: usize) -> Vec<i16> {
        const MOST: i32 = 1 << 14;
        (0..n)
            .map(|_| match self.bits() % 8 {
                0 => MOST as i16,
                1 => -MOST as i16,
                _ => self.within(MOST) as i16,
            })
            .collect()
    }
}

impl Gpu {
    /// Run the test; returns the number of cases.
    ///
    /// # Errors
    /// The first operator that is not exact.
    pub fn self_test(&mut self) -> Result<usize, SelfTestError> {
        let mut cases = 0;
        for op in Op::ALL {
            let test: fn(&mut Self, &mut Stream) -> bool = match op {
                Op::Embedding => Self::test_embedding,
                Op::Linear => Self::test_linear,
                Op::Residual => Self::test_residual,
                Op::Rmsnorm => Self::test_rmsnorm,
                Op::Rope => Self::test_rope,
                Op::Attention => Self::test_attention,
                Op::Swiglu => Self::test_swiglu,
                Op::Bfpq => Self::test_bfpq,
                Op::Head => |gpu, stream| gpu.test_choice(&Sampler::GREEDY, stream),
                Op::Sample => |gpu, stream| gpu.test_choice(&Sampler { beta: 94_548, top_k: 500, top_p: 60_000 }, stream),
            };
            let mut stream = Stream(op as u64);
            for case in 0..6 {
                if !test(self, &mut stream) {
                    let adapter = self.adapter().name.clone();
                    return Err(SelfTestError { operator: op.info().name, adapter, case });
                }
                cases += 1;
            }
        }
        Ok(cases)
    }

    fn is(&self, found: &GpuBfp, x: &[i16], e: i32) -> bool {
        self.bfp_back(found) == (x.to_vec(), vec![e])
    }

    /// A random matrix: its shape, its rows, and itself on the device.
    fn matrix(&self, stream: &mut Stream) -> (MatrixSpec, Vec<Row>, GpuMatrix) {
        let pick = stream.bits();
        let (bits, block) = [(4, 32), (8, 32), (8, 16)][pick as usize % 3];
        let nslab = 1 + (pick >> 8 & 1) as u8;
        let spec =
            MatrixSpec { rows: 37, cols: 256, block, bits, has_m: pick >> 9 & 1 == 1, has_bias: pick >> 10 & 1 == 1, nslab };
        let half = 1 << (bits - 1);
        let rows: Vec<Row> = (0..spec.rows)
            .map(|_| Row {
                r: (1 << 15) + (stream.bits() % (1 << 15)) as u16,
                re: 8 + (stream.bits() % 40) as i16,
                bias: spec.has_bias.then(|| stream.within(MAX)),
                d: (0..spec.blocks()).map(|_| stream.within(400) as i16).collect(),
                m: (0..spec.blocks()).map(|_| if spec.has_m { stream.within(9000) as i16 } else { 0 }).collect(),
                q: (0..spec.cols).map(|_| stream.within(half).min(half - 1) as i8).collect(),
            })
            .collect();
        let mut loader = self.load(&spec);
        rows.iter().for_each(|row| loader.push(row));
        (spec, rows, loader.finish())
    }

    fn test_embedding(&mut self, stream: &mut Stream) -> bool {
        let (spec, rows, matrix) = self.matrix(stream);
        let ids = [36, 5];
        let mut x = self.ints(ids.len(), spec.cols as usize);
        self.embedding(&ids, &matrix, 12, &mut x);
        let mut expected = vec![0; spec.cols as usize];
        ids.iter().enumerate().all(|(t, &id)| {
            ops::embedding::embedding(&rows[id as usize], 12, &mut expected);
            *self.row(&x, t) == expected
        })
    }

    fn test_linear(&mut self, stream: &mut Stream) -> bool {
        let (spec, rows, matrix) = self.matrix(stream);
        let cols = spec.cols as usize;
        // One row of the batch, and more than a tile of them.
        [1, 6].into_iter().all(|batch| {
            let x = stream.activations(batch * cols);
            let e: Vec<i32> = (0..batch).map(|_| stream.within(30)).collect();
            let (on_device, mut y) = (self.bfp_of(1, cols, &x, &e), self.ints(batch, spec.rows as usize));
            self.linear(&on_device, &[&matrix], F, &mut [&mut y]);
            x.chunks(cols).zip(&e).enumerate().all(|(t, (x, &e))| {
                let expected: Vec<i32> =
                    rows.iter().map(|row| ops::linear::finish(ops::linear::dot(row, x), row, e, F)).collect();
                *self.row(&y, t) == expected
            })
        })
    }

    fn test_residual(&mut self, stream: &mut Stream) -> bool {
        let (mut x, y) = (stream.values(300, 31), stream.values(300, 31));
        let (mut on_device, other) = (self.ints_of(300, &x), self.ints_of(300, &y));
        self.residual(&mut on_device, &other);
        ops::residual::residual(&mut x, &y);
        *self.row(&on_device, 0) == x
    }

    fn test_rmsnorm(&mut self, stream: &mut Stream) -> bool {
        let bits = 1 + (stream.bits() % 31) as u32;
        let x = stream.values(130, bits);
        let norm = Norm { g: stream.values(130, 15).iter().map(|&g| g as i16).collect(), eg: 10 };
        let eps = 1 + stream.bits() % (1 << 40);
        let (on_device, mut out) = (self.ints_of(130, &x), self.bfp(1, 1, 130));
        self.rmsnorm(&on_device, &norm, eps, &mut out);
        let mut expected = vec![0; 130];
        let e = ops::rmsnorm::rmsnorm(&x, &norm, eps, &mut expected);
        self.is(&out, &expected, e)
    }

    fn test_rope(&mut self, stream: &mut Stream) -> bool {
        let pairing = if stream.bits().is_multiple_of(2) { RopePairing::Half } else { RopePairing::Adjacent };
        let config = one_head(64, (0..32).map(|_| stream.bits() as u32).collect(), pairing);
        let (v, pos) = (stream.values(64, 31), (stream.bits() % (1 << 17)) as u32);
        let (on_device, mut out) = (self.ints_of(64, &v), self.bfp(1, 1, 64));
        self.rope(&on_device, RopeParams { pos0: pos, heads: 1, config: &config }, &mut out);
        let mut expected = vec![0; 64];
        let e = ops::rope::rope(&v, pos, &config.rope_inc, pairing, F, &mut expected);
        self.is(&out, &expected, e)
    }

    fn test_attention(&mut self, stream: &mut Stream) -> bool {
        let (dh, n) = (64, 1 + (stream.bits() % 600) as usize);
        let config = one_head(dh, vec![0; dh / 2], RopePairing::Half);
        let (q, k, v) = (stream.activations(dh), stream.activations(n * dh), stream.activations(n * dh));
        let mut exponents = || (0..n).map(|_| 12 + (stream.bits() % 5) as i32).collect::<Vec<i32>>();
        let (ek, ev) = (exponents(), exponents());
        let mut cache = self.cache(&config);
        let (keys, values) = (self.bfp_of(1, dh, &k, &ek), self.bfp_of(1, dh, &v, &ev));
        self.append(&mut cache, &keys, &values);
        // From a choice of one position to nearly equal weights.
        let eq = 10 + (stream.bits() % 10) as i32;
        let (query, mut out) = (self.bfp_of(1, dh, &q, &[eq]), self.ints(1, dh));
        let scale = config.score_scale();
        self.attention(&query, &cache, AttentionParams { pos0: n as u32 - 1, config: &config, scale }, &mut out);
        let mut expected = vec![0; dh];
        let seen = Visible { k: &k, ek: &ek, v: &v, ev: &ev };
        ops::attention::attention(&q, eq, &seen, scale, F, &mut expected);
        *self.row(&out, 0) == expected
    }

    fn test_swiglu(&mut self, stream: &mut Stream) -> bool {
        let bits = 16 + (stream.bits() % 16) as u32;
        let (g, u) = (stream.values(200, bits), stream.values(200, 31));
        let (gate, up, mut out) = (self.ints_of(200, &g), self.ints_of(200, &u), self.bfp(1, 1, 200));
        self.swiglu(&gate, &up, &mut out);
        let mut expected = vec![0; 200];
        let e = ops::swiglu::swiglu(&g, &u, F, &mut expected);
        self.is(&out, &expected, e)
    }

    fn test_bfpq(&mut self, stream: &mut Stream) -> bool {
        let bits = 1 + (stream.bits() % 31) as u32;
        let v = stream.values(70, bits);
        let (on_device, mut out) = (self.ints_of(70, &v), self.bfp(1, 1, 70));
        self.bfpq(&on_device, F, &mut out);
        let wide: Vec<i64> = v.iter().map(|&v| i64::from(v)).collect();
        let mut expected = vec![0; 70];
        let e = ops::bfpq::bfpq(&wide, F, &mut expected);
        self.is(&out, &expected, e)
    }

    fn test_choice(&mut self, sampler: &Sampler, stream: &mut Stream) -> bool {
        // Few values, so that there are ties.
        let logits: Vec<i32> = (0..3000).map(|_| stream.within(40) << 14).collect();
        let (on_device, u) = (self.ints_of(logits.len(), &logits), stream.bits());
        self.choose(&on_device, 0, sampler, u) == ops::sample::sample(&logits, sampler, u)
    }
}

/// A model of one head.
fn one_head(dh: usize, rope_inc: Vec<u32>, rope_pairing: RopePairing) -> Config {
    let ScoreScale { c, ce } = ScoreScale { c: 47_274, ce: 18 };
    Config {
        d_model: dh as u32,
        n_layers: 1,
        n_heads: 1,
        n_kv_heads: 1,
        head_dim: dh as u32,
        d_ff: 32,
        vocab: 1,
        context: 1 << 17,
        tied: true,
        fres: 12,
        eps: 1,
        rope_inc,
        rope_pairing,
        score_c: c,
        score_ce: ce as u8,
        sliding_window: None,
    }
}
