//! embedding: `embedding.wgsl`.

use super::spread;
use crate::backend::Gpu;
use crate::matrix::GpuMatrix;
use crate::shaders::Kernel;
use crate::tensor::GpuInts;

impl Gpu {
    pub(crate) fn run_embedding(&mut self, ids: &[u32], w: &GpuMatrix, fres: i32, x: &mut GpuInts) {
        (x.rows, x.first) = (ids.len(), 0);
        let on_device = self.scratch.ids.at_least(&self.recorder, ids.len() as u64 * 4);
        self.recorder.write(on_device, ids);
        for part in &w.parts {
            let params = [ids.len() as u32, x.n as u32, part.first, part.rows, fres as u32];
            let bindings = [(1, on_device), (2, &part.weights), (3, &part.scales), (4, &part.shape), (5, &x.buffer)];
            self.recorder.dispatch(Kernel::Embedding, &params, &bindings, spread(ids.len() * x.n));
        }
    }
}
