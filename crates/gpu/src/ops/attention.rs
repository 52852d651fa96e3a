//! attention: `attention_scores.wgsl`, `attention_weights.wgsl` and `attention_sums.wgsl`, over each part of a layer's cache.

use openimo_core::backend::AttentionParams;
use openimo_core::ops::F;

use crate::backend::Gpu;
use crate::cache::{CachePart, GpuCache};
use crate::device::Shape;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts};

/// Bytes of scores at a time: longer sequences go through in fewer rows.
const MOST_SCORES: u64 = 32 << 20;

impl Gpu {
    pub(crate) fn run_attention(&mut self, q: &GpuBfp, cache: &GpuCache, params: AttentionParams<'_>, out: &mut GpuInts) {
        (out.rows, out.first) = (q.rows, 0);
        for part in &cache.parts {
            self.attend(q, part, cache.words, params, out);
        }
    }

    /// With the query heads of one part of the cache.
    fn attend(&mut self, q: &GpuBfp, part: &CachePart, words: usize, params: AttentionParams<'_>, out: &GpuInts) {
        let c = params.config;
        let (all_heads, group, words) = (c.n_heads, c.n_heads / c.n_kv_heads, words as u32);
        let (first_head, heads, kv_heads) = (part.first as u32 * group, part.heads as u32 * group, part.heads as u32);
        let words_a_group = match self.shape() {
            Shape::Solo => 64,
            Shape::Team => 16,
        };
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
            let (row0, queries) = (row0 as u32, rows * heads);
            let scale = params.scale;
            let seen = stride.min(pos0 + rows);
            self.recorder.dispatch(
                Kernel::AttentionScores,
                &[words, all_heads, first_head, heads, kv_heads, pos0, row0, window, stride, scale.c, scale.ce as u32],
                &[(1, &q.x), (2, &q.e), (3, &part.k), (4, &part.ek), (5, &scores)],
                (seen.div_ceil(64), queries),
            );
            self.recorder.dispatch(
                Kernel::AttentionWeights,
                &[heads, kv_heads, pos0, window, stride],
                &[(1, &self.tables), (2, &part.ev), (3, &scores), (4, &means)],
                (queries, 1),
            );
            self.recorder.dispatch(
                Kernel::AttentionSums,
                &[q.n as u32, words, all_heads, first_head, heads, kv_heads, pos0, row0, window, stride, F as u32],
                &[(1, &scores), (2, &means), (3, &part.v), (4, &out.buffer)],
                (words.div_ceil(words_a_group), queries),
            );
        }
    }
}
