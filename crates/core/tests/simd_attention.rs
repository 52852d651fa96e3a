//! The vector twin of attention gives the bits of the reference at every level of this machine: any share of the heads, any batch,
//! windows, forgotten positions, and exponents beyond what a model makes.

use openimo_core::backend::AttentionParams;
use openimo_core::model::config::{Config, RopePairing};
use openimo_core::ops;
use openimo_core::ops::attention::Visible;
use openimo_core::random::Random;
use openimo_core::simd::attention::{Queries, Scratch, attend};
use openimo_core::simd::kv_cache::{KvCache, NewRows};
use openimo_core::simd::level::Level;

fn below(r: &mut Random, n: usize) -> usize {
    r.below(n as u64) as usize
}

/// How the elements of a head are made.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Uniform with this largest magnitude.
    Uniform(i32),
    /// All the same.
    Constant(i16),
    /// The largest with alternating signs.
    Alternating,
    /// One large element among small ones.
    Outlier,
}

impl Shape {
    const ALL: [Self; 8] = [
        Self::Uniform(1 << 14),
        Self::Uniform(1 << 14),
        Self::Uniform(6000),
        Self::Uniform(100),
        Self::Constant(1 << 14),
        Self::Constant(0),
        Self::Alternating,
        Self::Outlier,
    ];

    fn fill(self, r: &mut Random, x: &mut [i16]) {
        let at = below(r, x.len());
        for (i, x) in x.iter_mut().enumerate() {
            *x = match self {
                Self::Uniform(most) => (below(r, 2 * most as usize + 1) as i32 - most) as i16,
                Self::Constant(v) => v,
                Self::Alternating => [1 << 14, -(1 << 14)][i % 2],
                Self::Outlier if i == at => -(1 << 14),
                Self::Outlier => (below(r, 65) as i16) - 32,
            };
        }
    }
}

/// Heads `[rows, heads, dh]` with exponents.
struct Rows {
    x: Vec<i16>,
    e: Vec<i32>,
}

impl Rows {
    fn new(r: &mut Random, groups: usize, dh: usize, shape: Shape, exponents: (i32, usize)) -> Self {
        let mut x = vec![0; groups * dh];
        x.chunks_mut(dh).for_each(|x| shape.fill(r, x));
        Self { x, e: (0..groups).map(|_| exponents.0 + below(r, exponents.1) as i32).collect() }
    }
}

fn config(heads: usize, kv: usize, dh: usize, window: Option<u32>, c: u32, ce: u8) -> Config {
    Config {
        d_model: 64,
        n_layers: 1,
        n_heads: heads as u32,
        n_kv_heads: kv as u32,
        head_dim: dh as u32,
        d_ff: 64,
        vocab: 8,
        context: 4096,
        tied: true,
        fres: 12,
        eps: 1,
        rope_inc: vec![0; dh / 2],
        rope_pairing: RopePairing::Half,
        score_c: c,
        score_ce: ce,
        sliding_window: window,
        image: None,
    }
}

struct Case {
    config: Config,
    /// Positions in the cache, of which the last `t` are the batch's.
    n: usize,
    t: usize,
    q: Rows,
    k: Rows,
    v: Rows,
}

impl Case {
    /// Exponents and shapes far from a model's in every fourth case.
    fn random(r: &mut Random, index: usize) -> Self {
        let (heads, kv) = r.pick(&[(9, 3), (3, 1), (4, 4), (8, 2), (6, 1), (1, 1)]);
        let dh = r.pick(&[2, 6, 16, 24, 64, 64, 80, 128, 256]);
        let n = if below(r, 5) == 0 { 1 + below(r, 700) } else { 1 + below(r, 100) };
        let t = if below(r, 3) == 0 { 1 } else { 1 + below(r, n.min(9)) };
        let any = 1 + below(r, 120) as u32;
        let window = r.pick(&[None, None, Some(1), Some(7), Some(16), Some(64), Some(any)]);
        let extreme = index % 4 == 3;
        let config =
            config(heads, kv, dh, window, r.pick(&[32768, 46_000, 65535]), if extreme { r.pick(&[0, 18, 62]) } else { 18 });
        let exponents =
            |r: &mut Random| if extreme { r.pick(&[(-33, 1), (31, 1), (-33, 65), (0, 30)]) } else { r.pick(&[(11, 1), (9, 4)]) };
        let mut rows = |groups: usize| {
            let (shape, exponents) = (r.pick(&Shape::ALL), exponents(r));
            Rows::new(r, groups, dh, shape, exponents)
        };
        let (q, k, v) = (rows(t * heads), rows(n * kv), rows(n * kv));
        Self { config, n, t, q, k, v }
    }

    fn expected(&self) -> Vec<i32> {
        let c = &self.config;
        let (heads, kv, dh) = (c.n_heads as usize, c.n_kv_heads as usize, c.head_dim as usize);
        let mut out = vec![0; self.q.x.len()];
        for (i, out) in out.chunks_mut(dh).enumerate() {
            let (pos, group) = (self.n - self.t + i / heads, i % heads * kv / heads);
            let seen = c.first_visible(pos as u32) as usize..pos + 1;
            let gather = |b: &Rows| -> (Vec<i16>, Vec<i32>) {
                let index = seen.clone().map(|t| t * kv + group);
                (index.clone().flat_map(|j| b.x[j * dh..][..dh].to_vec()).collect(), index.map(|j| b.e[j]).collect())
            };
            let ((k, ek), (v, ev)) = (gather(&self.k), gather(&self.v));
            let seen = Visible { k: &k, ek: &ek, v: &v, ev: &ev };
            ops::attention::attention(&self.q.x[i * dh..][..dh], self.q.e[i], &seen, c.score_scale(), 16, out);
        }
        out
    }

    /// Positions `range` as new rows.
    fn append(&self, cache: &mut KvCache, range: std::ops::Range<usize>) {
        let (kv, dh) = (self.config.n_kv_heads as usize, self.config.head_dim as usize);
        let (x, e) = (range.start * kv * dh..range.end * kv * dh, range.start * kv..range.end * kv);
        let rows = NewRows { k: &self.k.x[x.clone()], ek: &self.k.e[e.clone()], v: &self.v.x[x], ev: &self.v.e[e] };
        cache.append(rows, 0..kv);
    }

    /// The query heads split at `cut`, each part with a cache of its own kv heads.
    fn got(&self, level: Level, cut: usize, scratch: &mut Scratch, r: &mut Random) -> Vec<i32> {
        let c = &self.config;
        let (heads, kv, dh) = (c.n_heads as usize, c.n_kv_heads as usize, c.head_dim as usize);
        let mut out = vec![0; self.q.x.len()];
        for own in [0..cut, cut..heads] {
            if own.is_empty() {
                continue;
            }
            let mut cache = KvCache::new(own.start * kv / heads..(own.end - 1) * kv / heads + 1, dh);
            // In two parts, the first with positions to forget.
            let first = below(r, self.n + 1);
            self.append(&mut cache, 0..self.n);
            cache.truncate(first);
            self.append(&mut cache, first..self.n);
            assert_eq!(cache.len(), self.n);
            let params = AttentionParams { pos0: (self.n - self.t) as u32, config: c, scale: c.score_scale() };
            let queries = Queries { q: &self.q.x, e: &self.q.e, row_heads: 0..heads, heads: own };
            attend(level, &queries, &cache, &params, 16, scratch, &mut out);
        }
        out
    }
}

#[test]
fn attention_equals_the_reference() {
    let mut r = Random::new(1);
    let mut scratch = Scratch::default();
    for index in 0..1200 {
        let case = Case::random(&mut r, index);
        let expected = case.expected();
        let cut = below(&mut r, case.config.n_heads as usize + 1);
        for level in Level::available() {
            let got = case.got(level, cut, &mut scratch, &mut r);
            assert!(got == expected, "{level:?} case {index}: {:?}, {} positions, batch of {}", case.config, case.n, case.t);
        }
    }
}

#[test]
fn attention_equals_the_reference_on_long_contexts() {
    let mut r = Random::new(2);
    let mut scratch = Scratch::default();
    for (index, n) in [1100, 2049, 3000].into_iter().enumerate() {
        for shape in [Shape::Uniform(1 << 14), Shape::Constant(1 << 14), Shape::Uniform(300)] {
            let mut rows = |groups| Rows::new(&mut r, groups, 64, shape, (11, 3));
            let (q, k, v) = (rows(2 * 3), rows(n), rows(n));
            let case = Case { config: config(3, 1, 64, None, 46_000, 18), n, t: 2, q, k, v };
            let expected = case.expected();
            for level in Level::available() {
                assert!(case.got(level, 3, &mut scratch, &mut r) == expected, "{level:?} case {index} {shape:?}");
            }
        }
    }
}

#[test]
fn heads_outside_the_share_are_left_alone() {
    let mut r = Random::new(3);
    let case = Case { t: 2, ..Case::random(&mut r, 0) };
    let c = &case.config;
    let (heads, kv, dh) = (c.n_heads as usize, c.n_kv_heads as usize, c.head_dim as usize);
    let q = Rows::new(&mut r, 2 * heads, dh, Shape::Uniform(100), (11, 1));
    let mut cache = KvCache::new(0..kv, dh);
    case.append(&mut cache, 0..case.n);
    let params = AttentionParams { pos0: case.n as u32 - 2, config: c, scale: c.score_scale() };
    let mut out = vec![7; q.x.len()];
    let queries = Queries { q: &q.x, e: &q.e, row_heads: 0..heads, heads: heads - 1..heads };
    attend(Level::detect(), &queries, &cache, &params, 16, &mut Scratch::default(), &mut out);
    for row in out.chunks(heads * dh) {
        assert!(row[..(heads - 1) * dh].iter().all(|&o| o == 7) && row[(heads - 1) * dh..].iter().any(|&o| o != 7));
    }
}

#[test]
#[should_panic(expected = "the cache holds 0 positions, not 1")]
fn a_query_beyond_the_cache_is_refused() {
    let c = config(1, 1, 2, None, 40_000, 18);
    let params = AttentionParams { pos0: 0, config: &c, scale: c.score_scale() };
    let queries = Queries { q: &[1, 2], e: &[0], row_heads: 0..1, heads: 0..1 };
    attend(Level::Scalar, &queries, &KvCache::new(0..1, 2), &params, 16, &mut Scratch::default(), &mut [0, 0]);
}

#[test]
#[should_panic(expected = "cannot truncate to more than it holds")]
fn a_cache_cannot_grow_by_truncation() {
    KvCache::new(0..1, 2).truncate(1);
}
