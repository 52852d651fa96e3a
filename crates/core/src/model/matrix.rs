//! Weight matrices: their shape, and one row as every back end receives it while a model is loaded.
//!
//! The semantics only sees `W[o,k] = D_b·q[o,k] + M_b` with real weight `W·R_o·2^(−re_o)`; Q4_0, Q8_0, Q4_K… are encodings of it.

use serde::{Deserialize, Serialize};

use crate::ops::L1_MAX;

/// Shape and encoding of one matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixSpec {
    /// Output elements.
    pub rows: u32,
    /// Input elements, K; a multiple of `block * nslab`.
    pub cols: u32,
    /// Columns that share a D and an M: 16 or 32.
    pub block: u8,
    /// Bits of a q: 4, 5, 6 or 8.
    pub bits: u8,
    /// Whether blocks have an M.
    pub has_m: bool,
    /// Whether rows have a bias.
    pub has_bias: bool,
    /// Column slabs with an accumulator each: 1, 2, 4, 8 or 16.
    pub nslab: u8,
}

/// What is wrong with a matrix shape or a row of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MatrixError {
    /// A field of the shape is out of its domain.
    #[error("matrix {field} is {got}, expected {expected}")]
    Shape {
        /// The field.
        field: &'static str,
        /// Its value.
        got: u32,
        /// Its domain.
        expected: &'static str,
    },
    /// A block scale is beyond ±4095.
    #[error("block scale {got} of block {block} is beyond ±4095")]
    Scale {
        /// Block in the row.
        block: usize,
        /// The scale.
        got: i16,
    },
    /// A row multiplier is neither 0 nor in `2^15..2^16`.
    #[error("row multiplier {got} is neither 0 nor in 32768..65536")]
    Multiplier {
        /// The multiplier.
        got: u16,
    },
    /// A row exponent is beyond ±4096.
    #[error("row exponent {got} is beyond ±4096")]
    Exponent {
        /// The exponent.
        got: i16,
    },
    /// A bias is −2^31.
    #[error("a bias of -2^31 is not symmetric")]
    Bias,
    /// A slab's Σ|W| is above 2^24 − 1, so an accumulator could overflow.
    #[error("slab {slab} has a weight sum of {got}, above {L1_MAX}")]
    L1 {
        /// Slab of the row.
        slab: usize,
        /// Σ|W| over the slab.
        got: u64,
    },
}

impl MatrixSpec {
    /// Check every field.
    ///
    /// # Errors
    /// The first field out of its domain.
    pub fn validate(&self) -> Result<(), MatrixError> {
        let check = |ok: bool, field, got: u32, expected| {
            if ok { Ok(()) } else { Err(MatrixError::Shape { field, got, expected }) }
        };
        check((1..=1 << 20).contains(&self.rows), "rows", self.rows, "1 to 1048576")?;
        check((1..=1 << 16).contains(&self.cols), "cols", self.cols, "1 to 65536")?;
        check(matches!(self.block, 16 | 32), "block", self.block.into(), "16 or 32")?;
        check(matches!(self.bits, 4 | 5 | 6 | 8), "bits", self.bits.into(), "4, 5, 6 or 8")?;
        check(matches!(self.nslab, 1 | 2 | 4 | 8 | 16), "nslab", self.nslab.into(), "1, 2, 4, 8 or 16")?;
        let unit = u32::from(self.block) * u32::from(self.nslab);
        check(self.cols.is_multiple_of(unit), "cols", self.cols, "a multiple of block times nslab")
    }

    /// Blocks in a row.
    pub const fn blocks(&self) -> usize {
        self.cols as usize / self.block as usize
    }

    /// What is added to a q to store it unsigned: half its range.
    pub const fn zero_point(&self) -> i32 {
        1 << (self.bits - 1)
    }
}

/// One decoded row: the only form in which weights reach a back end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Row multiplier: 0, or in `2^15..2^16`.
    pub r: u16,
    /// Row exponent.
    pub re: i16,
    /// Bias with the matrix's output fraction bits.
    pub bias: Option<i32>,
    /// Scale of each block.
    pub d: Vec<i16>,
    /// Offset of each block; zeros where the encoding has none.
    pub m: Vec<i16>,
    /// q of each column, centred: `−2^(bits−1) .. 2^(bits−1)`.
    pub q: Vec<i8>,
}

impl Row {
    /// `W[o,k] = D_b·q + M_b`.
    pub fn weight(&self, k: usize) -> i32 {
        let b = k / (self.q.len() / self.d.len());
        i32::from(self.d[b]) * i32::from(self.q[k]) + i32::from(self.m[b])
    }

    /// Check that the row is one that `spec` allows: this is what makes 32-bit accumulators exact for every input.
    ///
    /// # Errors
    /// The first bound that does not hold.
    ///
    /// # Panics
    /// If the row's lengths are not those of `spec`.
    pub fn validate(&self, spec: &MatrixSpec) -> Result<(), MatrixError> {
        let (cols, blocks) = (spec.cols as usize, spec.blocks());
        assert!(self.q.len() == cols && self.d.len() == blocks && self.m.len() == blocks, "row lengths differ from the shape");
        if self.r != 0 && self.r < 1 << 15 {
            return Err(MatrixError::Multiplier { got: self.r });
        }
        if !(-4096..=4096).contains(&self.re) {
            return Err(MatrixError::Exponent { got: self.re });
        }
        if self.bias == Some(i32::MIN) {
            return Err(MatrixError::Bias);
        }
        if let Some(block) = self.d.iter().position(|d| !(-4095..=4095).contains(d)) {
            return Err(MatrixError::Scale { block, got: self.d[block] });
        }
        let blocks_per_slab = blocks / usize::from(spec.nslab);
        let columns = self.q.chunks(usize::from(spec.block));
        let sums: Vec<u32> = columns.zip(&self.d).zip(&self.m).map(|((q, &d), &m)| l1(q, d, m)).collect();
        for (slab, sums) in sums.chunks(blocks_per_slab).enumerate() {
            let got = sums.iter().map(|&s| u64::from(s)).sum();
            if got > u64::from(L1_MAX) {
                return Err(MatrixError::L1 { slab, got });
            }
        }
        Ok(())
    }
}

/// Σ|D·q + M| over one block: at most 32·(4095·128 + 32768), so wrapping arithmetic is exact (and vectorises).
pub(crate) fn l1(q: &[i8], d: i16, m: i16) -> u32 {
    let (d, m) = (i32::from(d), i32::from(m));
    q.iter().fold(0u32, |sum, &q| sum.wrapping_add(d.wrapping_mul(i32::from(q)).wrapping_add(m).unsigned_abs()))
}
