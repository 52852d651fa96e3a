//! attention, twin of [`crate::ops::attention`]: the query heads of a batch over a [`KvCache`], a few of them at a time.
//!
//! * **Scores** are sums of 16-bit products over 16 positions at once. Where `|Q|·|K| < 2^31` (Cauchy and Schwarz; bounds are kept a
//!   block) one wrapping 32-bit sum is the score; elsewhere the query is split in digits `Q = 256·h + l` and two sums are.
//! * **Weights** go through tiles of 64 positions; positions that a query does not see have weight 0.
//! * **Weighted sums** are taken over runs of tiles: weights below 2^15 whose sum is below 2^17 as they are (`|Σ w·V| < 2^31`), others
//!   as two bytes over at most 512 positions (`512·255·2^14 < 2^31`); each run's 32-bit sums are then added to 64-bit ones.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
pub(super) mod plain;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) mod simd128;
mod softmax;

use std::ops::Range;

use super::isa::{Isa, per_level};
use super::kv_cache::{BLOCK, HeadCache, KvCache};
use super::level::Level;
use crate::backend::AttentionParams;
use softmax::{Factors, Row, Seen};

/// One 32-bit word for each position of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub struct Lanes(pub [i32; BLOCK]);

impl Lanes {
    /// All zero.
    pub const ZERO: Self = Self([0; BLOCK]);
}

/// Queries that share one pass over keys and values.
const GROUP: usize = 4;

/// Queries of a batch: `[T, row_heads]` heads, of which `heads` are computed.
#[derive(Clone, Debug)]
pub struct Queries<'a> {
    /// Elements `[T, row_heads, dh]`.
    pub q: &'a [i16],
    /// Exponents `[T, row_heads]`.
    pub e: &'a [i32],
    /// The query heads that a row carries.
    pub row_heads: Range<usize>,
    /// The query heads to compute, among them.
    pub heads: Range<usize>,
}

/// Working memory, kept between calls; it grows to four rows of the context.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    rows: [Row; GROUP],
    sums: [Vec<i64>; GROUP],
    factors: Factors,
}

/// Attend with each of `queries.heads` in every row; `out` is shaped like `queries.q`, with `f` fraction bits, and its other heads are
/// left as they are.
///
/// # Panics
/// If a shape does not fit, or the cache lacks a head or a position.
pub fn attend(
    level: Level,
    queries: &Queries<'_>,
    cache: &KvCache,
    params: &AttentionParams<'_>,
    f: i32,
    scratch: &mut Scratch,
    out: &mut [i32],
) {
    let (dh, in_row) = (cache.head_dim(), queries.row_heads.len());
    let t = queries.e.len().checked_div(in_row).unwrap_or(0);
    let groups = t * in_row;
    assert!(queries.e.len() == groups && queries.q.len() == groups * dh && out.len() == groups * dh, "attention: shapes differ");
    let (own, row) = (&queries.heads, &queries.row_heads);
    assert!(own.is_empty() || (row.start <= own.start && own.end <= row.end), "attention: heads are missing in the rows");
    let needed = params.pos0 as usize + t;
    assert!(needed <= cache.len(), "attention: the cache holds {} positions, not {needed}", cache.len());
    let c = params.config;
    let kv_head = |head: usize| head * c.n_kv_heads as usize / c.n_heads as usize;
    let mut head = own.start;
    while head < own.end {
        // The query heads of one kv head.
        let end = (head..own.end).find(|&h| kv_head(h) != kv_head(head)).unwrap_or(own.end);
        let work = Work { queries, heads: head..end, keys: cache.head(kv_head(head)), dh, params, f };
        let work = &work;
        per_level!(level, all_rows(work: &Work<'_>, scratch: &mut Scratch, out: &mut [i32]));
        head = end;
    }
}

/// The query heads of one kv head in all rows.
struct Work<'a> {
    queries: &'a Queries<'a>,
    heads: Range<usize>,
    keys: &'a HeadCache,
    dh: usize,
    params: &'a AttentionParams<'a>,
    f: i32,
}

/// Row by row, head by head, in groups.
#[inline(always)]
fn all_rows<I: Isa>(work: &Work<'_>, scratch: &mut Scratch, out: &mut [i32]) {
    let in_row = work.queries.row_heads.len();
    let total = work.queries.e.len() / in_row * work.heads.len();
    let mut at = 0;
    while at < total {
        let left = total - at;
        match left {
            1 => group::<I, 1>(work, at, scratch, out),
            2 => group::<I, 2>(work, at, scratch, out),
            3 => group::<I, 3>(work, at, scratch, out),
            _ => group::<I, GROUP>(work, at, scratch, out),
        }
        at += left.min(GROUP);
    }
}

/// `G` queries from the `at`-th on.
#[inline(always)]
fn group<I: Isa, const G: usize>(work: &Work<'_>, at: usize, scratch: &mut Scratch, out: &mut [i32]) {
    let (queries, heads, dh) = (work.queries, work.heads.len(), work.dh);
    // Where each query is, and what it sees.
    let places: [(usize, usize); G] = std::array::from_fn(|g| {
        let (t, head) = ((at + g) / heads, (at + g) % heads + work.heads.start);
        (t * queries.row_heads.len() + head - queries.row_heads.start, work.params.pos0 as usize + t)
    });
    let q: [&[i16]; G] = places.map(|(place, _)| &queries.q[place * dh..][..dh]);
    let e: [i32; G] = places.map(|(place, _)| queries.e[place]);
    let seen = Seen::new(places.map(|(_, last)| (work.params.config.first_visible(last as u32) as usize, last)));
    let rows = scratch.rows.first_chunk_mut::<G>().expect("a group is at most four");
    let sums = scratch.sums.first_chunk_mut::<G>().expect("a group is at most four");

    let m = softmax::scores::<I, G>(work.keys, q, e, work.params.scale, &seen, rows);
    scratch.factors.clear();
    let mut scales = [(0, 0); G];
    for (g, row) in rows.iter_mut().enumerate() {
        scales[g] = softmax::weigh::<I>(row, &work.keys.ev, &mut scratch.factors, m[g], seen.begin, seen.range[g]);
    }
    for sums in sums.iter_mut() {
        sums.clear();
        sums.resize(dh, 0);
    }
    softmax::accumulate::<I, G>(&work.keys.v, dh, &seen, rows, sums);
    for (((place, _), (total, e0)), sums) in places.into_iter().zip(scales).zip(sums) {
        softmax::mean(sums, total, e0, work.f, &mut out[place * dh..][..dh]);
    }
}
