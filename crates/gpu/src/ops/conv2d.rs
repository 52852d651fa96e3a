//! conv2d: `conv2d.wgsl`, then linear on the neighbourhoods.

use openimo_core::ops::conv2d::MapShape;

use super::linear::Product;
use super::spread;
use crate::backend::Gpu;
use crate::matrix::GpuMatrix;
use crate::shaders::{Kernel, LARGE_TILE};
use crate::tensor::{GpuBfp, GpuInts};

/// Bytes of neighbourhoods at a time: larger maps go through in fewer places. Of neighbourhoods of the fewest columns, 144, these are
/// still few enough for the workgroups of one dispatch of linear.
const MOST_UNFOLDED: u64 = 32 << 20;

impl Gpu {
    pub(crate) fn run_conv2d(&mut self, x: &GpuBfp, map: MapShape, w: &GpuMatrix, fo: i32, y: &mut GpuInts) {
        let (places, columns) = (map.height * map.width, map.unfolded());
        assert!(x.n == map.len() && map.channels.is_multiple_of(16), "conv2d: not a map of this shape that a matrix can take");
        let at_once = places_at_once(columns, self.max_binding()).min(places);
        (y.rows, y.n, y.first) = (places, y.n / places, 0);
        for first in (0..places).step_by(at_once) {
            let batch = self.unfold(x, map, first, at_once.min(places - first));
            let words = self.words_of(&batch);
            // A picture is one step of few products that cost much, so each of them is checked at one place.
            let checked = Some(self.audit.any(batch.rows));
            self.product(&Product { operator: "conv2d", x: &batch, words: &words, w, fo, y, first, residual: None, checked });
        }
        self.flat(y);
    }

    /// The rows of `x` as one.
    pub(crate) const fn flat(&self, x: &mut GpuInts) {
        (x.n, x.rows, x.first) = (x.rows * x.n, 1, 0);
    }

    /// The neighbourhoods of `rows` places from `first` on.
    fn unfold(&mut self, x: &GpuBfp, map: MapShape, first: usize, rows: usize) -> GpuBfp {
        let (n, units) = (map.unfolded(), rows * map.unfolded() / 16);
        let recorder = &self.recorder;
        let batch = GpuBfp {
            x: self.scratch.unfolded.at_least(recorder, units as u64 * 32).clone(),
            e: self.scratch.unfolded_exponents.at_least(recorder, rows as u64 * 4).clone(),
            sums: self.scratch.unfolded_sums.at_least(recorder, units as u64 * 8).clone(),
            n,
            groups: 1,
            rows,
        };
        let params = [map.height, map.width, map.channels / 16, first, rows].map(|n| n as u32);
        let bindings = [(1, &x.x), (2, &x.e), (3, &x.sums), (4, &batch.x), (5, &batch.e), (6, &batch.sums)];
        recorder.dispatch(Kernel::Conv2d, &params, &bindings, spread(units));
        batch
    }
}

/// Places whose neighbourhoods, of four bytes a column where an invocation works alone, are within bounds: whole tiles of them.
fn places_at_once(columns: usize, max_binding: u64) -> usize {
    let tile = LARGE_TILE as usize;
    let places = (MOST_UNFOLDED.min(max_binding) / (columns as u64 * 4)) as usize;
    (places / tile * tile).max(tile)
}

/// Bytes of what the convolution of a map takes on its way, and of the largest buffer of it.
pub(crate) fn scratch(map: MapShape, max_binding: u64) -> (u64, u64) {
    let columns = map.unfolded();
    let values = places_at_once(columns, max_binding).min(map.height * map.width) * columns;
    // Sums, digits, plain integers.
    let sizes = [values / 2, values * 2, values * 4].map(|bytes| bytes.next_power_of_two() as u64);
    (sizes.iter().sum(), sizes[2])
}
