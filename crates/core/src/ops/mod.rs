//! The operators of CIS-1: each file is the scalar reference and the only definition of its operator.
//!
//! Plain loops over slices, integers only, never optimised. Every other back end has a file of the same name and is judged by the
//! vectors that this room writes. To add an operator: a row in [`Op`], `ops/x.rs` with its card, `cargo xtask vectors`, `simd/x.rs`,
//! and an arm wherever the compiler then asks for one; `cargo xtask check` reports a missing room.

pub mod attention;
pub mod bfpq;
pub mod conv2d;
pub mod embedding;
pub mod exp2neg;
pub mod fixed;
pub mod head;
pub mod linear;
pub mod pixel;
pub mod residual;
pub mod rmsnorm;
pub mod rope;
pub mod sample;
pub mod silu;
pub mod swiglu;
pub mod tables;
pub mod upsample;

/// Name of this arithmetic; part of the model id.
pub const ARITHMETIC: &str = "CIS-1";
/// Fraction bits of q, k, v, attention output, gate, up and logits (SEMANTICS §1.1, F).
pub const F: i32 = 16;
/// Bound of Σ|W| in each accumulator slab of a weight row (SEMANTICS §1.1).
pub const L1_MAX: u32 = (1 << 24) - 1;

/// The table of operators. Codes are explicit and append-only: they are part of every model id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Op {
    /// Look up a vocabulary entry.
    Embedding = 0x01,
    /// Matrix times vector.
    Linear = 0x02,
    /// Add to the residual stream.
    Residual = 0x03,
    /// Root-mean-square normalisation.
    Rmsnorm = 0x04,
    /// Rotary position embedding of the heads.
    Rope = 0x05,
    /// Softmax attention of the heads.
    Attention = 0x06,
    /// Gated SiLU.
    Swiglu = 0x07,
    /// Vector to block floating point.
    Bfpq = 0x08,
    /// Greedy choice.
    Head = 0x09,
    /// Seeded choice.
    Sample = 0x0a,
    /// Convolution of a map.
    Conv2d = 0x0b,
    /// SiLU of a map.
    Silu = 0x0c,
    /// Map doubled.
    Upsample = 0x0d,
    /// Map to bytes of colour.
    Pixel = 0x0e,
}

/// One row of the operator table.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// Stem of the operator's file in every room.
    pub name: &'static str,
    /// Tensors it reads (weights included).
    pub arity: u8,
    /// The unit that a referee re-executes.
    pub step: &'static str,
}

impl Op {
    /// Every operator, by code.
    pub const ALL: [Self; 14] = [
        Self::Embedding,
        Self::Linear,
        Self::Residual,
        Self::Rmsnorm,
        Self::Rope,
        Self::Attention,
        Self::Swiglu,
        Self::Bfpq,
        Self::Head,
        Self::Sample,
        Self::Conv2d,
        Self::Silu,
        Self::Upsample,
        Self::Pixel,
    ];

    /// Its row of the table.
    pub const fn info(self) -> OpInfo {
        let (name, arity, step) = match self {
            Self::Embedding => ("embedding", 2, "element"),
            Self::Linear => ("linear", 2, "output element"),
            Self::Residual => ("residual", 2, "element"),
            Self::Rmsnorm => ("rmsnorm", 2, "element"),
            Self::Rope => ("rope", 1, "element"),
            Self::Attention => ("attention", 3, "score, weight, sum or output element"),
            Self::Swiglu => ("swiglu", 2, "element"),
            Self::Bfpq => ("bfpq", 1, "element"),
            Self::Head => ("head", 1, "one better id"),
            Self::Sample => ("sample", 1, "threshold or prefix sum"),
            Self::Conv2d => ("conv2d", 2, "output element"),
            Self::Silu => ("silu", 1, "element"),
            Self::Upsample => ("upsample", 1, "element"),
            Self::Pixel => ("pixel", 1, "element"),
        };
        OpInfo { name, arity, step }
    }
}
