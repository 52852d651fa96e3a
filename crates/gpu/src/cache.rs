//! Keys and values of a layer on the device, in as many parts as bindings allow: a part holds some of the key heads at all positions, so
//! that every query head finds what it attends to in one of them.

use openimo_core::device::Fault;
use openimo_core::model::config::Config;

use crate::buffer::Buffer;
use crate::ops::spread;
use crate::recorder::Recorder;
use crate::shaders::Kernel;
use crate::tensor::GpuBfp;

/// Positions that a cache begins with.
const FIRST: usize = 32;

/// Keys and values of one layer.
pub struct GpuCache {
    pub(crate) parts: Vec<CachePart>,
    /// Positions.
    pub(crate) len: usize,
    /// Positions that the buffers hold.
    capacity: usize,
    /// Key heads of all parts.
    heads: usize,
    /// Word pairs of a head.
    pub(crate) words: usize,
}

/// Some heads, `[positions, heads, dh]`.
pub(crate) struct CachePart {
    /// First key head, and heads.
    pub first: usize,
    pub heads: usize,
    pub k: Buffer,
    pub ek: Buffer,
    pub v: Buffer,
    pub ev: Buffer,
}

/// How the cache of a layer is split.
pub(crate) struct Split {
    /// Key heads of a part.
    pub heads: usize,
    /// Bytes of the keys of a part, when it holds `positions`.
    pub bytes: u64,
}

impl Split {
    /// So many heads that all positions of the context fit one binding of `most` bytes, or one head.
    pub fn new(c: &Config, positions: u64, most: u64) -> Self {
        let head = head_bytes(words(c));
        let context = u64::from(c.context).next_power_of_two();
        let heads = (most / (head * context)).clamp(1, u64::from(c.n_kv_heads));
        Self { heads: heads as usize, bytes: positions * heads * head }
    }
}

/// Word pairs of a head.
fn words(c: &Config) -> usize {
    (c.head_dim as usize).div_ceil(4)
}

/// Bytes of the keys of one head at one position.
const fn head_bytes(words: usize) -> u64 {
    words as u64 * 8
}

impl GpuCache {
    pub(crate) fn new(recorder: &Recorder, c: &Config) -> Self {
        let (words, heads) = (words(c), c.n_kv_heads as usize);
        let split = Split::new(c, FIRST as u64, recorder.device().max_binding);
        let part = |first| CachePart::new(recorder, first, split.heads.min(heads - first), FIRST, words);
        Self { parts: (0..heads).step_by(split.heads).map(part).collect(), len: 0, capacity: FIRST, heads, words }
    }

    pub(crate) fn append(&mut self, recorder: &Recorder, k: &GpuBfp, v: &GpuBfp) {
        let needed = self.len + k.rows;
        if needed > self.capacity && !self.grow(recorder, needed.next_power_of_two()) {
            return;
        }
        for part in &self.parts {
            let params = [k.rows, self.words, self.heads, part.first, part.heads, self.len].map(|v| v as u32);
            let bindings = [(1, &k.x), (2, &k.e), (3, &v.x), (4, &v.e), (5, &part.k), (6, &part.ek), (7, &part.v), (8, &part.ev)];
            recorder.dispatch(Kernel::Append, &params, &bindings, spread(k.rows * part.heads * self.words));
        }
        self.len = needed;
    }

    /// Make room, or let the device fail where no binding can be as large.
    fn grow(&mut self, recorder: &Recorder, capacity: usize) -> bool {
        let largest = self.parts.iter().map(|part| part.heads).max().unwrap_or(0) as u64;
        if capacity as u64 * largest * head_bytes(self.words) > recorder.device().limit {
            recorder.device().fail(Fault::OutOfMemory(format!("{capacity} positions exceed its largest buffer")));
            return false;
        }
        for part in &mut self.parts {
            let larger = CachePart::new(recorder, part.first, part.heads, capacity, self.words);
            let (digits, exponents) = part.position(self.words);
            for (from, to, bytes) in [
                (&part.k, &larger.k, digits),
                (&part.ek, &larger.ek, exponents),
                (&part.v, &larger.v, digits),
                (&part.ev, &larger.ev, exponents),
            ] {
                recorder.copy((from, 0), (to, 0), self.len as u64 * bytes);
            }
            *part = larger;
        }
        self.capacity = capacity;
        // What was bound is not bound again.
        recorder.forget_groups();
        true
    }
}

impl CachePart {
    fn new(recorder: &Recorder, first: usize, heads: usize, positions: usize, words: usize) -> Self {
        let buffer = |label, bytes: u64| recorder.buffer(label, positions as u64 * heads as u64 * bytes);
        Self {
            first,
            heads,
            k: buffer("keys", head_bytes(words)),
            ek: buffer("key exponents", 4),
            v: buffer("values", head_bytes(words)),
            ev: buffer("value exponents", 4),
        }
    }

    /// Bytes of the digits and of the exponents of a position.
    const fn position(&self, words: usize) -> (u64, u64) {
        (self.heads as u64 * head_bytes(words), self.heads as u64 * 4)
    }
}
