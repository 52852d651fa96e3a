//! Which devices the tests run on.

use openimo_gpu::{Gpu, Options, Shape};

/// Run a test to its end, natively and in a browser.
#[macro_export]
macro_rules! on_a_gpu {
    ($name:ident, $test:expr) => {
        #[cfg(not(target_arch = "wasm32"))]
        #[test]
        fn $name() {
            pollster::block_on($test);
        }

        #[cfg(target_arch = "wasm32")]
        #[wasm_bindgen_test::wasm_bindgen_test]
        async fn $name() {
            $test.await;
        }
    };
}

/// Tell what was done, on a terminal or in a browser's test log.
#[macro_export]
macro_rules! tell {
    ($($what:tt)*) => {
        #[cfg(not(target_arch = "wasm32"))]
        println!($($what)*);
        #[cfg(target_arch = "wasm32")]
        wasm_bindgen_test::console_log!($($what)*);
    };
}

/// Every way of running kernels: both shapes, packed dot products and shifts, and a matrix in several parts.
pub fn ways() -> Vec<Options> {
    let adapter = std::env::var("OPENIMO_GPU").ok();
    let way = |shape, without_packed_dot, max_binding| Options {
        adapter: adapter.clone(),
        shape: Some(shape),
        without_packed_dot,
        max_binding,
        ..Options::default()
    };
    vec![way(Shape::Solo, false, None), way(Shape::Team, false, None), way(Shape::Team, true, Some(1))]
}

/// Open a device; a test without one fails.
pub async fn open(options: &Options) -> Gpu {
    let gpu = Gpu::new(options).await;
    gpu.unwrap_or_else(|e| panic!("{e}: natively install a Vulkan driver (mesa-vulkan-drivers), in a browser enable WebGPU"))
}
