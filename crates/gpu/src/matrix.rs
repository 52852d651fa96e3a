//! Weights on the device: the core's packed records, q turned into two's complement, in as many parts as bindings allow.

use std::sync::Arc;

use openimo_core::backend::MatrixLoader;
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::simd::lines::Arena;
use openimo_core::simd::pack::{Kind, Layout, Packed, Packer, ROWS};

use crate::buffer::Buffer;
use crate::device::Device;
use crate::freivalds::Projection;

/// Rows of a part at most, so that a dispatch has few enough workgroups.
const MOST_ROWS: usize = 1 << 19;

/// A matrix on the device.
pub struct GpuMatrix {
    pub(crate) nibbles: bool,
    pub(crate) parts: Vec<Part>,
    pub(crate) projection: Arc<Projection>,
}

/// Consecutive rows of a matrix.
pub(crate) struct Part {
    /// First row, and rows.
    pub first: u32,
    pub rows: u32,
    pub weights: Buffer,
    /// R, re and bias.
    pub scales: Buffer,
    /// `Layout` of `matrix.wgsl`.
    pub shape: Buffer,
}

/// Packs rows as they come and uploads the matrix when all are in.
pub struct GpuPacker {
    device: Arc<Device>,
    packer: Packer,
    projection: Projection,
}

impl GpuPacker {
    /// The seed is of what products are checked by.
    pub(crate) fn new(device: Arc<Device>, spec: &MatrixSpec, seed: u64) -> Self {
        let packer = Packer::new(spec, 0, Packed::count(spec), &mut Arena::default());
        Self { device, packer, projection: Projection::new(spec, seed) }
    }
}

impl MatrixLoader for GpuPacker {
    type Matrix = GpuMatrix;

    fn push(&mut self, row: &Row) {
        self.projection.push(row);
        self.packer.push(row);
    }

    fn finish(self) -> GpuMatrix {
        let packed = self.packer.finish();
        let (l, rows) = (packed.layout, packed.spec.rows as usize);
        let most = part_rows(self.device.max_binding, l.len);
        let parts = (0..rows).step_by(most).map(|first| part(&self.device, &packed, first, most.min(rows - first)));
        GpuMatrix { nibbles: l.kind == Kind::Nibble, parts: parts.collect(), projection: Arc::new(self.projection) }
    }
}

/// Rows of a part where a record of 16 rows has `record` bytes.
fn part_rows(max_binding: u64, record: usize) -> usize {
    (max_binding as usize / record * ROWS).clamp(ROWS, MOST_ROWS)
}

/// Bytes that a matrix takes on the device, and of its largest binding.
pub(crate) fn bytes(spec: &MatrixSpec, max_binding: u64) -> (u64, u64) {
    let record = Layout::new(spec).len;
    let (records, most) = (Packed::count(spec), part_rows(max_binding, record) / ROWS);
    let scales = (records * ROWS * if spec.has_bias { 12 } else { 8 }) as u64;
    ((records * record) as u64 + scales, (records.min(most) * record) as u64)
}

fn part(device: &Device, packed: &Packed, first: usize, rows: usize) -> Part {
    let l = &packed.layout;
    let records = first / ROWS..(first + rows).div_ceil(ROWS);
    let padded = records.len() * ROWS;
    // The kernels of the CPU read q + 8 and q + 128; dot products of signed bytes want q itself.
    let sign = match l.kind {
        Kind::Nibble => 0x8888_8888,
        Kind::Byte => 0x8080_8080,
    };
    let mut words = Vec::with_capacity(records.len() * l.len / 4);
    for record in records {
        for (i, word) in packed.record(record).chunks_exact(4).enumerate() {
            let word = u32::from_le_bytes(word.try_into().expect("four bytes"));
            words.push(if i * 4 < l.d_at { word ^ sign } else { word });
        }
    }
    let of_part = |values: &[i32]| values[first..first + padded].iter().map(|&v| v as u32).collect::<Vec<_>>();
    let mut scales = [of_part(&packed.r), of_part(&packed.re)].concat();
    if !packed.bias.is_empty() {
        scales.extend(of_part(&packed.bias));
    }
    let shape = [
        u32::from(l.kind == Kind::Nibble),
        l.block as u32,
        l.blocks as u32,
        l.blocks_per_slab as u32,
        u32::from(l.has_m),
        u32::from(!packed.bias.is_empty()),
        l.len as u32 / 4,
        l.q_stride as u32 / 4,
        l.d_at as u32 / 4,
        l.m_at as u32 / 4,
        padded as u32,
        0,
    ];
    Part {
        first: first as u32,
        rows: rows as u32,
        weights: Buffer::filled(device, "weights", &words),
        scales: Buffer::filled(device, "scales", &scales),
        shape: Buffer::filled(device, "shape", &shape),
    }
}
