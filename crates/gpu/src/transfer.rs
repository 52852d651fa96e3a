//! Tensors from plain vectors: for the self-test, and tests.

use openimo_core::backend::Backend;

use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts, digit_sums, pack_digits};

impl Gpu {
    /// A tensor of rows of `n` (at least 1) from `[rows, n]`.
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn ints_of(&self, n: usize, v: &[i32]) -> GpuInts {
        let mut ints = self.ints(v.len() / n, n);
        ints.rows = v.len() / n;
        self.recorder.write(&ints.buffer, bytemuck::cast_slice(v));
        ints
    }

    /// A tensor of rows of `groups` groups of `n` (at least 1) from `[rows, groups, n]` and an exponent a group.
    ///
    /// # Panics
    /// If `groups` or `n` is 0.
    pub fn bfp_of(&self, groups: usize, n: usize, x: &[i16], e: &[i32]) -> GpuBfp {
        let mut bfp = self.bfp(e.len() / groups, groups, n);
        bfp.rows = e.len() / groups;
        let words: Vec<u32> = x.chunks(n).flat_map(pack_digits).collect();
        self.recorder.write(&bfp.x, &words);
        self.recorder.write(&bfp.e, bytemuck::cast_slice(e));
        let sums: Vec<i32> = x.chunks(n).flat_map(digit_sums).collect();
        self.recorder.write(&bfp.sums, bytemuck::cast_slice(&sums));
        bfp
    }

    /// Quantise one vector of 64-bit integers (below 2^62 in magnitude) with `fv` fraction bits.
    pub fn bfpq_i64(&mut self, v: &[i64], fv: i32) -> GpuBfp {
        let words: Vec<u32> = v.iter().flat_map(|&v| [v as u32, (v >> 32) as u32]).collect();
        let mut out = self.bfp(1, 1, v.len());
        out.rows = 1;
        self.quantise(Kernel::BfpqI64, &self.recorder.words("source", &words), fv, &out);
        out
    }
}
