//! sample: `sample.wgsl`.

use openimo_core::ops::sample::Sampler;

use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::GpuInts;

impl Gpu {
    /// The seeded choice among the logits of each of the first rows, one a draw.
    pub(crate) fn run_sample(&mut self, logits: &GpuInts, sampler: &Sampler, draws: &[u64]) {
        let rows = draws.len();
        let weights = self.scratch.products.at_least(&self.recorder, (rows * logits.n) as u64 * 4).clone();
        let chosen = self.scratch.chosen.at_least(&self.recorder, rows as u64 * 4).clone();
        let on_device = self.scratch.draws.at_least(&self.recorder, rows as u64 * 8);
        let words: Vec<u32> = draws.iter().flat_map(|&u| [u as u32, (u >> 32) as u32]).collect();
        self.recorder.write(on_device, &words);
        let params = [logits.n as u32, logits.first as u32, sampler.beta, sampler.top_k, sampler.top_p];
        let bindings = [(1, &self.tables), (2, &logits.buffer), (3, &weights), (4, &chosen), (5, on_device)];
        self.recorder.dispatch(Kernel::Sample, &params, &bindings, (rows as u32, 1));
    }
}
