//! The known-answer test that a device must pass before it is used: every operator on edge values and seeded random ones, against the
//! reference operators of the core. Drivers have integer bugs; a device that fails is not used.

mod maps;

use openimo_core::backend::{AttentionParams, Backend, MatrixLoader, RopeParams};
use openimo_core::device::Fault;
use openimo_core::model::config::{Config, RopePairing};
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops::attention::{ScoreScale, Visible};
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::ops::sample::Sampler;
use openimo_core::ops::{self, F, Op};
use openimo_core::random::Random;

use crate::backend::{Gpu, GpuChoice};
use crate::matrix::GpuMatrix;
use crate::read::Read;
use crate::tensor::{GpuBfp, GpuInts, pack_digits};

/// Largest stored magnitude.
const MAX: i32 = i32::MAX;

/// A score scale like a model's.
const SCALE: ScoreScale = ScoreScale { c: 47_274, ce: 18 };

/// From −`most` to `most`.
fn within(random: &mut Random, most: i32) -> i32 {
    random.range(-i64::from(most), i64::from(most)) as i32
}

/// `n` values of up to `bits` bits, one in four an edge.
fn values(random: &mut Random, n: usize, bits: u32) -> Vec<i32> {
    let top = ((1i64 << bits) - 1) as i32;
    let mut value = || match random.below(16) {
        0 => top,
        1 => -top,
        2 => 0,
        3 => 1 << random.below(u64::from(bits)),
        _ => within(random, top),
    };
    (0..n).map(|_| value()).collect()
}

/// `n` activations, one in four at an end of their range.
fn activations(random: &mut Random, n: usize) -> Vec<i16> {
    const MOST: i32 = 1 << 14;
    let mut value = || if random.one_in(4) { random.pick(&[-MOST, MOST]) } else { within(random, MOST) };
    (0..n).map(|_| value() as i16).collect()
}

/// What a device is expected to answer; compared when all has been asked, since a browser's answers come later.
#[derive(Default)]
pub struct Expected(Vec<Answer>);

struct Answer {
    operator: &'static str,
    case: usize,
    read: Read,
    expected: Vec<u32>,
}

impl Expected {
    /// Compare all answers: their number.
    ///
    /// # Errors
    /// The first operator that is not exact, or what befell the device.
    pub async fn compare(self) -> Result<usize, Fault> {
        let n = self.0.len();
        for Answer { operator, case, read, expected } in self.0 {
            if read.wait().await? != expected {
                return Err(Fault::SelfTest { operator, case });
            }
        }
        Ok(n)
    }
}

/// Where answers are noted: of which operator, in which case.
pub struct Case<'a> {
    /// What is expected.
    pub expected: &'a mut Expected,
    /// The operator.
    pub operator: &'static str,
    /// The case.
    pub number: usize,
}

impl Case<'_> {
    fn answer(&mut self, read: Read, expected: Vec<u32>) {
        self.expected.0.push(Answer { operator: self.operator, case: self.number, read, expected });
    }

    /// The rows of `x` from `t` on begin with `expected`.
    pub fn ints(&mut self, gpu: &Gpu, x: &GpuInts, t: usize, expected: &[i32]) {
        self.answer(gpu.read_words(x, t, expected.len()), expected.iter().map(|&v| v as u32).collect());
    }

    /// The first vector of `out` is `x` with exponent `e`.
    pub fn bfp(&mut self, gpu: &Gpu, out: &GpuBfp, x: &[i16], e: i32) {
        let words = pack_digits(x);
        self.answer(gpu.recorder.read(&out.x, 0, words.len()), words);
        self.answer(gpu.recorder.read(&out.e, 0, 1), vec![e as u32]);
    }

    /// A choice of these numbers.
    pub fn numbers(&mut self, choice: GpuChoice, numbers: Vec<u32>) {
        self.answer(choice.into_read(), numbers);
    }
}

impl Gpu {
    /// Run the test; returns the number of answers that were compared.
    ///
    /// # Errors
    /// The first operator that is not exact, or what befell the device.
    pub async fn self_test(&mut self) -> Result<usize, Fault> {
        let mut expected = Expected::default();
        for op in Op::ALL {
            let test: fn(&mut Self, &mut Random, &mut Case<'_>) = match op {
                Op::Embedding => Self::test_embedding,
                Op::Linear => Self::test_linear,
                Op::Residual => Self::test_residual,
                Op::Rmsnorm => Self::test_rmsnorm,
                Op::Rope => Self::test_rope,
                Op::Attention => Self::test_attention,
                Op::Swiglu => Self::test_swiglu,
                Op::Bfpq => Self::test_bfpq,
                Op::Head => |gpu, random, case| gpu.test_choice(&Sampler::GREEDY, random, case),
                Op::Sample => {
                    |gpu, random, case| gpu.test_choice(&Sampler { beta: 94_548, top_k: 500, top_p: 60_000 }, random, case)
                }
                Op::Conv2d => Self::test_conv2d,
                Op::Silu => Self::test_silu,
                Op::Upsample => Self::test_upsample,
                Op::Pixel => Self::test_pixel,
            };
            let mut random = Random::new(op as u64);
            for number in 0..6 {
                test(self, &mut random, &mut Case { expected: &mut expected, operator: op.info().name, number });
            }
        }
        expected.compare().await
    }

    /// A random matrix for vectors: its shape, its rows, and itself on the device.
    fn matrix(&self, random: &mut Random) -> (MatrixSpec, Vec<Row>, GpuMatrix) {
        self.matrix_of((37, 256), random)
    }

    /// A random matrix of so many rows and columns.
    fn matrix_of(&self, (rows, cols): (u32, u32), random: &mut Random) -> (MatrixSpec, Vec<Row>, GpuMatrix) {
        let pick = random.bits();
        let (bits, block) = [(4, 32), (8, 32), (8, 16)][pick as usize % 3];
        let nslab = 1 + (pick >> 8 & 1) as u8;
        let spec = MatrixSpec { rows, cols, block, bits, has_m: pick >> 9 & 1 == 1, has_bias: pick >> 10 & 1 == 1, nslab };
        let half = 1 << (bits - 1);
        let rows: Vec<Row> = (0..spec.rows)
            .map(|_| Row {
                r: (1 << 15) + (random.bits() % (1 << 15)) as u16,
                re: 8 + (random.bits() % 40) as i16,
                bias: spec.has_bias.then(|| within(random, MAX)),
                d: (0..spec.blocks()).map(|_| within(random, 400) as i16).collect(),
                m: (0..spec.blocks()).map(|_| if spec.has_m { within(random, 9000) as i16 } else { 0 }).collect(),
                q: (0..spec.cols).map(|_| within(random, half).min(half - 1) as i8).collect(),
            })
            .collect();
        let mut loader = self.load(&spec);
        rows.iter().for_each(|row| loader.push(row));
        (spec, rows, loader.finish())
    }

    fn test_embedding(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let (spec, rows, matrix) = self.matrix(random);
        let ids = [36, 5];
        let mut x = self.ints(ids.len(), spec.cols as usize);
        self.embedding(&ids, &matrix, 12, &mut x);
        let mut expected = vec![0; spec.cols as usize];
        for (t, &id) in ids.iter().enumerate() {
            ops::embedding::embedding(&rows[id as usize], 12, &mut expected);
            case.ints(self, &x, t, &expected);
        }
    }

    fn test_linear(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let (spec, rows, matrix) = self.matrix(random);
        let cols = spec.cols as usize;
        // One row of the batch, and more than a tile of them, small and large; in a run some keep their sums, and some are added to
        // the residual stream, which are other kernels.
        for (batch, checked, residual) in [
            (1, false, false),
            (6, false, true),
            (67, false, false),
            (1, true, false),
            (6, true, false),
            (67, true, true),
            (1, false, true),
            (1, true, true),
        ] {
            let x = activations(random, batch * cols);
            let e: Vec<i32> = (0..batch).map(|_| within(random, 30)).collect();
            let (on_device, mut y) = (self.bfp_of(1, cols, &x, &e), self.ints(batch, spec.rows as usize));
            let before = values(random, batch * spec.rows as usize, 31);
            let mut stream = self.ints_of(spec.rows as usize, &before);
            self.audit.force(checked);
            if residual {
                self.linear_residual(&on_device, &matrix, F, &mut y, &mut stream);
            } else {
                self.linear(&on_device, &[&matrix], F, &mut [&mut y]);
            }
            let of_row = |(x, &e)| rows.iter().map(move |row| ops::linear::finish(ops::linear::dot(row, x), row, e, F));
            let expected: Vec<i32> = x.chunks(cols).zip(&e).flat_map(of_row).collect();
            case.ints(self, &y, 0, &expected);
            let mut after = before;
            if residual {
                ops::residual::residual(&mut after, &expected);
            }
            case.ints(self, &stream, 0, &after);
            self.audit.take();
        }
    }

    fn test_residual(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let (mut x, y) = (values(random, 300, 31), values(random, 300, 31));
        let (mut on_device, other) = (self.ints_of(300, &x), self.ints_of(300, &y));
        self.residual(&mut on_device, &other);
        ops::residual::residual(&mut x, &y);
        case.ints(self, &on_device, 0, &x);
    }

    fn test_rmsnorm(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let bits = 1 + (random.bits() % 31) as u32;
        let x = values(random, 130, bits);
        let norm = Norm { g: values(random, 130, 15).iter().map(|&g| g as i16).collect(), eg: 10 };
        let eps = 1 + random.bits() % (1 << 40);
        let (on_device, mut out) = (self.ints_of(130, &x), self.bfp(1, 1, 130));
        self.rmsnorm(&on_device, &norm, eps, &mut out);
        let mut expected = vec![0; 130];
        let e = ops::rmsnorm::rmsnorm(&x, &norm, eps, &mut expected);
        case.bfp(self, &out, &expected, e);
    }

    fn test_rope(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let pairing = if random.bits().is_multiple_of(2) { RopePairing::Half } else { RopePairing::Adjacent };
        let config = Config {
            rope_inc: (0..32).map(|_| random.bits() as u32).collect(),
            rope_pairing: pairing,
            ..Config::one_head(64, SCALE)
        };
        let (v, pos) = (values(random, 64, 31), (random.bits() % (1 << 17)) as u32);
        let (on_device, mut out) = (self.ints_of(64, &v), self.bfp(1, 1, 64));
        self.rope(&on_device, RopeParams { pos0: pos, heads: 1, config: &config }, &mut out);
        let mut expected = vec![0; 64];
        let e = ops::rope::rope(&v, pos, &config.rope_inc, pairing, F, &mut expected);
        case.bfp(self, &out, &expected, e);
    }

    fn test_attention(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let (dh, n) = (64, 1 + (random.bits() % 600) as usize);
        let config = Config::one_head(dh, SCALE);
        let (q, k, v) = (activations(random, dh), activations(random, n * dh), activations(random, n * dh));
        let mut exponents = || (0..n).map(|_| 12 + (random.bits() % 5) as i32).collect::<Vec<i32>>();
        let (ek, ev) = (exponents(), exponents());
        let mut cache = self.cache(&config);
        let (keys, values) = (self.bfp_of(1, dh, &k, &ek), self.bfp_of(1, dh, &v, &ev));
        self.append(&mut cache, &keys, &values);
        // From a choice of one position to nearly equal weights.
        let eq = 10 + (random.bits() % 10) as i32;
        let (query, mut out) = (self.bfp_of(1, dh, &q, &[eq]), self.ints(1, dh));
        self.attention(&query, &cache, AttentionParams { pos0: n as u32 - 1, config: &config, scale: SCALE }, &mut out);
        let mut expected = vec![0; dh];
        let seen = Visible { k: &k, ek: &ek, v: &v, ev: &ev };
        ops::attention::attention(&q, eq, &seen, SCALE, F, &mut expected);
        case.ints(self, &out, 0, &expected);
    }

    fn test_swiglu(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let bits = 16 + (random.bits() % 16) as u32;
        let (g, u) = (values(random, 200, bits), values(random, 200, 31));
        let (gate, up, mut out) = (self.ints_of(200, &g), self.ints_of(200, &u), self.bfp(1, 1, 200));
        self.swiglu(&gate, &up, &mut out);
        let mut expected = vec![0; 200];
        let e = ops::swiglu::swiglu(&g, &u, F, &mut expected);
        case.bfp(self, &out, &expected, e);
    }

    fn test_bfpq(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let bits = 1 + (random.bits() % 31) as u32;
        // Long vectors have kernels of their own.
        for n in [70, 5000] {
            let v = values(random, n, bits);
            let (on_device, mut out) = (self.ints_of(n, &v), self.bfp(1, 1, n));
            self.bfpq(&on_device, F, &mut out);
            let wide: Vec<i64> = v.iter().map(|&v| i64::from(v)).collect();
            let mut expected = vec![0; n];
            let e = ops::bfpq::bfpq(&wide, F, &mut expected);
            case.bfp(self, &out, &expected, e);
        }
    }

    fn test_choice(&mut self, sampler: &Sampler, random: &mut Random, case: &mut Case<'_>) {
        // Few values, so that there are ties.
        let logits: Vec<i32> = (0..3000).map(|_| within(random, 40) << 14).collect();
        let (on_device, u) = (self.ints_of(logits.len(), &logits), random.bits());
        let choice = self.choose(&on_device, sampler, &[u]);
        case.numbers(choice, vec![ops::sample::sample(&logits, sampler, u)]);
    }
}
