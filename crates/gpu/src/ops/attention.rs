//! attention: `attention_scores.wgsl`, `attention_weights.wgsl` and `attention_sums.wgsl`, and the cache that they read.

use openimo_core::backend::AttentionParams;
use openimo_core::device::Fault;
use openimo_core::ops::F;

use crate::backend::Gpu;
use crate::recorder::Recorder;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuCache, GpuInts};

/// Bytes of scores at a time: longer sequences go through in fewer rows.
const MOST_SCORES: u64 = 32 << 20;

impl Gpu {
    pub(crate) fn run_attention(&mut self, q: &GpuBfp, cache: &GpuCache, params: AttentionParams<'_>, out: &mut GpuInts) {
        (out.rows, out.first) = (q.rows, 0);
        let c = params.config;
        let (heads, kv_heads) = (c.n_heads, c.n_kv_heads);
        // A window of more than all positions keeps the shaders' arithmetic in 32 bits.
        let window = c.sliding_window.unwrap_or(1 << 18);
        let stride = window.min(params.pos0 + q.rows as u32);
        let row_bytes = u64::from(stride) * u64::from(heads) * 4;
        let rows_at_once = (MOST_SCORES / row_bytes).clamp(1, u64::from(65_535 / heads).max(1)) as usize;
        let scores = self.scratch.scores.at_least(&self.recorder, row_bytes * rows_at_once.min(q.rows) as u64).clone();
        let queries = u64::from(heads) * rows_at_once.min(q.rows) as u64;
        let means = self.scratch.means.at_least(&self.recorder, queries * 8).clone();
        for row0 in (0..q.rows).step_by(rows_at_once) {
            let rows = rows_at_once.min(q.rows - row0) as u32;
            let pos0 = params.pos0 + row0 as u32;
            let (row0, words, queries) = (row0 as u32, q.words() as u32, rows * heads);
            let scale = params.scale;
            let seen = stride.min(pos0 + rows);
            self.recorder.dispatch(
                Kernel::AttentionScores,
                &[words, heads, kv_heads, pos0, row0, window, stride, scale.c, scale.ce as u32],
                &[(1, &q.x), (2, &q.e), (3, &cache.k), (4, &cache.ek), (5, &scores)],
                (seen.div_ceil(64), queries),
            );
            self.recorder.dispatch(
                Kernel::AttentionWeights,
                &[heads, kv_heads, pos0, window, stride],
                &[(1, &self.tables), (2, &cache.ev), (3, &scores), (4, &means)],
                (queries, 1),
            );
            self.recorder.dispatch(
                Kernel::AttentionSums,
                &[q.n as u32, words, heads, kv_heads, pos0, row0, window, stride, F as u32],
                &[(1, &scores), (2, &means), (3, &cache.v), (4, &out.buffer)],
                (words.div_ceil(64), queries),
            );
        }
    }
}

impl GpuCache {
    /// Positions that a cache begins with.
    const FIRST: usize = 128;

    pub(crate) fn new(recorder: &Recorder, heads: usize, dh: usize) -> Self {
        let words = dh.div_ceil(4);
        let [k, v] = ["keys", "values"].map(|label| recorder.buffer(label, (Self::FIRST * heads * words * 8) as u64));
        let [ek, ev] = ["key exponents", "value exponents"].map(|l| recorder.buffer(l, (Self::FIRST * heads * 4) as u64));
        Self { k, ek, v, ev, len: 0, capacity: Self::FIRST, heads, words }
    }

    pub(crate) fn append(&mut self, recorder: &Recorder, k: &GpuBfp, v: &GpuBfp) {
        let needed = self.len + k.rows;
        if needed > self.capacity && !self.grow(recorder, needed.next_power_of_two()) {
            return;
        }
        let (digits, exponents) = self.bytes();
        let at = self.len as u64;
        for (from, to, bytes) in
            [(&k.x, &self.k, digits), (&k.e, &self.ek, exponents), (&v.x, &self.v, digits), (&v.e, &self.ev, exponents)]
        {
            recorder.copy((from, 0), (to, at * bytes), k.rows as u64 * bytes);
        }
        self.len = needed;
    }

    /// Bytes of the digits and of the exponents of a position.
    const fn bytes(&self) -> (u64, u64) {
        ((self.heads * self.words * 8) as u64, (self.heads * 4) as u64)
    }

    /// Make room, or let the device fail where no binding can be as large.
    fn grow(&mut self, recorder: &Recorder, capacity: usize) -> bool {
        let (digits, exponents) = self.bytes();
        if capacity as u64 * digits > recorder.device().limit {
            recorder.device().fail(Fault::OutOfMemory(format!("{capacity} positions exceed its largest buffer")));
            return false;
        }
        for (buffer, bytes) in
            [(&mut self.k, digits), (&mut self.ek, exponents), (&mut self.v, digits), (&mut self.ev, exponents)]
        {
            let larger = recorder.buffer("cache", capacity as u64 * bytes);
            recorder.copy((buffer, 0), (&larger, 0), self.len as u64 * bytes);
            *buffer = larger;
        }
        self.capacity = capacity;
        true
    }
}
