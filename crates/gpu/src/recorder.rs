//! Records dispatches and copies in order, submits them, and reads back.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use wgpu::{BindGroupEntry, BufferUsages};

use crate::buffer::Buffer;
use crate::device::{Device, Shape};
use crate::read::Read;
use crate::shaders::{Kernel, Pipelines};

/// Parameters of one dispatch lie this far apart: the largest alignment that a device asks of a uniform binding.
const SLOT: u64 = 256;
/// Dispatches before a submission.
const SLOTS: u64 = 1024;

/// What is recorded and not yet submitted.
struct Recording {
    encoder: wgpu::CommandEncoder,
    pass: Option<wgpu::ComputePass<'static>>,
    params: Vec<u8>,
}

/// Takes work for a device in order.
pub struct Recorder {
    device: Arc<Device>,
    shape: Cell<Shape>,
    pipelines: RefCell<Pipelines>,
    /// A step of a sequence binds the same buffers as the one before it.
    groups: RefCell<HashMap<(Kernel, Vec<Buffer>), wgpu::BindGroup>>,
    params: wgpu::Buffer,
    recording: RefCell<Option<Recording>>,
}

impl Recorder {
    pub fn new(device: Arc<Device>, shape: Shape) -> Self {
        let params = device.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("parameters"),
            size: SLOT * SLOTS,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let (shape, groups) = (Cell::new(shape), RefCell::default());
        Self { device, shape, pipelines: RefCell::default(), groups, params, recording: RefCell::default() }
    }

    /// The kernels' shape.
    pub const fn shape(&self) -> Shape {
        self.shape.get()
    }

    /// Use kernels of another shape from here on.
    pub fn set_shape(&self, shape: Shape) {
        if self.shape.replace(shape) != shape {
            self.pipelines.take();
            self.forget_groups();
        }
    }

    /// Let go of the buffers that were bound.
    pub fn forget_groups(&self) {
        self.groups.take();
    }

    pub fn device(&self) -> &Arc<Device> {
        &self.device
    }

    /// A buffer for tensors.
    pub fn buffer(&self, label: &str, bytes: u64) -> Buffer {
        Buffer::new(&self.device, label, bytes)
    }

    /// A buffer with these words.
    pub fn words(&self, label: &str, words: &[u32]) -> Buffer {
        Buffer::filled(&self.device, label, words)
    }

    /// Run a kernel on as many workgroups; binding 0 holds `params`, the others what is given.
    pub fn dispatch(&self, kernel: Kernel, params: &[u32], bindings: &[(u32, &Buffer)], groups: (u32, u32)) {
        if self.recording.borrow().as_ref().is_some_and(|r| r.params.len() as u64 == SLOT * SLOTS) {
            self.submit();
        }
        let mut pipelines = self.pipelines.borrow_mut();
        let pipeline = pipelines.get(&self.device, self.shape(), kernel);
        let mut recording = self.recording.borrow_mut();
        let recording = recording.get_or_insert_with(|| self.begin());
        let offset = recording.params.len();
        recording.params.extend_from_slice(bytemuck::cast_slice(params));
        recording.params.resize(offset + SLOT as usize, 0);
        let mut cached = self.groups.borrow_mut();
        let key = (kernel, bindings.iter().map(|&(_, buffer)| buffer.clone()).collect());
        let group = cached.entry(key).or_insert_with(|| self.group(pipeline, bindings));
        let encoder = &mut recording.encoder;
        let pass = recording
            .pass
            .get_or_insert_with(|| encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()).forget_lifetime());
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &*group, &[offset as u32]);
        pass.dispatch_workgroups(groups.0, groups.1, 1);
    }

    /// Binding 0 is the slot that the dispatch names.
    fn group(&self, pipeline: &wgpu::ComputePipeline, bindings: &[(u32, &Buffer)]) -> wgpu::BindGroup {
        let slot = wgpu::BufferBinding { buffer: &self.params, offset: 0, size: std::num::NonZeroU64::new(SLOT) };
        let slot = BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(slot) };
        let others = bindings.iter().map(|&(binding, b)| BindGroupEntry { binding, resource: b.as_entire_binding() });
        self.device.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[slot].into_iter().chain(others).collect::<Vec<_>>(),
        })
    }

    /// Copy `bytes` bytes from one buffer into another.
    pub fn copy(&self, from: (&wgpu::Buffer, u64), to: (&wgpu::Buffer, u64), bytes: u64) {
        if bytes == 0 {
            return;
        }
        let mut recording = self.recording.borrow_mut();
        let recording = recording.get_or_insert_with(|| self.begin());
        recording.pass = None;
        recording.encoder.copy_buffer_to_buffer(from.0, from.1, to.0, to.1, bytes);
    }

    /// Put `words` into a buffer, after what was recorded.
    pub fn write(&self, buffer: &wgpu::Buffer, words: &[u32]) {
        self.submit();
        self.device.queue.write_buffer(buffer, 0, bytemuck::cast_slice(words));
    }

    /// Hand over what was recorded.
    pub fn submit(&self) {
        if let Some(Recording { encoder, pass, params }) = self.recording.borrow_mut().take() {
            drop(pass);
            self.device.queue.write_buffer(&self.params, 0, &params);
            self.device.queue.submit([encoder.finish()]);
        }
    }

    /// Submit, and ask for `words` words from `offset` (in bytes) on.
    pub fn read(&self, buffer: &wgpu::Buffer, offset: u64, words: usize) -> Read {
        let read = self.read_later(buffer, offset, words);
        self.submit();
        read()
    }

    /// Record a copy of `words` words from `offset` (in bytes) on. What it returns is called after the submission.
    pub fn read_later(&self, buffer: &wgpu::Buffer, offset: u64, words: usize) -> impl FnOnce() -> Read + 'static {
        let bytes = words as u64 * 4;
        let staging = self.device.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read back"),
            size: bytes,
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.copy((buffer, offset), (&staging, 0), bytes);
        let device = Arc::clone(&self.device);
        move || Read::new(device, staging)
    }

    fn begin(&self) -> Recording {
        let encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        Recording { encoder, pass: None, params: Vec::new() }
    }
}
