//! upsample: `upsample.wgsl`.

use openimo_core::ops::conv2d::MapShape;

use super::spread;
use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::GpuBfp;

impl Gpu {
    pub(crate) fn run_upsample(&mut self, x: &GpuBfp, map: MapShape, out: &mut GpuBfp) {
        assert!(x.n == map.len() && out.n == 4 * map.len(), "upsample: lengths differ from the map's shape");
        out.rows = 1;
        let params = [map.width as u32, map.channels as u32, out.n as u32];
        let bindings = [(1, &x.x), (2, &x.e), (3, &out.x), (4, &out.e), (5, &out.sums)];
        self.recorder.dispatch(Kernel::Upsample, &params, &bindings, spread(out.n.div_ceil(16)));
    }
}
