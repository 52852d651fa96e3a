//! rope: `rope.wgsl`.

use openimo_core::backend::RopeParams;
use openimo_core::model::config::RopePairing;

use super::groups;
use crate::backend::Gpu;
use crate::shaders::Kernel;
use crate::tensor::{GpuBfp, GpuInts};

impl Gpu {
    /// As [`Backend::rope`](openimo_core::backend::Backend::rope), of `f` fraction bits.
    pub fn rope_with(&mut self, v: &GpuInts, params: RopeParams<'_>, f: i32, out: &mut GpuBfp) {
        out.rows = v.rows;
        let inc = self.constant(bytemuck::cast_slice(&params.config.rope_inc), || params.config.rope_inc.clone());
        let adjacent = u32::from(params.config.rope_pairing == RopePairing::Adjacent);
        let words = [out.vectors() as u32, out.n as u32, params.heads as u32, params.pos0, f as u32, adjacent];
        let bindings = [(1, &self.tables), (2, &inc), (3, &v.buffer), (4, &out.x), (5, &out.e)];
        self.recorder.dispatch(Kernel::Rope, &words, &bindings, groups(out.vectors()));
    }
}
