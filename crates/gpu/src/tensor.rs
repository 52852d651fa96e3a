//! Tensors and caches on the device.

/// `[T, n]` i32.
pub struct GpuInts {
    pub(crate) buffer: wgpu::Buffer,
    /// Columns.
    pub(crate) n: usize,
    /// Rows.
    pub(crate) rows: usize,
    /// Rows of the buffer before the first.
    pub(crate) first: usize,
}

/// `[T, groups, n]` block floating point: digits of four elements to two words, and an exponent a group.
pub struct GpuBfp {
    pub(crate) x: wgpu::Buffer,
    pub(crate) e: wgpu::Buffer,
    /// Sums over each 16 columns.
    pub(crate) sums: wgpu::Buffer,
    /// Columns of a group.
    pub(crate) n: usize,
    /// Groups of a row.
    pub(crate) groups: usize,
    /// Rows.
    pub(crate) rows: usize,
}

impl GpuBfp {
    /// Word pairs of a group.
    pub(crate) const fn words(&self) -> usize {
        self.n.div_ceil(4)
    }

    /// Vectors in all rows.
    pub(crate) const fn vectors(&self) -> usize {
        self.rows * self.groups
    }
}

/// Keys and values of one layer, `[positions, KV, dh]`.
pub struct GpuCache {
    pub(crate) k: wgpu::Buffer,
    pub(crate) ek: wgpu::Buffer,
    pub(crate) v: wgpu::Buffer,
    pub(crate) ev: wgpu::Buffer,
    /// Positions.
    pub(crate) len: usize,
    /// Positions that the buffers hold.
    pub(crate) capacity: usize,
    /// Key heads.
    pub(crate) heads: usize,
    /// Word pairs of a head.
    pub(crate) words: usize,
}
