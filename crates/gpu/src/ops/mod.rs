//! One file an operator: how its kernels are dispatched.

mod attention;
mod bfpq;
pub(crate) mod conv2d;
mod embedding;
mod head;
mod linear;
mod pixel;
mod residual;
mod rmsnorm;
mod rope;
mod sample;
mod silu;
mod swiglu;
mod upsample;

/// Workgroups of 64 for `count` invocations, continued in the second dimension.
pub(crate) fn spread(count: usize) -> (u32, u32) {
    groups(count.div_ceil(64))
}

/// As many workgroups, continued in the second dimension.
fn groups(count: usize) -> (u32, u32) {
    const MOST: usize = 65_535;
    (count.min(MOST) as u32, count.div_ceil(MOST) as u32)
}
