//! linear: `linear.wgsl`, and the residual stream it is added to.

use std::sync::Arc;

use super::spread;
use crate::backend::Gpu;
use crate::buffer::Buffer;
use crate::device::Shape;
use crate::freivalds::Check;
use crate::matrix::GpuMatrix;
use crate::shaders::{Kernel, LARGE_TILE};
use crate::tensor::{GpuBfp, GpuInts};

/// Rows of a small batch that an invocation takes.
const TILE: u32 = 4;
/// Batches from here on go through workgroup memory where invocations share it.
const LARGE: usize = 8;

impl Gpu {
    pub(crate) fn run_linear(&mut self, x: &GpuBfp, ws: &[&GpuMatrix], fo: i32, ys: &mut [&mut GpuInts]) {
        let words = self.words_of(x);
        for (w, y) in ws.iter().zip(ys) {
            self.product((x, &words), w, fo, y, None);
        }
    }

    /// Linear, and residual at once.
    pub(crate) fn run_linear_residual(&mut self, x: &GpuBfp, w: &GpuMatrix, fo: i32, y: &mut GpuInts, residual: &GpuInts) {
        let words = self.words_of(x);
        self.product((x, &words), w, fo, y, Some(residual));
    }

    /// A batch, with its words as the kernels want them, through one matrix.
    fn product(&mut self, (x, words): (&GpuBfp, &Buffer), w: &GpuMatrix, fo: i32, y: &mut GpuInts, residual: Option<&GpuInts>) {
        (y.rows, y.first) = (x.rows, 0);
        let (rows_a_group, tile) = match (self.shape(), x.rows) {
            (Shape::Solo, 1) => (256, 1),
            (Shape::Solo, _) => (256, TILE),
            (Shape::Team, 1) => (16, 1),
            (Shape::Team, rows) if rows < LARGE => (16, TILE),
            (Shape::Team, _) => (64, LARGE_TILE),
        };
        let checked = self.audit.next(x.rows);
        let kernel = Kernel::Linear { nibbles: w.nibbles, tile, checked: checked.is_some(), residual: residual.is_some() };
        let exact = checked.map(|_| self.scratch.exact.at_least(&self.recorder, y.n as u64 * 8).clone());
        for part in &w.parts {
            let row = checked.map_or(u32::MAX, |row| row as u32);
            let params = [x.rows as u32, part.rows, part.first, y.n as u32, fo as u32, row];
            let mut bindings = vec![
                (1, words),
                (2, &part.weights),
                (3, &part.scales),
                (4, &part.shape),
                (5, &x.e),
                (6, &x.sums),
                (7, &y.buffer),
            ];
            bindings.extend(exact.as_ref().map(|exact| (8, exact)));
            bindings.extend(residual.map(|residual| (9, &residual.buffer)));
            let groups = (part.rows.div_ceil(rows_a_group), (x.rows as u32).div_ceil(tile));
            self.recorder.dispatch(kernel, &params, &bindings, groups);
        }
        if let (Some(row), Some(exact)) = (checked, exact) {
            self.check_later(x, w, y, row, fo, &exact);
        }
    }

    /// The digits of a batch, or where an invocation works alone plain integers.
    fn words_of(&mut self, x: &GpuBfp) -> Buffer {
        if self.shape() == Shape::Team {
            return x.x.clone();
        }
        let count = x.rows * x.words();
        let wide = self.scratch.wide.at_least(&self.recorder, count as u64 * 16).clone();
        self.recorder.dispatch(Kernel::Widen, &[count as u32], &[(1, &x.x), (2, &wide)], spread(count));
        wide
    }

    /// Have row `row` of a product checked on the processor, when the step is over.
    fn check_later(&mut self, x: &GpuBfp, w: &GpuMatrix, y: &GpuInts, row: usize, fo: i32, exact: &Buffer) {
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
