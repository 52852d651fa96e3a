//! The steps of one group of queries: scores, weights, weighted sums, means.

use super::super::exp2neg::{TILE, Tile};
use super::super::isa::Isa;
use super::super::kv_cache::{BLOCK, HeadCache, MOST_SPREAD};
use super::Lanes;
use crate::ops::attention::{PB, ScoreScale};
use crate::ops::fixed::{I32_MAX, rss};

/// Working memory of one query, over the tiles of its group.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Base-2 scores; `i32::MIN` where nothing is seen.
    z: Vec<i32>,
    /// Weights, and their high and low bytes.
    w: [Vec<i16>; 3],
    /// What each tile needs.
    tiles: Vec<TileSum>,
}

/// How a tile of weights enters the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// All weights are zero.
    Nothing,
    /// As 16-bit integers: those from 2^15 on wrap to `w − 2^16`, which is made good one by one, and magnitudes sum up to less than
    /// [`WHOLE_SUM`]. The largest weight of all wraps to −1, so that peaks are cheap.
    Whole,
    /// As two bytes.
    Bytes,
}

/// The weights of a tile.
#[derive(Clone, Copy, Debug)]
struct TileSum {
    kind: Kind,
    /// Sum of the magnitudes as 16-bit integers.
    sum: u32,
    /// A bit for each weight from 2^15 on.
    wrapped: u64,
}

/// `2^14·Σ|w| < 2^31` below this.
const WHOLE_SUM: u32 = 1 << 17;

/// Wrapped weights of a tile that are made good one by one.
const MOST_WRAPPED: u32 = 4;

/// Tiles of byte weights of which the sums fit 32 bits: `512·255·2^14 < 2^31`.
const BYTE_TILES: usize = 512 / TILE;

/// From this distance (Q16) to the maximum on, a weight is zero: `rsh(2^23, 18 + 7) = 0`.
const FAR: u32 = 18 << 16;

/// What the queries of a group see.
pub struct Seen<const G: usize> {
    /// First position of the tiles; whole tiles from 0.
    pub begin: usize,
    /// After the last position that any sees.
    end: usize,
    /// First and last position that each sees.
    pub range: [(usize, usize); G],
}

impl<const G: usize> Seen<G> {
    /// From the first and last position that each query sees.
    pub fn new(range: [(usize, usize); G]) -> Self {
        let begin = range.iter().map(|r| r.0).min().unwrap_or(0) / TILE * TILE;
        Self { begin, end: range.iter().map(|r| r.1 + 1).max().unwrap_or(0), range }
    }

    /// Positions of the tiles.
    fn len(&self) -> usize {
        (self.end - self.begin).next_multiple_of(TILE)
    }
}

/// Fill each row's `z`; returns the largest of each.
#[inline(always)]
pub fn scores<I: Isa, const G: usize>(
    keys: &HeadCache,
    q: [&[i16]; G],
    e: [i32; G],
    scale: ScoreScale,
    seen: &Seen<G>,
    rows: &mut [Row; G],
) -> [i32; G] {
    let dh = q[0].len();
    let c = scale.c as i32;
    let squares = q.map(|q| {
        let squares = q.iter().map(|&q| i32::from(q).wrapping_mul(i32::from(q)) as u32);
        squares.fold(0u64, |sum, square| sum.wrapping_add(u64::from(square)))
    });
    let base = e.map(|e| e + scale.ce - 16);
    let mut digits = [[[0i16; 256]; 2]; G];
    for (digits, q) in digits.iter_mut().zip(q) {
        let [high, low] = digits;
        for ((high, low), &q) in high.iter_mut().zip(low).zip(q) {
            *high = q.wrapping_add(128) >> 8;
            *low = q.wrapping_sub(*high << 8);
        }
    }
    for row in rows.iter_mut() {
        row.z.clear();
        row.z.resize(seen.len(), i32::MIN);
    }
    let mut largest = [Lanes([i32::MIN; BLOCK]); G];
    for block in seen.begin / BLOCK..seen.end.div_ceil(BLOCK) {
        let k = &keys.k[block * BLOCK * dh..][..BLOCK * dh];
        let bounds = keys.bounds[block];
        let (mut high, mut low) = ([Lanes::ZERO; G], [Lanes::ZERO; G]);
        // |S|² <= |Q|²·|K|²: below 2^62 the wrapping sum is the score.
        let narrow = squares.iter().all(|&squares| squares.saturating_mul(bounds.squares) < 1 << 62);
        if narrow {
            I::scores(q, k, &mut low);
        } else {
            I::scores(std::array::from_fn(|g| &digits[g][0][..dh]), k, &mut high);
            I::scores(std::array::from_fn(|g| &digits[g][1][..dh]), k, &mut low);
        }
        let at = block * BLOCK;
        // rss(v, base + ek) = rss(v·2^(ek_max − ek), base + ek_max): one shift for all.
        let spread = bounds.ek_max.abs_diff(bounds.ek_min);
        let mut factors = Lanes::ZERO;
        for (factor, &power) in factors.0.iter_mut().zip(&keys.powers[at..at + BLOCK]) {
            *factor = c.wrapping_mul(power);
        }
        for g in 0..G {
            let shift = i64::from(base[g]) + i64::from(bounds.ek_max);
            let mut z = Lanes::ZERO;
            if spread > MOST_SPREAD || !(1..=62).contains(&shift) {
                for (i, &ek) in keys.ek[at..at + BLOCK].iter().enumerate() {
                    let s = (i64::from(high[g].0[i]) << 8) + i64::from(low[g].0[i]);
                    z.0[i] = rss(s * i64::from(c), base[g] + ek);
                }
            } else if narrow {
                I::scale::<false>(&high[g], &low[g], &factors, shift as u32, &mut z);
            } else {
                I::scale::<true>(&high[g], &low[g], &factors, shift as u32, &mut z);
            }
            let (first, last) = seen.range[g];
            if at < first || last < at + BLOCK - 1 {
                for (i, z) in z.0.iter_mut().enumerate() {
                    if at + i < first || last < at + i {
                        *z = i32::MIN;
                    }
                }
            }
            for (largest, &z) in largest[g].0.iter_mut().zip(&z.0) {
                *largest = z.max(*largest);
            }
            rows[g].z[at - seen.begin..][..BLOCK].copy_from_slice(&z.0);
        }
    }
    largest.map(|largest| largest.0.into_iter().fold(i32::MIN, i32::max))
}

/// Factors `2^(16 − (ev − e0))` of the positions of a group, 0 beyond 16: `rsh(p, ev − e0) = (p·factor + 2^15) >> 16` in 32 bits.
#[derive(Clone, Debug, Default)]
pub struct Factors {
    /// The least exponent that they were made for; queries of a group mostly share it.
    e0: Option<i32>,
    factors: Vec<u32>,
}

impl Factors {
    /// Forget the last group's.
    pub fn clear(&mut self) {
        self.e0 = None;
    }

    /// Make them for `e0`: `n` positions, of which those beyond `ev` have none.
    #[inline(always)]
    fn prepare(&mut self, e0: i32, ev: &[i32], n: usize) {
        if self.e0 == Some(e0) {
            return;
        }
        self.e0 = Some(e0);
        self.factors.clear();
        self.factors.resize(n, 0);
        for (factor, &ev) in self.factors.iter_mut().zip(ev) {
            let shift = ev.wrapping_sub(e0) as u32;
            *factor = if shift <= 16 { 1u32.wrapping_shl(16u32.wrapping_sub(shift)) } else { 0 };
        }
    }
}

/// Fill a row's weights from its scores, of which `m` is the largest; returns their sum before scaling and the least exponent.
#[inline(always)]
pub fn weigh<I: Isa>(
    row: &mut Row,
    ev: &[i32],
    factors: &mut Factors,
    m: i32,
    begin: usize,
    (first, last): (usize, usize),
) -> (u64, i32) {
    let e0 = ev[first..=last].iter().copied().fold(i32::MAX, i32::min);
    let n = row.z.len();
    factors.prepare(e0, &ev[begin..], n);
    for w in &mut row.w {
        w.resize(n, 0);
    }
    row.tiles.clear();
    let mut total = 0u64;
    let [w, high, low] = &mut row.w;
    let outputs = w.chunks_exact_mut(TILE).zip(high.chunks_exact_mut(TILE)).zip(low.chunks_exact_mut(TILE));
    for ((i, z), ((w, high), low)) in row.z.chunks_exact(TILE).enumerate().zip(outputs) {
        let nearest = z.iter().copied().fold(i32::MIN, i32::max);
        // Scores are within ±(2^31 − 1), so distances fit u32; that of an unseen position may be anything.
        if (m as u32).wrapping_sub(nearest as u32) >= FAR {
            row.tiles.push(TileSum { kind: Kind::Nothing, sum: 0, wrapped: 0 });
            w.fill(0);
            high.fill(0);
            low.fill(0);
            continue;
        }
        let (mut y, mut p) = (Tile::ZERO, Tile::ZERO);
        for (y, &z) in y.0.iter_mut().zip(z) {
            *y = (m as u32).wrapping_sub(z as u32);
        }
        I::exp2neg(&y, PB, &mut p);
        for p in &mut p.0 {
            *p = (*p).min(65535);
        }
        let at = begin + i * TILE;
        if at < first || last < at + TILE - 1 {
            for (i, p) in p.0.iter_mut().enumerate() {
                if at + i < first || last < at + i {
                    *p = 0;
                }
            }
        }
        let sum = p.0.iter().fold(0u32, |sum, &p| sum.wrapping_add(p));
        total += u64::from(sum);
        for (p, &factor) in p.0.iter_mut().zip(&factors.factors[i * TILE..][..TILE]) {
            *p = p.wrapping_mul(factor).wrapping_add(1 << 15) >> 16;
        }
        let (mut any, mut sum) = (0, 0u32);
        for (((&p, w), high), low) in p.0.iter().zip(&mut *w).zip(high).zip(low) {
            (*w, *high, *low) = (p as i16, (p >> 8) as i16, (p & 255) as i16);
            any |= p;
            sum = sum.wrapping_add(u32::from(w.unsigned_abs()));
        }
        let mut wrapped = 0;
        if any >= 1 << 15 {
            for (i, &w) in w.iter().enumerate() {
                wrapped |= u64::from(w < 0) << i;
            }
        }
        let kind = match () {
            () if any == 0 => Kind::Nothing,
            () if wrapped.count_ones() <= MOST_WRAPPED && sum < WHOLE_SUM => Kind::Whole,
            () => Kind::Bytes,
        };
        row.tiles.push(TileSum { kind, sum, wrapped });
    }
    (total, e0)
}

/// Add `Σ_t w_t·V_t` to each query's sums.
#[inline(always)]
pub fn accumulate<I: Isa, const G: usize>(v: &[i16], dh: usize, seen: &Seen<G>, rows: &[Row; G], sums: &mut [Vec<i64>; G]) {
    let mut sums = sums.each_mut().map(|sums| &mut sums[..]);
    let tiles = rows[0].tiles.len();
    let stored = v.len() / dh - seen.begin;
    let kind_of = |tile: usize| rows.iter().map(|row| row.tiles[tile].kind).max().unwrap_or(Kind::Nothing);
    let mut tile = 0;
    while tile < tiles {
        let (start, kind) = (tile, kind_of(tile));
        let mut whole = [0u32; G];
        while tile < tiles && kind_of(tile) == kind {
            let next: [u32; G] = std::array::from_fn(|g| whole[g].saturating_add(rows[g].tiles[tile].sum));
            let full = match kind {
                Kind::Nothing => false,
                Kind::Whole => next.iter().any(|&sum| sum >= WHOLE_SUM),
                Kind::Bytes => tile - start >= BYTE_TILES,
            };
            if full {
                break;
            }
            whole = next;
            tile += 1;
        }
        let (from, to) = (start * TILE, (tile * TILE).min(stored));
        let v = &v[(seen.begin + from) * dh..(seen.begin + to) * dh];
        let weights = |part: usize| std::array::from_fn(|g| &rows[g].w[part][from..to]);
        match kind {
            Kind::Nothing => {}
            Kind::Whole => {
                I::sums::<G>(weights(0), v, dh, 0, &mut sums);
                for (row, sums) in rows.iter().zip(&mut sums) {
                    for (i, tile) in row.tiles[start..tile].iter().enumerate() {
                        make_good(tile.wrapped, &v[i * TILE * dh..], sums);
                    }
                }
            }
            Kind::Bytes => {
                I::sums::<G>(weights(1), v, dh, 8, &mut sums);
                I::sums::<G>(weights(2), v, dh, 0, &mut sums);
            }
        }
    }
}

/// Add 2^16 times the values of the positions of a tile whose weights have wrapped.
#[inline(always)]
fn make_good(mut wrapped: u64, v: &[i16], sums: &mut [i64]) {
    while wrapped != 0 {
        let t = wrapped.trailing_zeros() as usize;
        let pair = &v[t / 2 * 2 * sums.len()..][..2 * sums.len()];
        for (sum, v) in sums.iter_mut().zip(pair.chunks_exact(2)) {
            *sum = sum.wrapping_add(i64::from(v[t % 2]) << 16);
        }
        wrapped &= wrapped - 1;
    }
}

/// `o = rss(N·floor(2^46/P), 46 + e0 − f)`.
#[inline(always)]
pub fn mean(sums: &[i64], total: u64, e0: i32, f: i32, out: &mut [i32]) {
    let rho = ((1u64 << 46) / total) as i64;
    let shift = 46 + e0 - f;
    if (1..=62).contains(&shift) {
        let half = 1i64 << (shift - 1);
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = (sum.wrapping_mul(rho).wrapping_add(half) >> shift).clamp(-I32_MAX, I32_MAX) as i32;
        }
    } else {
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = rss(sum * rho, shift);
        }
    }
}
