//! How much of a device a model takes, found out from the head of its file, before anything else of it is fetched.

use std::future::Future;
use std::sync::Arc;

use openimo_core::device::Fault;
use openimo_core::generate::window;
use openimo_core::model::config::Config;
use openimo_core::model::file::Manifest;
use openimo_core::model::image::ImageConfig;

use crate::backend::Gpu;
use crate::buffer::Buffer;
use crate::cache::Split;
use crate::device::Device;
use crate::matrix;
use crate::ops::conv2d;

/// Positions that a device must have room for at the least; a longer sequence that finds none goes on on the processor.
const POSITIONS: u64 = 2048;
/// Scratch buffers, mostly attention's scores.
const SCRATCH: u64 = 40 << 20;
/// Bytes of one buffer while room is looked for.
const PIECE: u64 = 64 << 20;

/// Bytes on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Weights.
    pub weights: u64,
    /// Keys and values.
    pub caches: u64,
    /// Tensors between operators.
    pub tensors: u64,
    /// The largest part that cannot be split.
    pub largest: u64,
}

impl Plan {
    /// What the model of a manifest takes where a binding has at most `max_binding` bytes.
    pub fn new(manifest: &Manifest, max_binding: u64) -> Self {
        let c = &manifest.config;
        let matrices = manifest.sections.iter().filter_map(|section| section.spec());
        let sizes: Vec<(u64, u64)> = matrices.map(|spec| matrix::bytes(spec, max_binding)).collect();
        let positions = POSITIONS.min(u64::from(c.context)).next_power_of_two();
        let cache = positions * position(c);
        let cache_part = Split::new(c, positions, max_binding).bytes;
        let batch = window(c) as u64;
        let logits = batch * u64::from(c.vocab) * 4;
        let row = 3 * c.d_model as usize + 4 * (c.q_dim() + c.kv_dim()) + 3 * c.d_ff as usize;
        let (drawing, map) = c.image.as_ref().map_or((0, 0), |image| drawing(image, max_binding));
        let largest = sizes.iter().map(|&(_, binding)| binding).chain([logits, cache_part, map]).max().unwrap_or(0);
        Self {
            weights: sizes.iter().map(|&(bytes, _)| bytes).sum(),
            caches: 2 * cache * u64::from(c.n_layers),
            tensors: logits + batch * row as u64 * 4 + drawing + SCRATCH,
            largest,
        }
    }

    /// All of it.
    pub const fn total(&self) -> u64 {
        self.weights + self.caches + self.tensors
    }
}

/// Bytes of the keys of one position of one layer.
fn position(c: &Config) -> u64 {
    (c.n_kv_heads as usize * (c.head_dim as usize).div_ceil(4) * 8 + c.n_kv_heads as usize * 4) as u64
}

/// Bytes that one picture takes, whose maps are all there until it is done, and of its largest buffer.
fn drawing(image: &ImageConfig, max_binding: u64) -> (u64, u64) {
    let shapes = image.shapes();
    let ints = |values: usize| values as u64 * 4;
    // Digits and sums.
    let bfp = |values: usize| values as u64 * 5 / 2;
    let maps = shapes.iter().map(|s| {
        let doubled = if s.input == s.before { 0 } else { bfp(s.input.len()) };
        bfp(s.before.len()) + doubled + ints(s.output.len())
    });
    let scratch = shapes.iter().map(|s| conv2d::scratch(s.input, max_binding));
    let (most, largest) = scratch.fold((0, 0), |(most, largest), (all, one)| (all.max(most), one.max(largest)));
    let largest_map = shapes.iter().map(|s| ints(s.output.len())).max().unwrap_or(0).max(ints(image.grid().len()));
    // The colours are there as integers, as bytes, and where they are read.
    let colours = shapes.last().map_or(0, |s| 3 * ints(s.output.len()));
    (ints(image.grid().len()) + maps.sum::<u64>() + colours + most, largest_map.max(largest))
}

impl Gpu {
    /// Whether there is room for what a plan says: limits are compared, then the memory is asked for and given back.
    ///
    /// # Errors
    /// [`Fault::TooSmall`], or what befell the device.
    pub fn room(&self, plan: Plan) -> impl Future<Output = Result<(), Fault>> + 'static {
        look_for_room(Arc::clone(self.recorder.device()), plan)
    }

    /// Most bytes of one binding of weights.
    pub fn max_binding(&self) -> u64 {
        self.recorder.device().max_binding
    }
}

async fn look_for_room(device: Arc<Device>, plan: Plan) -> Result<(), Fault> {
    if plan.largest > device.max_binding {
        return Err(Fault::TooSmall { what: "a buffer", needed: plan.largest, available: Some(device.max_binding) });
    }
    let available = device.ledger.left();
    if available.is_some_and(|available| plan.total() > available) {
        return Err(Fault::TooSmall { what: "the model", needed: plan.total(), available });
    }
    let piece = PIECE.min(device.max_binding);
    let scope = device.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let pieces: Vec<Buffer> =
        (0..plan.total()).step_by(piece as usize).map(|at| Buffer::new(&device, "room", piece.min(plan.total() - at))).collect();
    let error = scope.pop().await;
    pieces.iter().for_each(|piece| piece.destroy());
    match (error, device.failure()) {
        (Some(_), _) => Err(Fault::TooSmall { what: "the model", needed: plan.total(), available: None }),
        (None, Some(fault)) => Err(fault),
        (None, None) => Ok(()),
    }
}
