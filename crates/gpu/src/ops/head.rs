//! head: `head.wgsl`.

use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::GpuInts;

impl Gpu {
    /// The greedy choice among the logits of row `t`.
    pub(crate) fn run_head(&mut self, logits: &GpuInts, t: usize) -> u32 {
        let chosen = self.scratch.chosen.at_least(&self.recorder, 4);
        let params = [logits.n as u32, (logits.first + t) as u32];
        self.recorder.dispatch(Kernel::Head, &params, &[(1, &logits.buffer), (2, chosen)], (1, 1));
        self.recorder.read(chosen, 0, 1)[0]
    }
}
