//! Adapters, and a device opened on one of them.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::{Poll, Waker};

use openimo_core::device::Fault;
use wgpu::{AdapterInfo, DeviceType, InstanceDescriptor, PowerPreference, RequestAdapterOptions};

use crate::buffer::Ledger;
use crate::sync::Shared;

/// How kernels divide their work; results are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One invocation does a vector or a row: no barriers. For adapters that are software.
    Solo,
    /// Workgroups share a vector or a row. For GPUs.
    Team,
}

/// What to open.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Part of the adapter's name, in any case; the first of the most powerful ones if none is given.
    pub adapter: Option<String>,
    /// What to call the adapter where the system keeps its name to itself, as browsers do.
    pub name: Option<String>,
    /// The kernels' shape; the faster one by a short measurement if none is given.
    pub shape: Option<Shape>,
    /// Use shifts and multiplications in place of packed dot products.
    pub without_packed_dot: bool,
    /// Pretend that a binding holds at most this many bytes.
    pub max_binding: Option<u64>,
    /// Most bytes of the device's memory to use; what it gives if none is given. One that needs more fails.
    pub memory: Option<u64>,
    /// Replace the first text by the second in every shader: a device with a fault, for tests.
    pub fault: Option<(&'static str, &'static str)>,
}

/// What is known of an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Its name.
    pub name: String,
    /// Driver and its version.
    pub driver: String,
    /// Vulkan, Metal, DX12 or WebGPU.
    pub api: String,
    /// Whether it is a program on the CPU.
    pub software: bool,
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if self.driver.is_empty() { String::new() } else { format!("{}, ", self.driver) };
        write!(f, "{} ({of}{})", self.name, self.api)
    }
}

impl Adapter {
    fn new(info: &AdapterInfo, unnamed: Option<&str>) -> Self {
        let driver = [&info.driver[..], &info.driver_info].join(" ").trim().to_owned();
        let name = [&info.name, unnamed.unwrap_or_default(), "GPU"].into_iter().find(|name| !name.is_empty());
        Self {
            name: name.unwrap_or_default().to_owned(),
            driver,
            api: info.backend.to_string(),
            software: info.device_type == DeviceType::Cpu,
        }
    }
}

/// A device and what kernels need to know of it.
pub struct Device {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub adapter: Adapter,
    pub packed_dot: bool,
    /// Most bytes of one binding of weights.
    pub max_binding: u64,
    /// Most bytes that the device binds.
    pub limit: u64,
    pub ledger: Ledger,
    pub fault: Option<(&'static str, &'static str)>,
    failure: Shared<Option<Fault>>,
    reads: Shared<Reads>,
}

/// Reads that were begun and that have ended.
#[derive(Default)]
struct Reads {
    begun: u64,
    ended: u64,
    waiting: Vec<Waker>,
}

/// Ends a read.
pub struct ReadEnd(Shared<Reads>);

impl ReadEnd {
    pub fn end(self) {
        let waiting = self.0.with(|reads| {
            reads.ended += 1;
            std::mem::take(&mut reads.waiting)
        });
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Device {
    /// Open a device.
    pub async fn open(options: &Options) -> Result<Self, Fault> {
        let instance = instance();
        let adapter = choose(&instance, options.adapter.as_deref()).await?;
        let info = Adapter::new(&adapter.get_info(), options.name.as_deref());
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("openimo"),
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let opened = adapter.request_device(&descriptor).await;
        let (device, queue) = opened.map_err(|e| Fault::Unavailable(format!("{} cannot be opened: {e}", info.name)))?;
        let packed = instance.wgsl_language_features().contains(wgpu::WgslLanguageFeatures::Packed4x8IntegerDotProduct);
        let limits = device.limits();
        let max_binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let failure = Shared::default();
        watch(&device, &failure);
        Ok(Self {
            packed_dot: packed && !options.without_packed_dot,
            limit: max_binding,
            max_binding: options.max_binding.map_or(max_binding, |most| most.min(max_binding)),
            ledger: Ledger::new(options.memory),
            fault: options.fault,
            adapter: info,
            device,
            queue,
            failure,
            reads: Shared::default(),
        })
    }

    /// Why the device cannot be used any longer, if so.
    pub fn failure(&self) -> Option<Fault> {
        self.failure.with(|failure| failure.clone())
    }

    /// Note why the device cannot be used any longer; the first reason stays.
    pub fn fail(&self, fault: Fault) {
        first(&self.failure, fault);
    }

    /// Count a read that begins.
    pub fn begin_read(&self) -> ReadEnd {
        self.reads.with(|reads| reads.begun += 1);
        ReadEnd(self.reads.clone())
    }

    /// When all reads have ended that have begun by now.
    pub fn settled(self: &Arc<Self>) -> impl Future<Output = ()> + 'static {
        let reads = self.reads.clone();
        let begun = reads.with(|reads| reads.begun);
        poll_fn(move |context| {
            reads.with(|reads| {
                if reads.ended >= begun {
                    return Poll::Ready(());
                }
                reads.waiting.push(context.waker().clone());
                Poll::Pending
            })
        })
    }
}

/// The first reason stays: others follow from it.
fn first(failure: &Shared<Option<Fault>>, fault: Fault) {
    failure.with(|failure| {
        failure.get_or_insert(fault);
    });
}

/// Note what befalls a device.
fn watch(device: &wgpu::Device, failure: &Shared<Option<Fault>>) {
    let lost = failure.clone();
    device.set_device_lost_callback(move |reason, message| {
        let why = if message.is_empty() { format!("{reason:?}") } else { message };
        first(&lost, Fault::Lost(why));
    });
    let failed = failure.clone();
    device.on_uncaptured_error(Arc::new(move |error| {
        let fault = match error {
            wgpu::Error::OutOfMemory { source } => Fault::OutOfMemory(source.to_string()),
            other => Fault::Lost(other.to_string()),
        };
        first(&failed, fault);
    }));
}

fn instance() -> wgpu::Instance {
    wgpu::Instance::new(InstanceDescriptor::new_without_display_handle())
}

async fn choose(instance: &wgpu::Instance, name: Option<&str>) -> Result<wgpu::Adapter, Fault> {
    let Some(name) = name else {
        let options = RequestAdapterOptions { power_preference: PowerPreference::HighPerformance, ..Default::default() };
        return instance.request_adapter(&options).await.map_err(|e| Fault::Unavailable(e.to_string()));
    };
    let all = instance.enumerate_adapters(wgpu::Backends::all()).await;
    let names: Vec<String> = all.iter().map(|a| a.get_info().name).collect();
    let wanted = name.to_lowercase();
    let found = all.into_iter().find(|a| a.get_info().name.to_lowercase().contains(&wanted));
    found.ok_or_else(|| Fault::Unavailable(format!("none is called {name:?}, there are {names:?}")))
}
