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

/// A batch through one matrix.
pub(super) struct Product<'a> {
    /// What it is a part of.
    pub operator: &'static str,
    /// The batch, and its words as the kernels want them: those of [`Gpu::words_of`].
    pub x: &'a GpuBfp,
    pub words: &'a Buffer,
    pub w: &'a GpuMatrix,
    pub fo: i32,
    /// Where the outputs go, from row `first` on.
    pub y: &'a GpuInts,
    pub first: usize,
    /// What they are added to as well.
    pub residual: Option<&'a GpuInts>,
    /// The row of the batch to check.
    pub checked: Option<usize>,
}

impl Gpu {
    pub(crate) fn run_linear(&mut self, x: &GpuBfp, ws: &[&GpuMatrix], fo: i32, ys: &mut [&mut GpuInts]) {
        let words = self.words_of(x);
        for (w, y) in ws.iter().zip(ys) {
            self.linear_product((x, &words), w, fo, y, None);
        }
    }

    /// Linear, and residual at once.
    pub(crate) fn run_linear_residual(&mut self, x: &GpuBfp, w: &GpuMatrix, fo: i32, y: &mut GpuInts, residual: &GpuInts) {
        let words = self.words_of(x);
        self.linear_product((x, &words), w, fo, y, Some(residual));
    }

    fn linear_product(
        &mut self,
        (x, words): (&GpuBfp, &Buffer),
        w: &GpuMatrix,
        fo: i32,
        y: &mut GpuInts,
        residual: Option<&GpuInts>,
    ) {
        (y.rows, y.first) = (x.rows, 0);
        let checked = self.audit.next(x.rows);
        self.product(&Product { operator: "linear", x, words, w, fo, y, first: 0, residual, checked });
    }

    pub(super) fn product(&mut self, product: &Product<'_>) {
        let &Product { x, words, w, fo, y, first, residual, checked, .. } = product;
        let (rows_a_group, tile) = match (self.shape(), x.rows) {
            (Shape::Solo, 1) => (256, 1),
            (Shape::Solo, _) => (256, TILE),
            (Shape::Team, 1) => (16, 1),
            (Shape::Team, rows) if rows < LARGE => (16, TILE),
            (Shape::Team, _) => (64, LARGE_TILE),
        };
        let kernel = Kernel::Linear { nibbles: w.nibbles, tile, checked: checked.is_some(), residual: residual.is_some() };
        let exact = checked.map(|_| self.scratch.exact.at_least(&self.recorder, y.n as u64 * 8).clone());
        for part in &w.parts {
            let row = checked.map_or(u32::MAX, |row| row as u32);
            let params = [x.rows as u32, part.rows, part.first, y.n as u32, fo as u32, row, (first * y.n) as u32];
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
            self.check_later(product, row, &exact);
        }
    }

    /// The digits of a batch, or where an invocation works alone plain integers.
    pub(super) fn words_of(&mut self, x: &GpuBfp) -> Buffer {
        if self.shape() == Shape::Team {
            return x.x.clone();
        }
        let count = x.rows * x.words();
        let wide = self.scratch.wide.at_least(&self.recorder, count as u64 * 16).clone();
        self.recorder.dispatch(Kernel::Widen, &[count as u32], &[(1, &x.x), (2, &wide)], spread(count));
        wide
    }

    /// Have row `row` of a product checked on the processor, when the step is over.
    fn check_later(&mut self, product: &Product<'_>, row: usize, exact: &Buffer) {
        let &Product { operator, x, w, fo, y, first, .. } = product;
        let recorder = &self.recorder;
        let words = x.words() * 2;
        let later = (
            recorder.read_later(&x.x, (row * words * 4) as u64, words),
            recorder.read_later(&x.e, row as u64 * 4, 1),
            recorder.read_later(exact, 0, y.n * 2),
            recorder.read_later(&y.buffer, ((first + row) * y.n * 4) as u64, y.n),
        );
        let (projection, n) = (Arc::clone(&w.projection), x.n);
        self.audit.keep(Box::new(move || {
            let (x, e, sums, y) = later;
            let reads = [x(), e(), sums(), y()];
            Check { operator, projection, row: first + row, fo, n, reads, arrived: Vec::new() }
        }));
    }
}
