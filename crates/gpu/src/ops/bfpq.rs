//! bfpq: `bfpq.wgsl`.

use super::{groups, spread};
use crate::backend::Gpu;
use crate::buffer::Buffer;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts};

/// Columns of a vector that a workgroup takes: longer ones go in pieces. A map has at most 2^24 values, so pieces are no more than that.
const PIECE: usize = 1 << 12;

impl Gpu {
    pub(crate) fn run_bfpq(&mut self, v: &GpuInts, fv: i32, out: &mut GpuBfp) {
        out.rows = v.rows;
        if out.n > PIECE {
            self.quantise_long(&v.buffer, fv, out);
        } else {
            self.quantise(Kernel::BfpqI32, &v.buffer, fv, out);
        }
    }

    /// Quantise the vectors of `source` into `out`, of which the rows are set.
    pub(crate) fn quantise(&self, kernel: Kernel, source: &Buffer, fv: i32, out: &GpuBfp) {
        let params = [out.vectors() as u32, out.n as u32, fv as u32];
        let bindings = [(1, source), (2, &out.x), (3, &out.e), (4, &out.sums)];
        self.recorder.dispatch(kernel, &params, &bindings, groups(out.vectors()));
    }

    /// The same of long vectors of 32 bits, with many workgroups: a map is one vector, and longer than a software adapter's loops.
    fn quantise_long(&mut self, source: &Buffer, fv: i32, out: &GpuBfp) {
        let (vectors, pieces) = (out.vectors(), out.n.div_ceil(PIECE));
        let of_pieces = self.scratch.largest_of_pieces.at_least(&self.recorder, (vectors * pieces) as u64 * 4).clone();
        let largest = self.scratch.largest.at_least(&self.recorder, vectors as u64 * 4);
        for (from, n, to, pieces) in [(source, out.n, &of_pieces, pieces), (&of_pieces, pieces, largest, 1)] {
            let params = [n as u32, PIECE as u32, pieces as u32];
            self.recorder.dispatch(Kernel::BfpqLargest, &params, &[(1, from), (2, to)], (pieces as u32, vectors as u32));
        }
        let params = [vectors as u32, out.n as u32, fv as u32];
        let bindings = [(1, source), (2, &out.x), (3, &out.e), (4, &out.sums), (5, largest)];
        self.recorder.dispatch(Kernel::BfpqUnits, &params, &bindings, spread(vectors * out.n.div_ceil(16)));
    }
}
