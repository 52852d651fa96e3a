//! The two tables of CIS-1: cosine over a full turn and 2^−x over one octave.
//!
//! They are made by integer square roots at first use, so no libm can change them; [`digest`] goes into the model id.

use std::sync::LazyLock;

use crate::commit::{Hash, keccak256};

/// Entries of [`cos_table`]: 1024 steps of a turn and the end point.
pub const COS_LEN: usize = 1025;
/// Entries of [`exp2_table`]: 256 steps of an octave and the end point.
pub const EXP2_LEN: usize = 257;

static COS: LazyLock<[i32; COS_LEN]> = LazyLock::new(make_cos);
static EXP2: LazyLock<[u32; EXP2_LEN]> = LazyLock::new(make_exp2);

/// `C[i] = round(2^15 · cos(2πi/1024))`, i = 0..=1024.
pub fn cos_table() -> &'static [i32; COS_LEN] {
    &COS
}

/// `E[i] = round(2^23 · 2^(−i/256))`, i = 0..=256.
pub fn exp2_table() -> &'static [u32; EXP2_LEN] {
    &EXP2
}

/// The bytes that are committed: `E` then `C`, each entry as 4 bytes little endian.
pub fn bytes() -> Vec<u8> {
    let exp2 = exp2_table().iter().flat_map(|v| v.to_le_bytes());
    exp2.chain(cos_table().iter().flat_map(|v| v.to_le_bytes())).collect()
}

/// keccak256 of [`bytes`].
pub fn digest() -> Hash {
    keccak256(&bytes())
}

/// A quarter wave by repeated rotation through 2π/1024 with 60 fraction bits, the rest by symmetry.
fn make_cos() -> [i32; COS_LEN] {
    const P: u32 = 60;
    let one = 1i128 << P;
    let sqrt = |v: i128| (v as u128).isqrt() as i128;
    // Half-angle steps from cos(π/2) = 0 down to cos(π/512).
    let c = (0..8).fold(0i128, |c, _| sqrt(((one + c) << P) >> 1));
    let s = sqrt((one << P) - c * c);
    let mut quarter = [0i32; 257];
    let (mut a, mut b) = (one, 0i128);
    for q in &mut quarter {
        *q = (((a >> (P - 16)) + 1) >> 1) as i32;
        (a, b) = ((a * c - b * s) >> P, (a * s + b * c) >> P);
    }
    quarter[0] = 1 << 15;
    quarter[256] = 0;
    std::array::from_fn(|i| match i % 1024 {
        k @ 0..=256 => quarter[k],
        k @ 257..=512 => -quarter[512 - k],
        k @ 513..=768 => -quarter[k - 512],
        k => quarter[1024 - k],
    })
}

/// Products of the roots 2^(−1/2), 2^(−1/4), …, 2^(−1/256), with 60 fraction bits.
fn make_exp2() -> [u32; EXP2_LEN] {
    const P: u32 = 60;
    let mut roots = [0u128; 8];
    let mut root = 1u128 << (P - 1);
    for r in roots.iter_mut().rev() {
        root = (root << P).isqrt();
        *r = root;
    }
    std::array::from_fn(|i| {
        if i == 256 {
            return 1 << 22;
        }
        let product = (0..8).filter(|bit| i >> bit & 1 == 1).fold(1u128 << P, |p, bit| (p * roots[bit]) >> P);
        (((product >> (P - 24)) + 1) >> 1) as u32
    })
}
