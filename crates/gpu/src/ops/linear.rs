//! linear: `linear.wgsl`, and the digit sums it needs.

use super::spread;
use crate::backend::Gpu;
use crate::device::Shape;
use crate::matrix::GpuMatrix;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts};

/// Rows of a batch that an invocation takes.
const TILE: u32 = 4;

impl Gpu {
    pub(crate) fn run_linear(&mut self, x: &GpuBfp, ws: &[&GpuMatrix], fo: i32, ys: &mut [&mut GpuInts]) {
        if ws.iter().any(|w| w.spec.has_m) {
            let count = x.rows * x.n / 16;
            self.recorder.dispatch(Kernel::Sums, &[count as u32], &[(1, &x.x), (2, &x.sums)], spread(count));
        }
        let rows_a_group = match self.shape() {
            Shape::Solo => 64,
            Shape::Team => 16,
        };
        for (w, y) in ws.iter().zip(ys) {
            (y.rows, y.first) = (x.rows, 0);
            let tile = if x.rows == 1 { 1 } else { TILE };
            for part in &w.parts {
                let params = [x.rows as u32, part.rows, part.first, y.n as u32, fo as u32];
                let bindings =
                    [(1, &x.x), (2, &part.weights), (3, &part.scales), (4, &part.shape), (5, &x.e), (6, &x.sums), (7, &y.buffer)];
                let groups = (part.rows.div_ceil(rows_a_group), (x.rows as u32).div_ceil(tile));
                self.recorder.dispatch(Kernel::Linear { nibbles: w.nibbles, tile }, &params, &bindings, groups);
            }
        }
    }
}
