//! [`Gpu`]: the executor.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::task::{Poll, ready};

use openimo_core::backend::{AttentionParams, Backend, Choice, RopeParams};
use openimo_core::commit::Hash;
use openimo_core::device::{Executor, ExecutorKind, Fault};
use openimo_core::model::config::Config;
use openimo_core::model::matrix::MatrixSpec;
use openimo_core::ops;
use openimo_core::ops::conv2d::MapShape;
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::ops::sample::Sampler;

use crate::buffer::Buffer;
use crate::cache::GpuCache;
use crate::device::{Adapter, Device, Options, Shape};
use crate::freivalds::{Audit, Check};
use crate::matrix::{GpuMatrix, GpuPacker};
use crate::read::Read;
use crate::recorder::Recorder;
use crate::tensor::{GpuBfp, GpuInts};

/// Runs the operators on a GPU.
pub struct Gpu {
    pub(crate) recorder: Recorder,
    /// The tables of CIS-1: 2^−x, then cosine.
    pub(crate) tables: Buffer,
    /// Weights of norms and phase increments, by their address, with the bytes that were uploaded.
    constants: HashMap<usize, (Vec<u8>, Buffer)>,
    pub(crate) scratch: Scratch,
    pub(crate) audit: Audit,
}

/// Buffers that kernels of one operator hand to each other; they grow.
#[derive(Default)]
pub(crate) struct Scratch {
    pub ids: Grown,
    pub products: Grown,
    pub scores: Grown,
    pub means: Grown,
    pub chosen: Grown,
    pub draws: Grown,
    pub exact: Grown,
    pub wide: Grown,
    pub largest: Grown,
    pub largest_of_pieces: Grown,
    pub unfolded: Grown,
    pub unfolded_exponents: Grown,
    pub unfolded_sums: Grown,
}

/// A buffer that is replaced by a larger one when it is too small.
#[derive(Default)]
pub(crate) struct Grown(Option<Buffer>);

impl Grown {
    pub fn at_least(&mut self, recorder: &Recorder, bytes: u64) -> &Buffer {
        if self.0.as_ref().is_none_or(|b| b.size() < bytes) {
            self.0 = Some(recorder.buffer("scratch", bytes.next_power_of_two()));
        }
        self.0.as_ref().expect("it was just made")
    }
}

impl Gpu {
    /// Open a device.
    ///
    /// # Errors
    /// If there is none, or it cannot be opened, or fails at once.
    pub async fn new(options: &Options) -> Result<Self, Fault> {
        let device = Arc::new(Device::open(options).await?);
        let recorder = Recorder::new(device, options.shape.unwrap_or(Shape::Solo));
        let tables: Vec<u32> =
            ops::tables::exp2_table().iter().copied().chain(ops::tables::cos_table().iter().map(|&c| c as u32)).collect();
        let tables = recorder.words("tables", &tables);
        let audit = Audit::new(seed());
        let mut gpu = Self { recorder, tables, constants: HashMap::new(), scratch: Scratch::default(), audit };
        if options.shape.is_none() {
            gpu.measure_shapes().await?;
        }
        Ok(gpu)
    }

    /// Resolves when the device has done what it was asked by now: a choice that was pending may be there.
    pub fn settled(&self) -> impl Future<Output = ()> + 'static {
        self.recorder.device().settled()
    }

    /// Give its memory back. Runs that are under way end with [`Fault::Lost`].
    pub fn destroy(&self) {
        self.recorder.device().device.destroy();
    }

    /// Take no more memory: runs that are under way end with [`Fault::OutOfMemory`].
    pub fn take_no_more_memory(&self) {
        self.recorder.device().ledger.close();
    }

    /// What it runs on.
    pub fn adapter(&self) -> &Adapter {
        &self.recorder.device().adapter
    }

    /// The kernels' shape.
    pub fn shape(&self) -> Shape {
        self.recorder.shape()
    }

    /// Whether dot products are packed.
    pub fn packed_dot(&self) -> bool {
        self.recorder.device().packed_dot
    }

    /// A buffer with the words of `content`, uploaded once. Every layer of every token asks, so bytes are compared, not hashed; other
    /// bytes at the same place are uploaded anew.
    pub(crate) fn constant(&mut self, content: &[u8], words: impl FnOnce() -> Vec<u32>) -> Buffer {
        match self.constants.get(&content.as_ptr().addr()) {
            Some((known, buffer)) if known == content => buffer.clone(),
            _ => {
                let buffer = self.recorder.words("constant", &words());
                self.constants.insert(content.as_ptr().addr(), (content.to_vec(), buffer.clone()));
                buffer
            }
        }
    }
}

impl Backend for Gpu {
    type Matrix = GpuMatrix;
    type Loader = GpuPacker;
    type Ints = GpuInts;
    type Bfp = GpuBfp;
    type Cache = GpuCache;
    type Choice = GpuChoice;

    fn executor(&self) -> Executor {
        Executor { kind: ExecutorKind::Gpu, name: self.adapter().to_string() }
    }

    fn load(&self, spec: &MatrixSpec) -> GpuPacker {
        GpuPacker::new(Arc::clone(self.recorder.device()), spec, seed())
    }

    fn ints(&self, t: usize, n: usize) -> GpuInts {
        GpuInts { buffer: self.recorder.buffer("ints", (t * n * 4) as u64), n, rows: 0, first: 0 }
    }

    fn bfp(&self, t: usize, groups: usize, n: usize) -> GpuBfp {
        let vectors = t * groups;
        let x = self.recorder.buffer("digits", (vectors * n.div_ceil(4) * 8) as u64);
        let e = self.recorder.buffer("exponents", (vectors * 4) as u64);
        let sums = self.recorder.buffer("sums", (vectors * n.div_ceil(16) * 8) as u64);
        GpuBfp { x, e, sums, n, groups, rows: 0 }
    }

    fn cache(&self, config: &Config) -> GpuCache {
        // A new sequence has buffers of its own; those of the last one are let go.
        self.recorder.forget_groups();
        GpuCache::new(&self.recorder, config)
    }

    fn embedding(&mut self, ids: &[u32], w: &GpuMatrix, fres: i32, x: &mut GpuInts) {
        self.run_embedding(ids, w, fres, x);
    }

    fn linear(&mut self, x: &GpuBfp, ws: &[&GpuMatrix], fo: i32, ys: &mut [&mut GpuInts]) {
        self.run_linear(x, ws, fo, ys);
    }

    fn linear_residual(&mut self, x: &GpuBfp, w: &GpuMatrix, fo: i32, y: &mut GpuInts, residual: &mut GpuInts) {
        self.run_linear_residual(x, w, fo, y, residual);
    }

    fn residual(&mut self, x: &mut GpuInts, y: &GpuInts) {
        self.run_residual(x, y);
    }

    fn rmsnorm(&mut self, x: &GpuInts, norm: &Norm, eps: u64, out: &mut GpuBfp) {
        self.run_rmsnorm(x, norm, eps, out);
    }

    fn rope(&mut self, v: &GpuInts, params: RopeParams<'_>, out: &mut GpuBfp) {
        self.rope_with(v, params, ops::F, out);
    }

    fn bfpq(&mut self, v: &GpuInts, fv: i32, out: &mut GpuBfp) {
        self.run_bfpq(v, fv, out);
    }

    fn append(&mut self, cache: &mut GpuCache, k: &GpuBfp, v: &GpuBfp) {
        cache.append(&self.recorder, k, v);
    }

    fn attention(&mut self, q: &GpuBfp, cache: &GpuCache, params: AttentionParams<'_>, out: &mut GpuInts) {
        self.run_attention(q, cache, params, out);
    }

    fn swiglu(&mut self, g: &GpuInts, u: &GpuInts, out: &mut GpuBfp) {
        self.swiglu_with(g, u, ops::F, out);
    }

    fn keep_last(&mut self, x: &mut GpuInts, n: usize) {
        x.first += x.rows - n;
        x.rows = n;
    }

    fn choose(&mut self, logits: &GpuInts, sampler: &Sampler, draws: &[u64]) -> GpuChoice {
        match (draws.len(), sampler.beta) {
            (0, _) => {}
            (rows, 0) => self.run_head(logits, rows),
            _ => self.run_sample(logits, sampler, draws),
        }
        // Without draws a word is read all the same: it arrives when the work before it is done.
        self.answer("sample", draws.len(), logits.n as u32)
    }

    fn flatten(&self, x: &mut GpuInts) {
        self.flat(x);
    }

    fn conv2d(&mut self, x: &GpuBfp, map: MapShape, w: &GpuMatrix, fo: i32, y: &mut GpuInts) {
        self.run_conv2d(x, map, w, fo, y);
    }

    fn silu(&mut self, x: &mut GpuInts) {
        self.run_silu(x);
    }

    fn upsample(&mut self, x: &GpuBfp, map: MapShape, out: &mut GpuBfp) {
        self.run_upsample(x, map, out);
    }

    fn pixel(&mut self, x: &GpuInts) -> GpuChoice {
        self.run_pixel(x);
        let choice = self.answer("pixel", x.rows * x.n, 1 << 8);
        // Every picture has maps of its own, which stay as long as they are bound.
        self.recorder.forget_groups();
        choice
    }

    fn digests(&mut self, _x: &GpuInts) -> Option<Vec<Hash>> {
        None
    }

    fn truncate(&mut self, cache: &mut GpuCache, len: usize) {
        cache.len = cache.len.min(len);
    }
}

/// Numbers on their way from the device, and the checks of products that led to them.
pub struct GpuChoice {
    operator: &'static str,
    n: usize,
    /// They are below it.
    most: u32,
    numbers: Read,
    checks: Vec<Check>,
}

impl GpuChoice {
    /// The read of the numbers alone.
    pub(crate) fn into_read(self) -> Read {
        self.numbers
    }
}

impl Choice for GpuChoice {
    fn poll(&mut self) -> Poll<Result<Vec<u32>, Fault>> {
        while let Some(check) = self.checks.last_mut() {
            if let Err(fault) = ready!(check.poll()) {
                return Poll::Ready(Err(fault));
            }
            self.checks.pop();
        }
        let numbers = ready!(self.numbers.poll()).and_then(|mut numbers| {
            numbers.truncate(self.n);
            let valid = numbers.iter().all(|&number| number < self.most);
            if valid { Ok(numbers) } else { Err(Fault::Mismatch { operator: self.operator, row: 0 }) }
        });
        Poll::Ready(numbers)
    }
}

impl Gpu {
    /// Ask for a row.
    pub fn read_row(&self, x: &GpuInts, t: usize) -> Read {
        self.read_words(x, t, x.n)
    }

    /// The step is over: ask for the `n` numbers below `most` that `operator` chose, but for at least one word.
    fn answer(&mut self, operator: &'static str, n: usize, most: u32) -> GpuChoice {
        let pending = self.audit.take();
        let chosen = self.scratch.chosen.at_least(&self.recorder, n as u64 * 4);
        let numbers = self.recorder.read(chosen, 0, n.max(1));
        GpuChoice { operator, n, most, numbers, checks: pending.into_iter().map(|begin| begin()).collect() }
    }

    /// Ask for `n` words from row `t` on.
    pub(crate) fn read_words(&self, x: &GpuInts, t: usize, n: usize) -> Read {
        self.recorder.read(&x.buffer, ((x.first + t) * x.n * 4) as u64, n)
    }
}

/// A seed that nobody knows beforehand; where the system gives none, that of a fixed choice of products is still a check.
fn seed() -> u64 {
    getrandom::u64().unwrap_or(0x5eed)
}
