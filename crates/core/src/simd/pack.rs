//! Weights as the kernels read them: blocks of 16 rows, interleaved by four columns.
//!
//! A *record* holds 16 rows: for each column block its q, then for each block the 16 scales D, then for pairs of blocks the 16 pairs of
//! offsets M. Four consecutive q of a row are one 32-bit lane, 16 rows one 512-bit register (or two of 256, or four of 128). Four-bit
//! q are two to a byte: the first 16 columns of a block in the low nibbles, the last 16 in the high ones; wider ones a byte each. Both
//! are unsigned (q + 8, q + 128), as the dot-product instructions want. Rows beyond the last are zeros.

use crate::backend::MatrixLoader;
use crate::model::matrix::{MatrixSpec, Row};
use crate::simd::lines::{Arena, Lines};

/// Rows of a record.
pub const ROWS: usize = 16;

/// How q is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two to a byte, offset 8; blocks of 32.
    Nibble,
    /// One to a byte, offset 128; blocks of 32 or 16.
    Byte,
}

/// Byte offsets inside a record; a function of the matrix's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How q is stored.
    pub kind: Kind,
    /// Columns of a block.
    pub block: usize,
    /// Blocks of a row.
    pub blocks: usize,
    /// Blocks of a slab.
    pub blocks_per_slab: usize,
    /// Whether there are offsets M.
    pub has_m: bool,
    /// Bytes of one block's q.
    pub q_stride: usize,
    /// Where the scales begin.
    pub d_at: usize,
    /// Where the offsets begin.
    pub m_at: usize,
    /// Bytes of a record, a multiple of 64.
    pub len: usize,
}

impl Layout {
    /// The layout for a matrix.
    pub fn new(spec: &MatrixSpec) -> Self {
        let (block, blocks) = (usize::from(spec.block), spec.blocks());
        let kind = if spec.bits == 4 && block == 32 { Kind::Nibble } else { Kind::Byte };
        let q_stride = match kind {
            Kind::Nibble => ROWS * block / 2,
            Kind::Byte => ROWS * block,
        };
        let d_at = blocks * q_stride;
        let m_at = d_at + blocks * ROWS * 2;
        let m_len = if spec.has_m { blocks.div_ceil(2) * ROWS * 4 } else { 0 };
        let len = (m_at + m_len).next_multiple_of(64);
        let blocks_per_slab = blocks / usize::from(spec.nslab);
        Self { kind, block, blocks, blocks_per_slab, has_m: spec.has_m, q_stride, d_at, m_at, len }
    }
}

/// A matrix, or a range of its rows, in packed form.
pub struct Packed {
    /// Shape of the whole matrix.
    pub spec: MatrixSpec,
    /// Layout of its records.
    pub layout: Layout,
    /// First record that is stored here.
    pub first: usize,
    /// The records.
    pub records: Lines,
    /// R of each stored row, padded to whole records.
    pub r: Vec<i32>,
    /// re of each stored row.
    pub re: Vec<i32>,
    /// Bias of each stored row; empty where the matrix has none.
    pub bias: Vec<i32>,
}

impl Packed {
    /// Records of the whole matrix.
    pub fn count(spec: &MatrixSpec) -> usize {
        (spec.rows as usize).div_ceil(ROWS)
    }

    /// The bytes of one record, counted from the matrix's first.
    pub fn record(&self, index: usize) -> &[u8] {
        &self.records.bytes()[(index - self.first) * self.layout.len..][..self.layout.len]
    }

    /// Unpack one row into `W[o, k]` and return `(R, re)`.
    ///
    /// # Panics
    /// If the row is not stored here.
    pub fn unpack_row(&self, row: usize, w: &mut [i32]) -> (i32, i32) {
        let l = &self.layout;
        let (record, r) = (self.record(row / ROWS), row % ROWS);
        let i16_at = |at: usize| i32::from(i16::from_le_bytes([record[at], record[at + 1]]));
        for (b, w) in w.chunks_mut(l.block).enumerate() {
            let d = i16_at(l.d_at + (b * ROWS + r) * 2);
            let m = if l.has_m { i16_at(l.m_at + (b / 2 * ROWS + r) * 4 + b % 2 * 2) } else { 0 };
            let q = &record[b * l.q_stride..][..l.q_stride];
            for (k, w) in w.iter_mut().enumerate() {
                let q = match l.kind {
                    Kind::Nibble => i32::from(q[k % 16 / 4 * 64 + r * 4 + k % 4] >> (k / 16 * 4) & 15) - 8,
                    Kind::Byte => i32::from(q[k / 4 * 64 + r * 4 + k % 4]) - 128,
                };
                *w = d * q + m;
            }
        }
        let at = row - self.first * ROWS;
        (self.r[at], self.re[at])
    }
}

/// Receives rows and packs those of `first..end` (in records).
pub struct Packer {
    packed: Packed,
    end: usize,
    seen: usize,
    staged: Vec<Row>,
}

impl Packer {
    /// A packer for the records `first..end` of a matrix, which come to lie in `arena`.
    pub fn new(spec: &MatrixSpec, first: usize, end: usize, arena: &mut Arena) -> Self {
        let layout = Layout::new(spec);
        let stored = end - first;
        let bias = if spec.has_bias { stored * ROWS } else { 0 };
        let packed = Packed {
            spec: *spec,
            layout,
            first,
            records: arena.zeroed(stored * layout.len),
            r: vec![0; stored * ROWS],
            re: vec![0; stored * ROWS],
            bias: vec![0; bias],
        };
        Self { packed, end, seen: 0, staged: Vec::with_capacity(ROWS) }
    }

    fn flush(&mut self, record: usize) {
        let p = &mut self.packed;
        let l = p.layout;
        let at = record - p.first;
        for (r, row) in self.staged.iter().enumerate() {
            p.r[at * ROWS + r] = i32::from(row.r);
            p.re[at * ROWS + r] = i32::from(row.re);
            if let Some(bias) = p.bias.get_mut(at * ROWS + r) {
                *bias = row.bias.unwrap_or(0);
            }
        }
        let out = &mut p.records.bytes_mut()[at * l.len..][..l.len];
        for (r, row) in self.staged.iter().enumerate() {
            pack_row(&l, r, row, out);
        }
        self.staged.clear();
    }
}

/// Write row `r` of a record.
fn pack_row(l: &Layout, r: usize, row: &Row, out: &mut [u8]) {
    let (q_out, scales) = out.split_at_mut(l.d_at);
    for (q, out) in row.q.chunks_exact(l.block).zip(q_out.chunks_exact_mut(l.q_stride)) {
        let word = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| q[at + i] as u8));
        for (g, out) in out.chunks_exact_mut(64).enumerate() {
            let value = match l.kind {
                // Adding 8 modulo 16 flips bit 3 of a nibble; adding 128 flips bit 7 of a byte.
                Kind::Nibble => {
                    let nibbles = |at| (word(at) & 0x0f0f_0f0f) ^ 0x0808_0808;
                    nibbles(4 * g) | nibbles(16 + 4 * g) << 4
                }
                Kind::Byte => word(4 * g) ^ 0x8080_8080,
            };
            out[r * 4..][..4].copy_from_slice(&value.to_le_bytes());
        }
    }
    for (b, d) in row.d.iter().enumerate() {
        scales[(b * ROWS + r) * 2..][..2].copy_from_slice(&d.to_le_bytes());
    }
    if l.has_m {
        let offsets = &mut scales[l.m_at - l.d_at..];
        for (b, m) in row.m.iter().enumerate() {
            offsets[(b / 2 * ROWS + r) * 4 + b % 2 * 2..][..2].copy_from_slice(&m.to_le_bytes());
        }
    }
}

impl MatrixLoader for Packer {
    type Matrix = Packed;

    fn push(&mut self, row: &Row) {
        let record = self.seen / ROWS;
        if (self.packed.first..self.end).contains(&record) {
            self.staged.push(row.clone());
        }
        self.seen += 1;
        let last = self.seen == self.packed.spec.rows as usize;
        if !self.staged.is_empty() && (self.seen.is_multiple_of(ROWS) || last) {
            self.flush(record);
        }
    }

    fn finish(self) -> Packed {
        assert_eq!(self.seen, self.packed.spec.rows as usize, "rows are missing");
        self.packed
    }
}
