//! Random matrix rows that are valid: extremes of D, M, q and R, and rows whose slabs reach the L1 bound exactly.

use crate::model::file::MatrixShape;
use crate::model::matrix::{MatrixSpec, Row};
use crate::ops::L1_MAX;
use crate::random::Random;

/// A random encoding for a shape.
pub fn random_spec(rng: &mut Random, shape: &MatrixShape) -> MatrixSpec {
    let block = if shape.cols.is_multiple_of(32) { rng.pick(&[16, 32, 32]) } else { 16 };
    let most = shape.cols / u32::from(block);
    let nslab = rng.pick(&[1, 1, 2, 4, 8, 16]);
    let nslab = if most.is_multiple_of(u32::from(nslab)) { nslab } else { 1 };
    let bits = rng.pick(&[4, 4, 5, 6, 8, 8]);
    let has_bias = shape.may_have_bias && rng.one_in(3);
    MatrixSpec { rows: shape.rows, cols: shape.cols, block, bits, has_m: rng.one_in(2), has_bias, nslab }
}

/// A random valid row; `index` 0 to 7 are the edge rows.
pub fn random_row(rng: &mut Random, spec: &MatrixSpec, index: u32) -> Row {
    let (cols, blocks) = (spec.cols as usize, spec.blocks());
    let (low, high) = (-i64::from(spec.zero_point()), i64::from(spec.zero_point()) - 1);
    let mut row =
        Row { r: 1 << 15, re: 0, bias: spec.has_bias.then_some(0), d: vec![0; blocks], m: vec![0; blocks], q: vec![0; cols] };
    match index {
        0 => {}
        1 | 2 => fill_to_bound(&mut row, spec, index == 2),
        3 | 4 => {
            row.d.iter_mut().for_each(|d| *d = if index == 3 { 4095 } else { -4095 });
            row.q.iter_mut().enumerate().for_each(|(k, q)| *q = if k % 2 == 0 { low } else { high } as i8);
        }
        _ => {
            let scale = rng.pick(&[8, 60, 500, 4095]);
            row.d.iter_mut().for_each(|d| *d = rng.range(-scale, scale) as i16);
            row.q.iter_mut().for_each(|q| *q = rng.range(low, high) as i8);
            if spec.has_m {
                let most = if rng.one_in(8) { 32767 } else { scale * 8 };
                row.m.iter_mut().for_each(|m| *m = rng.range(-most, most) as i16);
            }
        }
    }
    shrink(&mut row, spec);
    scale(rng, &mut row, index);
    row
}

/// Give each slab a weight sum of exactly the bound, or as near as its columns allow.
fn fill_to_bound(row: &mut Row, spec: &MatrixSpec, negative: bool) {
    let block = usize::from(spec.block);
    let slab_blocks = row.d.len() / usize::from(spec.nslab);
    let size = spec.zero_point();
    for first in (0..row.d.len()).step_by(slab_blocks) {
        let mut left = L1_MAX as i32;
        for b in first..first + slab_blocks {
            // Every weight of a block is ±(d·size + m); what is below one unit a column is left to q = ±1 of the next block.
            let each = left / block as i32;
            let m = if spec.has_m { each.min(32767) } else { 0 };
            let d = ((each - m) / size).min(4095);
            if d == 0 && m == 0 {
                row.d[b] = 1;
                row.q[b * block..][..left.min(block as i32) as usize].fill(-1);
                left -= left.min(block as i32);
                continue;
            }
            row.d[b] = if negative { -d } else { d } as i16;
            row.m[b] = if negative { m } else { -m } as i16;
            row.q[b * block..][..block].fill((-size) as i8);
            left -= (d * size + m) * block as i32;
        }
    }
}

/// Scale blocks down until every slab keeps the bound.
fn shrink(row: &mut Row, spec: &MatrixSpec) {
    let slab = row.q.len() / usize::from(spec.nslab);
    let slab_blocks = row.d.len() / usize::from(spec.nslab);
    for s in 0..usize::from(spec.nslab) {
        loop {
            let sum: u64 = (s * slab..(s + 1) * slab).map(|k| u64::from(row.weight(k).unsigned_abs())).sum();
            if sum <= u64::from(L1_MAX) {
                break;
            }
            let blocks = s * slab_blocks..(s + 1) * slab_blocks;
            let less = |v: &mut i16| *v = (i64::from(*v) * i64::from(L1_MAX) / (sum as i64 + 1)) as i16;
            row.d[blocks.clone()].iter_mut().for_each(less);
            row.m[blocks].iter_mut().for_each(less);
        }
    }
}

/// R, re and bias, such that outputs of most rows are of the size of inputs.
fn scale(rng: &mut Random, row: &mut Row, index: u32) {
    row.r = match index {
        0 | 7 => 0,
        1 | 3 => 65535,
        2 | 4 => 1 << 15,
        _ => rng.range(1 << 15, 65535) as u16,
    };
    let mass: u64 = (0..row.q.len()).map(|k| u64::from(row.weight(k).unsigned_abs())).sum();
    let mean = (mass / row.q.len() as u64).max(1);
    let width = (row.q.len() as u64).isqrt().max(1);
    row.re = (mean * width).ilog2() as i16 + 16 + rng.range(-2, 1) as i16;
    if index == 5 {
        row.re = rng.pick(&[-4096, -40, 4096, 60]);
    }
    if let Some(bias) = &mut row.bias {
        *bias = match index {
            1 => i32::MAX,
            2 => -i32::MAX,
            _ => rng.range(-1 << 17, 1 << 17) as i32,
        };
    }
}
