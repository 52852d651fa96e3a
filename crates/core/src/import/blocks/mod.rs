//! The encodings that source files hold, decoded to exact integers: `w = d·q + m` with d and m in units of 2^−24.
//!
//! q is centred on zero (4 bit: q − 8, m + 8·d; 5 bit: q − 16, m + 16·d), so that block sums stay small. Nothing rounds here, except
//! that float matrices become 8-bit blocks first ([`dense`]).

pub mod dense;
mod k_quants;
mod legacy;

use super::float::{Dyadic, NonFinite, f16_units};

/// How a tensor's elements are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are ggml's")]
pub enum TensorType {
    F32,
    F16,
    Bf16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q4K,
    Q5K,
    Q6K,
}

/// What the integer blocks of a [`TensorType`] look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Columns that share a d and an m: 16 or 32.
    pub block: usize,
    /// Bits of a q.
    pub bits: u8,
    /// Whether m can differ from zero.
    pub has_m: bool,
}

/// One decoded row; the buffers are used again for the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockRow {
    /// Centred q of each column.
    pub q: Vec<i8>,
    /// Scale of each block, units of 2^−24; |d| < 2^47.
    pub d: Vec<i64>,
    /// Offset of each block, units of 2^−24; |m| < 2^51. Zeros where the encoding has none.
    pub m: Vec<i64>,
}

/// A row that has no integer form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A scale or an offset is an infinity or a NaN.
    #[error("a scale of the block at column {column} is an infinity or a NaN")]
    Scale {
        /// First column of the block.
        column: usize,
    },
    /// An element is an infinity or a NaN.
    #[error("the element in column {column} is an infinity or a NaN")]
    Element {
        /// Its column.
        column: usize,
    },
    /// An element is so large that its block's scale is no f16.
    #[error("the block at column {column} has elements beyond 127·65504")]
    TooLarge {
        /// First column of the block.
        column: usize,
    },
}

impl TensorType {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::F32,
        Self::F16,
        Self::Bf16,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q4K,
        Self::Q5K,
        Self::Q6K,
    ];

    /// ggml's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::Q4_0 => "Q4_0",
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q8_0 => "Q8_0",
            Self::Q4K => "Q4_K",
            Self::Q5K => "Q5_K",
            Self::Q6K => "Q6_K",
        }
    }

    /// ggml's number of the type, as GGUF stores it.
    pub const fn ggml_number(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_0 => 2,
            Self::Q4_1 => 3,
            Self::Q5_0 => 6,
            Self::Q5_1 => 7,
            Self::Q8_0 => 8,
            Self::Q4K => 12,
            Self::Q5K => 13,
            Self::Q6K => 14,
            Self::Bf16 => 30,
        }
    }

    /// The type of a number of ggml's, if it is one of these.
    pub fn from_ggml_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.ggml_number() == number)
    }

    /// Elements of one stored block, and its bytes.
    pub const fn stored_block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::Bf16 => (1, 2),
            Self::Q4_0 => (32, 18),
            Self::Q4_1 => (32, 20),
            Self::Q5_0 => (32, 22),
            Self::Q5_1 => (32, 24),
            Self::Q8_0 => (32, 34),
            Self::Q4K => (256, 144),
            Self::Q5K => (256, 176),
            Self::Q6K => (256, 210),
        }
    }

    /// Whether the elements are floats.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::Bf16)
    }

    /// The integer blocks that [`TensorType::decode_row`] makes.
    pub const fn layout(self) -> Layout {
        let (block, bits, has_m) = match self {
            Self::F32 | Self::F16 | Self::Bf16 | Self::Q8_0 => (32, 8, false),
            Self::Q4_0 => (32, 4, false),
            Self::Q4_1 | Self::Q4K => (32, 4, true),
            Self::Q5_0 => (32, 5, false),
            Self::Q5_1 | Self::Q5K => (32, 5, true),
            Self::Q6K => (16, 6, false),
        };
        Layout { block, bits, has_m }
    }

    /// Bytes of a row of `cols` elements; none unless they are whole stored blocks (and, for floats, whole blocks of 32).
    pub fn row_bytes(self, cols: usize) -> Option<usize> {
        let (elements, bytes) = self.stored_block();
        (cols.is_multiple_of(elements.max(self.layout().block))).then(|| cols / elements * bytes)
    }

    /// Decode one row.
    ///
    /// # Errors
    /// The first value that has no integer form.
    ///
    /// # Panics
    /// If `raw` is not whole blocks.
    pub fn decode_row(self, raw: &[u8], row: &mut BlockRow) -> Result<(), BlockError> {
        let (elements, bytes) = self.stored_block();
        let layout = self.layout();
        let cols = raw.len() / bytes * elements;
        assert!(raw.len().is_multiple_of(bytes) && cols.is_multiple_of(layout.block), "a row is whole blocks");
        row.q.resize(cols, 0);
        row.d.resize(cols / layout.block, 0);
        row.m.clear();
        row.m.resize(cols / layout.block, 0);
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => dense::quantise_row(self, raw, row),
            Self::Q4_0 => legacy::row(raw, row, legacy::q4_0),
            Self::Q4_1 => legacy::row(raw, row, legacy::q4_1),
            Self::Q5_0 => legacy::row(raw, row, legacy::q5_0),
            Self::Q5_1 => legacy::row(raw, row, legacy::q5_1),
            Self::Q8_0 => legacy::row(raw, row, legacy::q8_0),
            Self::Q4K => k_quants::row(raw, row, k_quants::q4_k),
            Self::Q5K => k_quants::row(raw, row, k_quants::q5_k),
            Self::Q6K => k_quants::row(raw, row, k_quants::q6_k),
        }
    }

    /// The elements of a float tensor, exactly.
    ///
    /// # Errors
    /// The first that is not finite.
    ///
    /// # Panics
    /// If the type is not a float.
    pub fn floats(self, raw: &[u8]) -> Result<Vec<Dyadic>, BlockError> {
        let bytes = self.stored_block().1;
        let half = |raw: &[u8]| u16::from_le_bytes([raw[0], raw[1]]);
        let element = |(column, raw): (usize, &[u8])| {
            let value = match self {
                Self::F32 => Dyadic::from_f32_bits(u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]])),
                Self::F16 => Dyadic::from_f16_bits(half(raw)),
                Self::Bf16 => Dyadic::from_bf16_bits(half(raw)),
                _ => panic!("{} elements are not floats", self.name()),
            };
            value.map_err(|NonFinite| BlockError::Element { column })
        };
        raw.chunks_exact(bytes).enumerate().map(element).collect()
    }
}

/// The f16 at `raw[at..at + 2]`, in units of 2^−24.
fn scale(raw: &[u8], at: usize) -> Result<i64, NonFinite> {
    f16_units(u16::from_le_bytes([raw[at], raw[at + 1]]))
}
