//! linear: `linear.wgsl`, and the digit sums it needs.

use std::sync::Arc;

use super::spread;
use crate::backend::Gpu;
use crate::device::Shape;
use crate::freivalds::Check;
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
            let checked = self.audit.next(x.rows);
            let tile = if x.rows == 1 { 1 } else { TILE };
            let kernel = Kernel::Linear { nibbles: w.nibbles, tile, checked: checked.is_some() };
            let exact = checked.map(|_| self.scratch.exact.at_least(&self.recorder, y.n as u64 * 8).clone());
            for part in &w.parts {
                let params =
                    [x.rows as u32, part.rows, part.first, y.n as u32, fo as u32, checked.map_or(u32::MAX, |row| row as u32)];
                let mut bindings = vec![
                    (1, &x.x),
                    (2, &part.weights),
                    (3, &part.scales),
                    (4, &part.shape),
                    (5, &x.e),
                    (6, &x.sums),
                    (7, &y.buffer),
                ];
                bindings.extend(exact.as_ref().map(|exact| (8, exact)));
                let groups = (part.rows.div_ceil(rows_a_group), (x.rows as u32).div_ceil(tile));
                self.recorder.dispatch(kernel, &params, &bindings, groups);
            }
            if let (Some(row), Some(exact)) = (checked, exact) {
                self.check_later(x, w, y, row, fo, &exact);
            }
        }
    }

    /// Have row `row` of a product checked on the processor, when the step is over.
    fn check_later(&mut self, x: &GpuBfp, w: &GpuMatrix, y: &GpuInts, row: usize, fo: i32, exact: &wgpu::Buffer) {
        let recorder = &self.recorder;
        let words = x.words() * 2;
        let later = (
            recorder.read_later(&x.x, (row * words * 4) as u64, words),
            recorder.read_later(&x.e, row as u64 * 4, 1),
            recorder.read_later(exact, 0, y.n * 2),
            recorder.read_later(&y.buffer, (row * y.n * 4) as u64, y.n),
        );
        let (projection, n) = (Arc::clone(&w.projection), x.n);
        self.audit.keep(Box::new(move || {
            let (x, e, sums, y) = later;
            Check { projection, row, fo, n, reads: [x(), e(), sums(), y()], arrived: Vec::new() }
        }));
    }
}
