//! Tensors from plain vectors, and back: for self-tests, checks, and tests.

use openimo_core::backend::Backend;

use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts};

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
        let mut words = Vec::new();
        for four in x.chunks(n).flat_map(|x| x.chunks(4)) {
            let digit = |part: fn(i16) -> i8| {
                let byte = |i: usize| four.get(i).map_or(0, |&x| part(x) as u8);
                u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
            };
            words.extend([digit(|x| ((i32::from(x) + 128) >> 8) as i8), digit(|x| x as i8)]);
        }
        self.recorder.write(&bfp.x, &words);
        self.recorder.write(&bfp.e, bytemuck::cast_slice(e));
        bfp
    }

    /// Elements `[rows, groups, n]` and exponents `[rows, groups]` of a tensor.
    pub fn bfp_back(&self, bfp: &GpuBfp) -> (Vec<i16>, Vec<i32>) {
        let (words, vectors) = (bfp.words(), bfp.vectors());
        let digits = self.recorder.read(&bfp.x, 0, vectors * words * 2);
        let mut x = Vec::with_capacity(vectors * bfp.n);
        for vector in digits.chunks(words * 2) {
            for k in 0..bfp.n {
                let digit = |word: u32| i32::from((word >> (k % 4 * 8)) as i8);
                x.push((256 * digit(vector[k / 4 * 2]) + digit(vector[k / 4 * 2 + 1])) as i16);
            }
        }
        (x, bytemuck::cast_vec(self.recorder.read(&bfp.e, 0, vectors)))
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
