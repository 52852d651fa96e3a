//! pixel: `pixel.wgsl`.

use super::spread;
use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::GpuInts;

impl Gpu {
    /// The bytes of all values of a map, where choices are read from.
    pub(crate) fn run_pixel(&mut self, x: &GpuInts) {
        let count = x.rows * x.n;
        let bytes = self.scratch.chosen.at_least(&self.recorder, count as u64 * 4);
        self.recorder.dispatch(Kernel::Pixel, &[count as u32], &[(1, &x.buffer), (2, bytes)], spread(count));
    }
}
