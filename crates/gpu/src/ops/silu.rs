//! silu: `silu.wgsl`.

use super::spread;
use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::GpuInts;

impl Gpu {
    pub(crate) fn run_silu(&mut self, x: &GpuInts) {
        let count = x.rows * x.n;
        self.recorder.dispatch(Kernel::Silu, &[count as u32], &[(1, &self.tables), (2, &x.buffer)], spread(count));
    }
}
