//! head: `head.wgsl`.

use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::GpuInts;

impl Gpu {
    /// The greedy choice among the logits of each of the first rows.
    pub(crate) fn run_head(&mut self, logits: &GpuInts, rows: usize) {
        let chosen = self.scratch.chosen.at_least(&self.recorder, rows as u64 * 4);
        let params = [logits.n as u32, logits.first as u32];
        self.recorder.dispatch(Kernel::Head, &params, &[(1, &logits.buffer), (2, chosen)], (rows as u32, 1));
    }
}
