//! sample: `sample.wgsl`.

use openimo_core::ops::sample::Sampler;

use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::GpuInts;

impl Gpu {
    /// The seeded choice among the logits of row `t`, with the draw `u`.
    pub(crate) fn run_sample(&mut self, logits: &GpuInts, t: usize, sampler: &Sampler, u: u64) -> u32 {
        let weights = self.scratch.products.at_least(&self.recorder, logits.n as u64 * 4).clone();
        let chosen = self.scratch.chosen.at_least(&self.recorder, 4);
        let row = (logits.first + t) as u32;
        let params = [logits.n as u32, row, sampler.beta, sampler.top_k, sampler.top_p, u as u32, (u >> 32) as u32];
        let bindings = [(1, &self.tables), (2, &logits.buffer), (3, &weights), (4, chosen)];
        self.recorder.dispatch(Kernel::Sample, &params, &bindings, (1, 1));
        self.recorder.read(chosen, 0, 1)[0]
    }
}
