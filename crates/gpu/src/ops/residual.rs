//! residual: `residual.wgsl`.

use super::spread;
use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::GpuInts;

impl Gpu {
    pub(crate) fn run_residual(&mut self, x: &mut GpuInts, y: &GpuInts) {
        let count = x.rows * x.n;
        self.recorder.dispatch(Kernel::Residual, &[count as u32], &[(1, &y.buffer), (2, &x.buffer)], spread(count));
    }
}
