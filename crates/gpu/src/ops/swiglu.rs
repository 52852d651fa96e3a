//! swiglu: `swiglu.wgsl`, then bfpq from 64 bits.

use super::spread;
use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts};

impl Gpu {
    /// As [`Backend::swiglu`](openimo_core::backend::Backend::swiglu), of `f` fraction bits.
    pub fn swiglu_with(&mut self, g: &GpuInts, u: &GpuInts, f: i32, out: &mut GpuBfp) {
        out.rows = g.rows;
        let count = g.rows * g.n;
        let products = self.scratch.products.at_least(&self.recorder, count as u64 * 8).clone();
        let bindings = [(1, &self.tables), (2, &g.buffer), (3, &u.buffer), (4, &products)];
        self.recorder.dispatch(Kernel::Swiglu, &[count as u32], &bindings, spread(count));
        self.quantise(Kernel::BfpqI64, &products, 2 * f, out);
    }
}
