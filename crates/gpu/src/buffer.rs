//! Buffers, and the memory of a device that they take.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use openimo_core::device::Fault;
use wgpu::BufferUsages;

use crate::device::Device;
use crate::sync::Shared;

/// Bytes of a device that buffers have, and may have.
#[derive(Clone, Default)]
pub struct Ledger(Shared<Account>);

#[derive(Clone, Copy, Default)]
struct Account {
    used: u64,
    /// If that is limited.
    most: Option<u64>,
}

impl Ledger {
    pub fn new(most: Option<u64>) -> Self {
        let ledger = Self::default();
        ledger.0.with(|account| account.most = most);
        ledger
    }

    /// What is left, if that is limited.
    pub fn left(&self) -> Option<u64> {
        self.0.with(|account| account.most.map(|most| most.saturating_sub(account.used)))
    }

    /// From now on nothing can be taken.
    pub fn close(&self) {
        self.0.with(|account| account.most = Some(0));
    }

    /// Take `bytes`; whether they were there.
    fn take(&self, bytes: u64) -> (Charge, bool) {
        let within = self.0.with(|account| {
            account.used += bytes;
            account.most.is_none_or(|most| account.used <= most)
        });
        (Charge { ledger: self.clone(), bytes }, within)
    }
}

/// Bytes that are given back when it is dropped.
struct Charge {
    ledger: Ledger,
    bytes: u64,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.ledger.0.with(|account| account.used -= self.bytes);
    }
}

/// A buffer of a device; its memory counts until the last clone is dropped.
#[derive(Clone)]
pub struct Buffer {
    buffer: wgpu::Buffer,
    _charge: Arc<Charge>,
}

impl Deref for Buffer {
    type Target = wgpu::Buffer;

    fn deref(&self) -> &wgpu::Buffer {
        &self.buffer
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        self.buffer == other.buffer
    }
}

impl Eq for Buffer {}

impl Hash for Buffer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.buffer.hash(state);
    }
}

impl Buffer {
    /// For tensors.
    pub fn new(device: &Device, label: &str, bytes: u64) -> Self {
        Self::with_usage(device, label, bytes, BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST)
    }

    /// With these words, which kernels read.
    pub fn filled(device: &Device, label: &str, words: &[u32]) -> Self {
        // Written by the queue: a buffer that is mapped at its creation panics when the device is lost.
        let usage = BufferUsages::STORAGE | BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let buffer = Self::with_usage(device, label, words.len() as u64 * 4, usage);
        device.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(words));
        buffer
    }

    fn with_usage(device: &Device, label: &str, bytes: u64, usage: BufferUsages) -> Self {
        let size = bytes.max(16).next_multiple_of(16);
        let (charge, within) = device.ledger.take(size);
        if !within {
            device.fail(Fault::OutOfMemory(format!("{size} bytes more than it may use for {label}")));
        }
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        Self { buffer: device.device.create_buffer(&descriptor), _charge: Arc::new(charge) }
    }
}
