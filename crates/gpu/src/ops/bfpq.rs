//! bfpq: `bfpq.wgsl`.

use super::groups;
use crate::backend::Gpu;
use crate::buffer::Buffer;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts};

impl Gpu {
    pub(crate) fn run_bfpq(&mut self, v: &GpuInts, fv: i32, out: &mut GpuBfp) {
        out.rows = v.rows;
        self.quantise(Kernel::BfpqI32, &v.buffer, fv, out);
    }

    /// Quantise the vectors of `source` into `out`, of which the rows are set.
    pub(crate) fn quantise(&self, kernel: Kernel, source: &Buffer, fv: i32, out: &GpuBfp) {
        let params = [out.vectors() as u32, out.n as u32, fv as u32];
        let bindings = [(1, source), (2, &out.x), (3, &out.e), (4, &out.sums)];
        self.recorder.dispatch(kernel, &params, &bindings, groups(out.vectors()));
    }
}
