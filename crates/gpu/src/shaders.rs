//! The kernels and the text that each is made of. Shaders are files; what differs between devices and shapes of data is put together
//! here from whole files and a few constants.

use std::collections::HashMap;

use crate::device::{Device, Shape};

/// A kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    Embedding,
    /// With nibbles or bytes, for a tile of this many rows of the batch; with the sums of one row kept for a check, and with the
    /// outputs added to the residual stream.
    Linear {
        nibbles: bool,
        tile: u32,
        checked: bool,
        residual: bool,
    },
    Widen,
    BfpqI32,
    BfpqI64,
    BfpqLargest,
    BfpqUnits,
    Rmsnorm,
    Residual,
    Rope,
    Swiglu,
    Silu,
    /// The neighbourhoods alone; their product is linear's.
    Conv2d,
    Upsample,
    Pixel,
    Append,
    AttentionScores,
    AttentionWeights,
    AttentionSums,
    Head,
    Sample,
    Probe,
}

/// Rows of a batch that a workgroup of `linear_tile.wgsl` takes.
pub const LARGE_TILE: u32 = 64;

const FIXED: &str = include_str!("../shaders/fixed.wgsl");
const EXP2NEG: &str = include_str!("../shaders/exp2neg.wgsl");
const BFP: &str = include_str!("../shaders/bfp.wgsl");
const LAYOUT: &str = include_str!("../shaders/layout.wgsl");
const MATRIX: &str = include_str!("../shaders/matrix.wgsl");
const LINEAR: &str = include_str!("../shaders/linear.wgsl");
const BFPQ: &str = include_str!("../shaders/bfpq.wgsl");
const BFPQ_WHOLE: &str = include_str!("../shaders/bfpq_whole.wgsl");
const BFPQ_I32: &str = include_str!("../shaders/bfpq_i32.wgsl");
const SILU16: &str = include_str!("../shaders/silu16.wgsl");

impl Kernel {
    /// The whole text.
    fn source(self, shape: Shape, packed_dot: bool) -> String {
        let dot =
            if packed_dot { include_str!("../shaders/dot4_packed.wgsl") } else { include_str!("../shaders/dot4_shifts.wgsl") };
        let team = match shape {
            Shape::Solo => include_str!("../shaders/solo.wgsl"),
            Shape::Team => concat!("const TEAM: u32 = 128u;\n", include_str!("../shaders/team.wgsl")),
        };
        // A choice among all logits is for many lanes on every device: llvmpipe ends an invocation's loops after 65,535 rounds.
        let many = concat!("const TEAM: u32 = 256u;\n", include_str!("../shaders/team.wgsl"));
        let (constants, unrolled);
        let parts: &[&str] = match self {
            Self::Embedding => &[LAYOUT, MATRIX, include_str!("../shaders/embedding.wgsl")],
            Self::Linear { nibbles, tile, checked, residual } => {
                constants = format!("const NIBBLES: bool = {nibbles};\nconst TILE: u32 = {tile}u;\n");
                let keep = if checked {
                    include_str!("../shaders/linear_checked.wgsl")
                } else {
                    include_str!("../shaders/linear_unchecked.wgsl")
                };
                let add = if residual {
                    include_str!("../shaders/linear_residual.wgsl")
                } else {
                    include_str!("../shaders/linear_alone.wgsl")
                };
                match (shape, tile) {
                    (Shape::Solo, _) => {
                        unrolled = for_each_row(include_str!("../shaders/linear_solo.wgsl"), tile);
                        &[&constants, LAYOUT, LINEAR, keep, add, &unrolled]
                    }
                    (Shape::Team, LARGE_TILE) => {
                        unrolled = for_each_row(include_str!("../shaders/linear_tile.wgsl"), 4);
                        &[&constants, dot, LAYOUT, LINEAR, keep, add, &unrolled]
                    }
                    (Shape::Team, _) => {
                        &[&constants, dot, LAYOUT, MATRIX, LINEAR, keep, add, include_str!("../shaders/linear_team.wgsl")]
                    }
                }
            }
            Self::Widen => &[BFP, include_str!("../shaders/widen.wgsl")],
            Self::BfpqI32 => &[team, BFP, BFPQ_I32, BFPQ, BFPQ_WHOLE],
            Self::BfpqI64 => &[team, BFP, include_str!("../shaders/bfpq_i64.wgsl"), BFPQ, BFPQ_WHOLE],
            Self::BfpqLargest => &[team, include_str!("../shaders/bfpq_largest.wgsl")],
            Self::BfpqUnits => &[BFP, BFPQ_I32, BFPQ, include_str!("../shaders/bfpq_units.wgsl")],
            Self::Rmsnorm => &[team, BFP, include_str!("../shaders/rmsnorm.wgsl")],
            Self::Residual => &[include_str!("../shaders/residual.wgsl")],
            Self::Rope => &[team, BFP, EXP2NEG, include_str!("../shaders/rope.wgsl")],
            Self::Swiglu => &[EXP2NEG, SILU16, include_str!("../shaders/swiglu.wgsl")],
            Self::Silu => &[EXP2NEG, SILU16, include_str!("../shaders/silu.wgsl")],
            Self::Conv2d => &[include_str!("../shaders/conv2d.wgsl")],
            Self::Upsample => &[BFP, include_str!("../shaders/upsample.wgsl")],
            Self::Pixel => &[include_str!("../shaders/pixel.wgsl")],
            Self::Append => &[include_str!("../shaders/append.wgsl")],
            Self::AttentionScores => &[dot, include_str!("../shaders/attention_scores.wgsl")],
            Self::AttentionWeights => &[team, EXP2NEG, include_str!("../shaders/attention_weights.wgsl")],
            Self::AttentionSums => {
                let share = match shape {
                    Shape::Solo => include_str!("../shaders/attention_sums_solo.wgsl"),
                    Shape::Team => include_str!("../shaders/attention_sums_team.wgsl"),
                };
                &[share, BFP, include_str!("../shaders/attention_sums.wgsl")]
            }
            Self::Probe => &[dot, include_str!("../shaders/probe.wgsl")],
            Self::Head => &[many, include_str!("../shaders/head.wgsl")],
            Self::Sample => &[many, EXP2NEG, include_str!("../shaders/sample.wgsl")],
        };
        [FIXED].iter().chain(parts).copied().collect::<Vec<_>>().join("\n")
    }
}

/// Lines with `$t`, once for each row of a tile.
fn for_each_row(source: &str, tile: u32) -> String {
    let repeated = |line: &str| (0..tile).map(|t| line.replace("$t", &t.to_string()) + "\n").collect::<String>();
    let line = |line: &str| if line.contains("$t") { repeated(line) } else { line.to_owned() + "\n" };
    source.lines().map(line).collect()
}

/// Compiled kernels.
#[derive(Default)]
pub struct Pipelines(HashMap<Kernel, wgpu::ComputePipeline>);

impl Pipelines {
    /// The pipeline of a kernel, compiled when it is first asked for.
    pub fn get(&mut self, device: &Device, shape: Shape, kernel: Kernel) -> &wgpu::ComputePipeline {
        self.0.entry(kernel).or_insert_with(|| {
            let label = format!("{kernel:?}");
            let mut source = kernel.source(shape, device.packed_dot);
            if let Some((right, wrong)) = device.fault {
                source = source.replace(right, wrong);
            }
            let gpu = &device.device;
            let entries: Vec<_> = source.lines().filter_map(entry).collect();
            let groups =
                gpu.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(&label), entries: &entries });
            let layout = gpu.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(&label),
                bind_group_layouts: &[Some(&groups)],
                ..wgpu::PipelineLayoutDescriptor::default()
            });
            let module = gpu.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(&label),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            });
            gpu.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(&label),
                layout: Some(&layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        })
    }
}

/// The layout entry of a line that declares a binding. An automatic layout would have no dynamic offset, which lets all dispatches of a
/// kernel on the same buffers share a bind group.
fn entry(line: &str) -> Option<wgpu::BindGroupLayoutEntry> {
    let (binding, kind) = line.strip_prefix("@group(0) @binding(")?.split_once(") var<")?;
    let binding = binding.parse().ok()?;
    let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
    let ty = match kind.split_once('>')?.0 {
        "uniform" => wgpu::BufferBindingType::Uniform,
        "storage, read" => storage(true),
        _ => storage(false),
    };
    let ty = wgpu::BindingType::Buffer { ty, has_dynamic_offset: binding == 0, min_binding_size: None };
    Some(wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::COMPUTE, ty, count: None })
}
