//! Which devices the tests run on.

use openimo_gpu::{Gpu, Options, Shape};

/// Every way of running kernels: both shapes, packed dot products and shifts, and a matrix in several parts.
pub fn ways() -> Vec<Options> {
    let adapter = std::env::var("OPENIMO_GPU").ok();
    let way = |shape, without_packed_dot, max_binding| Options {
        adapter: adapter.clone(),
        shape: Some(shape),
        without_packed_dot,
        max_binding,
        fault: None,
    };
    vec![way(Shape::Solo, false, None), way(Shape::Team, false, None), way(Shape::Solo, true, Some(1))]
}

/// Open a device; a test without one fails.
pub fn open(options: &Options) -> Gpu {
    pollster::block_on(Gpu::new(options)).unwrap_or_else(|e| panic!("{e}: install a Vulkan driver (mesa-vulkan-drivers)"))
}
