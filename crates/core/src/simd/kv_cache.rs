//! Keys and values of one layer, laid out for the kernels of [`attention`](super::attention).
//!
//! Positions are in blocks of 16. In a block of keys, neighbouring dims of one position are neighbours and positions are the lanes:
//! `[dh/2][16][2]`; in a block of values, neighbouring positions of one dim are neighbours and dims are the lanes: `[8][dh][2]`. So
//! one multiply-add of 16-bit pairs serves both sums and no lane is ever summed across.

use std::ops::Range;

/// Positions of a block.
pub const BLOCK: usize = 16;

/// Largest difference of key exponents in a block whose scores are shifted together.
pub(super) const MOST_SPREAD: u32 = 10;

/// Keys and values of the kv heads that one rank needs.
#[derive(Clone, Debug)]
pub struct KvCache {
    kv_heads: Range<usize>,
    dh: usize,
    len: usize,
    heads: Vec<HeadCache>,
}

/// Keys and values of one kv head; every array holds whole blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadCache {
    /// `[blocks, dh/2, 16, 2]`.
    pub k: Vec<i16>,
    /// `[blocks, 8, dh, 2]`.
    pub v: Vec<i16>,
    /// Exponents of the keys.
    pub ek: Vec<i32>,
    /// Exponents of the values.
    pub ev: Vec<i32>,
    /// `2^(ek_max − ek)` with the bound of the position's block, where that is at most [`MOST_SPREAD`].
    pub powers: Vec<i32>,
    /// Bounds of each block.
    pub bounds: Vec<Bounds>,
}

/// What holds for every key of a block, forgotten ones included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Largest sum of squares.
    pub squares: u64,
    /// Least exponent.
    pub ek_min: i32,
    /// Largest exponent.
    pub ek_max: i32,
}

/// New positions: `[T, heads, dh]` with an exponent a head, for keys and for values.
#[derive(Clone, Copy, Debug)]
pub struct NewRows<'a> {
    /// Keys.
    pub k: &'a [i16],
    /// Their exponents.
    pub ek: &'a [i32],
    /// Values.
    pub v: &'a [i16],
    /// Their exponents.
    pub ev: &'a [i32],
}

impl KvCache {
    /// An empty cache of the kv heads `kv_heads`, of size `dh` each.
    ///
    /// # Panics
    /// If `dh` is odd or outside `2..=256`.
    pub fn new(kv_heads: Range<usize>, dh: usize) -> Self {
        assert!((2..=256).contains(&dh) && dh.is_multiple_of(2), "kv cache: head size {dh} is out of its domain");
        let heads = kv_heads.clone().map(|_| HeadCache::default()).collect();
        Self { kv_heads, dh, len: 0, heads }
    }

    /// Positions it holds.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Size of a head.
    pub const fn head_dim(&self) -> usize {
        self.dh
    }

    /// The kv heads it keeps.
    pub fn kv_heads(&self) -> Range<usize> {
        self.kv_heads.clone()
    }

    /// One kept head.
    pub(super) fn head(&self, kv_head: usize) -> &HeadCache {
        &self.heads[kv_head - self.kv_heads.start]
    }

    /// Append positions; their rows carry the kv heads `row_heads`, of which the cache's own are kept.
    ///
    /// # Panics
    /// If a shape does not fit or a head is missing in the rows.
    pub fn append(&mut self, rows: NewRows<'_>, row_heads: Range<usize>) {
        let (dh, in_row) = (self.dh, row_heads.len());
        assert!(row_heads.start <= self.kv_heads.start && self.kv_heads.end <= row_heads.end, "kv cache: heads are missing");
        let t = rows.ek.len().checked_div(in_row).unwrap_or(0);
        let groups = t * in_row;
        assert!(rows.ek.len() == groups && rows.ev.len() == groups, "kv cache: exponents do not fill rows");
        assert!(rows.k.len() == groups * dh && rows.v.len() == groups * dh, "kv cache: rows differ from their exponents");
        for (cache, head) in self.heads.iter_mut().zip(self.kv_heads.clone()) {
            for row in 0..t {
                let at = row * in_row + head - row_heads.start;
                let slice = at * dh..(at + 1) * dh;
                cache.push(self.len + row, &rows.k[slice.clone()], rows.ek[at], &rows.v[slice], rows.ev[at]);
            }
        }
        self.len += t;
    }

    /// Forget the positions from `len` on.
    ///
    /// # Panics
    /// If it holds fewer.
    pub fn truncate(&mut self, len: usize) {
        assert!(len <= self.len, "kv cache: cannot truncate to more than it holds");
        self.len = len;
        let blocks = len.div_ceil(BLOCK);
        for head in &mut self.heads {
            head.k.truncate(blocks * BLOCK * self.dh);
            head.v.truncate(blocks * BLOCK * self.dh);
            head.ek.truncate(blocks * BLOCK);
            head.ev.truncate(blocks * BLOCK);
            head.powers.truncate(blocks * BLOCK);
            head.bounds.truncate(blocks);
        }
    }
}

impl HeadCache {
    fn push(&mut self, position: usize, k: &[i16], ek: i32, v: &[i16], ev: i32) {
        let (block, lane, dh) = (position / BLOCK, position % BLOCK, k.len());
        if block == self.bounds.len() {
            self.k.resize((block + 1) * BLOCK * dh, 0);
            self.v.resize((block + 1) * BLOCK * dh, 0);
            // Lanes not yet filled have ordinary exponents, so that they do not slow the block down.
            self.ek.resize((block + 1) * BLOCK, ek);
            self.ev.resize((block + 1) * BLOCK, ev);
            self.powers.resize((block + 1) * BLOCK, 0);
            self.bounds.push(Bounds { squares: 0, ek_min: ek, ek_max: ek });
        }
        let keys = self.k[block * BLOCK * dh..].chunks_exact_mut(2 * BLOCK);
        for (pair, keys) in k.chunks_exact(2).zip(keys) {
            keys[2 * lane..2 * lane + 2].copy_from_slice(pair);
        }
        let values = self.v[(block * BLOCK + lane / 2 * 2) * dh..].chunks_exact_mut(2);
        for (&v, pair) in v.iter().zip(values) {
            pair[lane % 2] = v;
        }
        (self.ek[position], self.ev[position]) = (ek, ev);
        let squares = k.iter().map(|&k| u64::from(k.unsigned_abs()).pow(2)).sum();
        let bounds = &mut self.bounds[block];
        bounds.squares = bounds.squares.max(squares);
        bounds.ek_min = bounds.ek_min.min(ek);
        bounds.ek_max = bounds.ek_max.max(ek);
        let block = block * BLOCK..(block + 1) * BLOCK;
        for (power, &ek) in self.powers[block.clone()].iter_mut().zip(&self.ek[block]) {
            let spread = bounds.ek_max.abs_diff(ek);
            *power = if spread <= MOST_SPREAD { 1 << spread } else { 0 };
        }
    }
}
