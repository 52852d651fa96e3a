//! openimo-gpu: CIS-1 on GPUs, through wgpu: Vulkan, Metal, DX12, and WebGPU in browsers.
//!
//! [`Gpu`] is a [`Backend`](openimo_core::backend::Backend) that gives the bits of the CPU. The shaders in `shaders/` have no float
//! type; `fixed.wgsl` mirrors the core's `ops/fixed.rs` function for function, and each operator has a file of its name here and there.
//! Weights stay in their packed 4- and 8-bit form, and nothing is read back but what is chosen.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(
    target_arch = "wasm32",
    allow(clippy::arc_with_non_send_sync, reason = "natively it is both; in a page one thread has it")
)]

mod backend;
mod buffer;
mod cache;
mod device;
mod freivalds;
mod matrix;
mod measure;
mod ops;
mod plan;
mod probe;
mod read;
mod recorder;
mod selftest;
mod shaders;
mod sync;
mod tensor;
mod transfer;

pub use backend::{Gpu, GpuChoice};
pub use cache::GpuCache;
pub use device::{Adapter, Options, Shape};
pub use matrix::{GpuMatrix, GpuPacker};
pub use plan::Plan;
pub use read::Read;
pub use selftest::{Case, Expected};
pub use tensor::{GpuBfp, GpuInts};
