//! Adapters, and a device opened on one of them.

use wgpu::{AdapterInfo, DeviceType, InstanceDescriptor, PowerPreference, RequestAdapterOptions};

/// Why there is no GPU to compute with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// No adapter.
    #[error("no GPU was found: {0}")]
    NoAdapter(String),
    /// An adapter that gives no device.
    #[error("the GPU {adapter} cannot be opened: {why}")]
    Refused {
        /// Its name.
        adapter: String,
        /// What it says.
        why: String,
    },
}

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
    /// The kernels' shape; by the kind of adapter if none is given.
    pub shape: Option<Shape>,
    /// Use shifts and multiplications in place of packed dot products.
    pub without_packed_dot: bool,
    /// Pretend that a binding holds at most this many bytes.
    pub max_binding: Option<u64>,
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

impl From<&AdapterInfo> for Adapter {
    fn from(info: &AdapterInfo) -> Self {
        let driver = [&info.driver[..], &info.driver_info].join(" ").trim().to_owned();
        Self { name: info.name.clone(), driver, api: info.backend.to_string(), software: info.device_type == DeviceType::Cpu }
    }
}

/// A device and what kernels need to know of it.
pub struct Device {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    pub adapter: Adapter,
    pub shape: Shape,
    pub packed_dot: bool,
    /// Most bytes of one binding.
    pub max_binding: u64,
    pub fault: Option<(&'static str, &'static str)>,
}

impl Device {
    /// Open a device.
    pub async fn open(options: &Options) -> Result<Self, DeviceError> {
        let instance = instance();
        let adapter = choose(&instance, options.adapter.as_deref()).await?;
        let info = Adapter::from(&adapter.get_info());
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("openimo"),
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let opened = adapter.request_device(&descriptor).await;
        let (device, queue) = opened.map_err(|e| DeviceError::Refused { adapter: info.name.clone(), why: e.to_string() })?;
        let packed = instance.wgsl_language_features().contains(wgpu::WgslLanguageFeatures::Packed4x8IntegerDotProduct);
        let limits = device.limits();
        let max_binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        Ok(Self {
            shape: options.shape.unwrap_or(if info.software { Shape::Solo } else { Shape::Team }),
            packed_dot: packed && !options.without_packed_dot,
            max_binding: options.max_binding.map_or(max_binding, |most| most.min(max_binding)),
            fault: options.fault,
            adapter: info,
            device,
            queue,
        })
    }
}

fn instance() -> wgpu::Instance {
    wgpu::Instance::new(InstanceDescriptor::new_without_display_handle())
}

async fn choose(instance: &wgpu::Instance, name: Option<&str>) -> Result<wgpu::Adapter, DeviceError> {
    let Some(name) = name else {
        let options = RequestAdapterOptions { power_preference: PowerPreference::HighPerformance, ..Default::default() };
        return instance.request_adapter(&options).await.map_err(|e| DeviceError::NoAdapter(e.to_string()));
    };
    let all = instance.enumerate_adapters(wgpu::Backends::all()).await;
    let names: Vec<String> = all.iter().map(|a| a.get_info().name).collect();
    let wanted = name.to_lowercase();
    let found = all.into_iter().find(|a| a.get_info().name.to_lowercase().contains(&wanted));
    found.ok_or_else(|| DeviceError::NoAdapter(format!("none is called {name:?}, there are {names:?}")))
}
