//! rmsnorm: `rmsnorm.wgsl`.

use openimo_core::ops::rmsnorm::Norm;

use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts};

impl Gpu {
    pub(crate) fn run_rmsnorm(&mut self, x: &GpuInts, norm: &Norm, eps: u64, out: &mut GpuBfp) {
        out.rows = x.rows;
        let g = self.constant(bytemuck::cast_slice(&norm.g), || norm.g.iter().map(|&g| i32::from(g) as u32).collect());
        let params = [x.n as u32, i32::from(norm.eg) as u32, eps as u32, (eps >> 32) as u32, x.first as u32, 0];
        let bindings = [(1, &x.buffer), (2, &g), (3, &out.x), (4, &out.e), (5, &out.sums)];
        self.recorder.dispatch(Kernel::Rmsnorm, &params, &bindings, (x.rows as u32, 1));
    }
}
