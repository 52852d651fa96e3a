//! The vector executor: every operator has a twin here under its own name, judged by the reference in [`crate::ops`].
//!
//! [`Simd`] is one rank of a computation. Alone it computes all; with others (threads of a process, workers of a page) each rank
//! computes its rows of every matrix and its heads, and the [`Exchange`] gathers the parts.

#![allow(clippy::needless_range_loop, reason = "kernels index several register arrays by the same lane")]
#![allow(unsafe_code, reason = "vector intrinsics and aligned storage; each block states why it is sound")]

pub mod attention;
pub mod bfpq;
pub mod conv2d;
pub mod digits;
pub mod embedding;
pub mod exchange;
mod exp2neg;
pub mod head;
mod isa;
pub mod keccak;
pub mod kv_cache;
pub mod level;
pub mod linear;
pub mod lines;
pub mod pack;
pub mod pixel;
pub mod probe;
pub mod residual;
pub mod rmsnorm;
pub mod rope;
pub mod sample;
pub mod silu;
pub mod swiglu;
pub mod threads;
pub mod upsample;
mod wide;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::backend::{AttentionParams, Backend, ReadBack, RopeParams};
use crate::commit::Hash;
use crate::device::Executor;
use crate::model::config::Config;
use crate::model::matrix::MatrixSpec;
use crate::ops;
use crate::ops::conv2d::MapShape;
use crate::ops::rmsnorm::Norm;
use crate::ops::sample::Sampler;
use crate::scalar::{Bfp, Ints};
use crate::trace::vector;
use attention::{Queries, Scratch};
use digits::Digits;
use exchange::{Alone, Exchange, share};
use kv_cache::{KvCache, NewRows};
use level::Level;
use linear::Input;
use lines::Arena;
use pack::{Packed, Packer, ROWS};
use rope::RopeTables;

/// One rank of the vector executor.
pub struct Simd {
    level: Level,
    exchange: Box<dyn Exchange>,
    /// Whether this rank stores its own rows alone (ranks with separate memories) or all of them.
    separate: bool,
    digits: Vec<Digits>,
    arena: Mutex<Arena>,
    rope_tables: RopeTables,
    attention: Scratch,
    /// The neighbourhoods of a map.
    unfolded: Bfp,
}

impl Simd {
    /// A single rank.
    ///
    /// # Panics
    /// If `level` is missing here.
    pub fn new(level: Level) -> Self {
        Self::ranked(level, Box::new(Alone), false)
    }

    /// A rank among others; `separate` ranks load their own rows alone.
    ///
    /// # Panics
    /// If `level` is missing here.
    pub fn ranked(level: Level, exchange: Box<dyn Exchange>, separate: bool) -> Self {
        Self {
            level: level.checked(),
            exchange,
            separate,
            digits: Vec::new(),
            arena: Mutex::default(),
            rope_tables: RopeTables::default(),
            attention: Scratch::default(),
            unfolded: Bfp::default(),
        }
    }

    /// The instructions it uses.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Records of a matrix that rank `rank` computes.
    fn records(&self, spec: &MatrixSpec, rank: usize) -> Range<usize> {
        share(Packed::count(spec), rank, self.exchange.size())
    }

    /// Query heads that rank `rank` computes.
    fn heads(&self, config: &Config, rank: usize) -> Range<usize> {
        share(config.n_heads as usize, rank, self.exchange.size())
    }

    /// Columns of an output that each rank computes.
    fn columns(&self, spec: &MatrixSpec) -> Vec<Range<usize>> {
        let rows = spec.rows as usize;
        let ranks = 0..self.exchange.size();
        ranks.map(|r| self.records(spec, r)).map(|r| (r.start * ROWS).min(rows)..(r.end * ROWS).min(rows)).collect()
    }
}

impl Backend for Simd {
    type Matrix = Packed;
    type Loader = Packer;
    type Ints = Ints;
    type Bfp = Bfp;
    type Cache = KvCache;
    type Choice = Vec<u32>;

    fn executor(&self) -> Executor {
        Executor::cpu(self.level.name())
    }

    fn load(&self, spec: &MatrixSpec) -> Packer {
        let stored = if self.separate { self.records(spec, self.exchange.rank()) } else { 0..Packed::count(spec) };
        let mut arena = self.arena.lock().unwrap_or_else(PoisonError::into_inner);
        Packer::new(spec, stored.start, stored.end, &mut arena)
    }

    fn ints(&self, t: usize, n: usize) -> Ints {
        Ints { n, v: Vec::with_capacity(t * n) }
    }

    fn bfp(&self, t: usize, groups: usize, n: usize) -> Bfp {
        Bfp { n, groups, x: Vec::with_capacity(t * groups * n), e: Vec::with_capacity(t * groups) }
    }

    fn cache(&self, config: &Config) -> KvCache {
        let (h, kv) = (config.n_heads as usize, config.n_kv_heads as usize);
        let heads = self.heads(config, self.exchange.rank());
        let kv_heads = if heads.is_empty() { 0..0 } else { heads.start * kv / h..(heads.end - 1) * kv / h + 1 };
        KvCache::new(kv_heads, config.head_dim as usize)
    }

    fn embedding(&mut self, ids: &[u32], w: &Packed, fres: i32, x: &mut Ints) {
        x.v.resize(ids.len() * x.n, 0);
        let parts = self.columns(&w.spec);
        let mine = &parts[self.exchange.rank()];
        for (&id, x) in ids.iter().zip(x.v.chunks_mut(x.n)) {
            let id = id as usize;
            if !self.separate || mine.contains(&id) {
                embedding::embedding(w, id, fres, x);
            }
            if self.separate {
                // The rank that holds the row gives all of it.
                let whole = |p: &Range<usize>| if p.contains(&id) { 0..x.len() } else { 0..0 };
                let parts: Vec<_> = parts.iter().map(whole).collect();
                let n = x.len();
                self.exchange.gather(x, n, &parts);
            }
        }
    }

    fn linear(&mut self, x: &Bfp, ws: &[&Packed], fo: i32, ys: &mut [&mut Ints]) {
        let batch = x.e.len();
        for digits in &mut self.digits {
            digits.rows = 0;
        }
        for (w, y) in ws.iter().zip(ys.iter_mut()) {
            let at = match self.digits.iter().position(|d| d.block == w.layout.block) {
                Some(at) => at,
                None => {
                    self.digits.push(Digits::default());
                    self.digits.len() - 1
                }
            };
            let digits = &mut self.digits[at];
            if digits.rows == 0 {
                digits.split(self.level, &x.x, x.n, &w.layout);
            }
            y.v.resize(batch * y.n, 0);
            let input = Input { x: &x.x, e: &x.e, digits: &self.digits[at] };
            let records = self.records(&w.spec, self.exchange.rank());
            linear::linear(self.level, &input, w, records, fo, &mut y.v, y.n);
        }
        if self.exchange.size() > 1 {
            for (w, y) in ws.iter().zip(ys) {
                let parts = self.columns(&w.spec);
                let n = y.n;
                self.exchange.gather(&mut y.v, n, &parts);
            }
        }
    }

    fn residual(&mut self, x: &mut Ints, y: &Ints) {
        residual::residual(self.level, &mut x.v, &y.v);
    }

    fn rmsnorm(&mut self, x: &Ints, norm: &Norm, eps: u64, out: &mut Bfp) {
        let level = self.level;
        out.fill(x.rows(), |t, out| rmsnorm::rmsnorm(level, &x.v[t * x.n..][..x.n], norm, eps, out));
    }

    fn rope(&mut self, v: &Ints, params: RopeParams<'_>, out: &mut Bfp) {
        let (level, c, dh) = (self.level, params.config, out.n);
        let tables = self.rope_tables.rows(params.pos0, v.rows(), &c.rope_inc);
        out.fill(v.rows(), |i, out| {
            rope::rope(level, &v.v[i * dh..][..dh], &tables[i / params.heads], c.rope_pairing, ops::F, out)
        });
    }

    fn bfpq(&mut self, v: &Ints, fv: i32, out: &mut Bfp) {
        let (level, n) = (self.level, out.n);
        out.fill(v.rows(), |i, out| bfpq::bfpq_i32(level, &v.v[i * n..][..n], fv, out));
    }

    fn append(&mut self, cache: &mut KvCache, k: &Bfp, v: &Bfp) {
        let rows = NewRows { k: &k.x, ek: &k.e, v: &v.x, ev: &v.e };
        cache.append(rows, 0..k.groups);
    }

    fn attention(&mut self, q: &Bfp, cache: &KvCache, params: AttentionParams<'_>, out: &mut Ints) {
        let heads = self.heads(params.config, self.exchange.rank());
        let queries = Queries { q: &q.x, e: &q.e, row_heads: 0..params.config.n_heads as usize, heads };
        out.v.resize(q.x.len(), 0);
        attention::attend(self.level, &queries, cache, &params, ops::F, &mut self.attention, &mut out.v);
        if self.exchange.size() > 1 {
            let dh = q.n;
            let columns = |rank| self.heads(params.config, rank);
            let parts: Vec<_> = (0..self.exchange.size()).map(columns).map(|h| h.start * dh..h.end * dh).collect();
            self.exchange.gather(&mut out.v, out.n, &parts);
        }
    }

    fn swiglu(&mut self, g: &Ints, u: &Ints, out: &mut Bfp) {
        let (level, n) = (self.level, g.n);
        out.fill(g.rows(), |t, out| swiglu::swiglu(level, &g.v[t * n..][..n], &u.v[t * n..][..n], ops::F, out));
    }

    fn keep_last(&mut self, x: &mut Ints, n: usize) {
        x.v.drain(..x.v.len() - n * x.n);
    }

    fn choose(&mut self, logits: &Ints, sampler: &Sampler, draws: &[u64]) -> Vec<u32> {
        draws.iter().enumerate().map(|(t, &u)| sample::sample(self.level, &self.row(logits, t), sampler, u)).collect()
    }

    fn flatten(&self, x: &mut Ints) {
        x.n = x.v.len();
    }

    fn conv2d(&mut self, x: &Bfp, map: MapShape, w: &Packed, fo: i32, y: &mut Ints) {
        let mut unfolded = std::mem::take(&mut self.unfolded);
        (unfolded.groups, unfolded.n) = (1, map.unfolded());
        let places = map.height * map.width;
        unfolded.x.resize(places * map.unfolded(), 0);
        conv2d::unfold(&x.x, map, &mut unfolded.x);
        unfolded.e.clear();
        unfolded.e.resize(places, x.e[0]);
        y.n /= places;
        self.linear(&unfolded, &[w], fo, &mut [y]);
        self.flatten(y);
        self.unfolded = unfolded;
    }

    fn silu(&mut self, x: &mut Ints) {
        silu::silu(self.level, &mut x.v);
    }

    fn upsample(&mut self, x: &Bfp, map: MapShape, out: &mut Bfp) {
        out.fill(1, |_, out| {
            upsample::upsample(&x.x, map, out);
            x.e[0]
        });
    }

    fn pixel(&mut self, x: &Ints) -> Vec<u32> {
        x.v.iter().map(|&x| pixel::pixel(x).into()).collect()
    }

    fn digests(&mut self, x: &Ints) -> Option<Vec<Hash>> {
        // Each rank hashes some of the rows; a digest travels as eight numbers.
        let (rows, size) = (x.rows(), self.exchange.size());
        let mine = share(rows, self.exchange.rank(), size);
        let mut words = vec![0i32; 8 * rows];
        let digests = vector::digests(&x.v[mine.start * x.n..mine.end * x.n], x.n);
        for (words, digest) in words[8 * mine.start..].chunks_exact_mut(8).zip(&digests) {
            for (word, bytes) in words.iter_mut().zip(digest.0.chunks_exact(4)) {
                *word = i32::from_be_bytes(bytes.try_into().expect("four bytes"));
            }
        }
        let parts: Vec<_> = (0..size).map(|rank| share(rows, rank, size)).map(|r| 8 * r.start..8 * r.end).collect();
        let n = words.len();
        self.exchange.gather(&mut words, n, &parts);
        let digest = |words: &[i32]| {
            let mut digest = Hash([0; 32]);
            for (bytes, word) in digest.0.chunks_exact_mut(4).zip(words) {
                bytes.copy_from_slice(&word.to_be_bytes());
            }
            digest
        };
        Some(words.chunks_exact(8).map(digest).collect())
    }

    fn truncate(&mut self, cache: &mut KvCache, len: usize) {
        cache.truncate(len);
    }

    fn agree(&mut self, stop: bool) -> bool {
        let mut flags = vec![i32::from(stop); self.exchange.size()];
        let parts: Vec<_> = (0..flags.len()).map(|rank| rank..rank + 1).collect();
        let n = flags.len();
        self.exchange.gather(&mut flags, n, &parts);
        flags.contains(&1)
    }
}

impl ReadBack for Simd {
    fn row<'a>(&self, x: &'a Ints, t: usize) -> Cow<'a, [i32]> {
        Cow::Borrowed(&x.v[t * x.n..][..x.n])
    }
}
