//! One row of exact blocks to one row of the integer model, as section 4 of the semantics says.
//!
//! The row keeps its blocks: `D_b` and `M_b` are d and m against the row's largest scale A, with as much of the range up to 4095 as
//! the bound on Σ|W| leaves; R and re carry A.

use std::num::NonZeroU64;

use super::blocks::{BlockRow, Layout};
use crate::model::matrix::{Row, l1};
use crate::ops::L1_MAX;

/// Largest block scale.
pub const SCALE_TOP: i64 = 4095;
/// A row that would get less than this needs more slabs.
pub const SCALE_LEAST: i64 = 255;
/// Numbers of slabs, in the order in which they are tried.
pub const SLABS: [u8; 5] = [1, 2, 4, 8, 16];

/// The numbers of slabs that cut `cols` columns into whole blocks.
pub fn slab_choices(cols: usize, layout: Layout) -> impl Iterator<Item = u8> {
    SLABS.into_iter().filter(move |&n| cols.is_multiple_of(layout.block * usize::from(n)))
}

/// Fill `out` (but for its bias) from `row`, cut in `nslab` slabs; the scale range Dm that the row got, or none if that is below
/// [`SCALE_LEAST`] and `out` is unusable.
///
/// Where several slabs are above the bound the largest sum decides how far Dm goes down.
pub fn convert_row(row: &BlockRow, layout: Layout, nslab: u8, out: &mut Row) -> Option<i64> {
    out.q.clone_from(&row.q);
    out.d.clear();
    out.d.resize(row.d.len(), 0);
    out.m.clear();
    out.m.resize(row.m.len(), 0);
    (out.r, out.re) = (0, 0);
    let offset = |m: &i64| m.unsigned_abs().div_ceil(8);
    let a = row.d.iter().map(|d| d.unsigned_abs()).chain(row.m.iter().map(offset)).max().unwrap_or(0);
    let Some(a) = NonZeroU64::new(a) else { return Some(SCALE_TOP) };
    let mut range = SCALE_TOP;
    loop {
        scale(&row.d, a, range, &mut out.d);
        if layout.has_m {
            scale(&row.m, a, range, &mut out.m);
        }
        let largest = slab_sums(out, layout.block, nslab);
        if largest <= u64::from(L1_MAX) {
            break;
        }
        range = (range - 1).min((range as u64 * u64::from(L1_MAX) / largest) as i64);
        if range < SCALE_LEAST {
            return None;
        }
    }
    (out.r, out.re) = multiplier(a, range as u64);
    Some(range)
}

/// `floor(v·range/a + 1/2)` for each v; `|v| <= 8a`, so the results are at most 8·4095.
fn scale(values: &[i64], a: NonZeroU64, range: i64, out: &mut [i16]) {
    let a = a.get() as i64;
    if a < 1 << 46 {
        // 2·8a·4095 + a < 2^63.
        for (out, &v) in out.iter_mut().zip(values) {
            *out = (2 * v * range + a).div_euclid(2 * a) as i16;
        }
    } else {
        for (out, &v) in out.iter_mut().zip(values) {
            *out = (2 * i128::from(v) * i128::from(range) + i128::from(a)).div_euclid(2 * i128::from(a)) as i16;
        }
    }
}

/// The largest Σ|W| of a slab.
fn slab_sums(row: &Row, block: usize, nslab: u8) -> u64 {
    let per_slab = row.d.len() / usize::from(nslab);
    let sum = |b: usize| u64::from(l1(&row.q[b * block..(b + 1) * block], row.d[b], row.m[b]));
    (0..usize::from(nslab)).map(|s| (s * per_slab..(s + 1) * per_slab).map(sum).sum()).max().unwrap_or(0)
}

/// R and re with `R = floor(a·2^(re − 24)/range + 1/2)` in `2^15..2^16`.
///
/// Where rounding lets two exponents through, the smaller wins: the search begins at an estimate that is never too large by more
/// than the value 2^16 allows.
fn multiplier(a: NonZeroU64, range: u64) -> (u16, i16) {
    let bits = |v: u64| (u64::BITS - v.leading_zeros()) as i32;
    let rounded = |e: i32| {
        let (up, down) = ((e - 23).max(0), (23 - e).max(0));
        ((u128::from(a.get()) << up) + (u128::from(range) << down)) / (u128::from(range) << (1 + down))
    };
    // a/range·2^(e − 24) lies in (2^14, 2^16) here.
    let mut e = 39 + bits(range) - bits(a.get());
    while rounded(e) > 65535 {
        e -= 1;
    }
    while rounded(e) < 32768 {
        e += 1;
    }
    (rounded(e) as u16, e as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multipliers_are_normalised_over_the_whole_range_of_scales() {
        for bits in 0..48 {
            for (low, range) in [(0, 255), (1, 774), ((1 << bits) - 1, 4095)] {
                let a = NonZeroU64::new((1u64 << bits) + low % (1 << bits)).unwrap();
                let (r, re) = multiplier(a, range);
                assert!(r >= 1 << 15);
                let (value, exact) = (f64::from(r) * 2f64.powi(-i32::from(re)), a.get() as f64 * 2f64.powi(-24) / range as f64);
                assert!((value / exact - 1.0).abs() < 2f64.powi(-15), "{a} {range}");
            }
        }
    }

    #[test]
    fn extreme_scales_take_the_wide_path_with_the_same_result() {
        let layout = Layout { block: 32, bits: 4, has_m: true };
        let q: Vec<i8> = (0..64).map(|k| (k % 16) as i8 - 8).collect();
        let row = |d: i64| BlockRow { q: q.clone(), d: vec![d, -d / 2], m: vec![8 * d - 8, -8 * d + 8] };
        let (mut narrow, mut wide) = (Row::default(), Row::default());
        assert_eq!(convert_row(&row(1 << 30), layout, 1, &mut narrow), Some(4095));
        assert_eq!(convert_row(&row(1 << 47), layout, 1, &mut wide), Some(4095));
        assert_eq!((narrow.d, narrow.m, narrow.r, narrow.re - 17), (wide.d, wide.m, wide.r, wide.re));
    }

    #[test]
    fn a_row_of_zeros_has_no_multiplier() {
        let layout = Layout { block: 32, bits: 8, has_m: false };
        let row = BlockRow { q: vec![7; 64], d: vec![0; 2], m: vec![0; 2] };
        let mut out = Row::default();
        assert_eq!(convert_row(&row, layout, 2, &mut out), Some(4095));
        assert_eq!((out.r, out.re, out.d), (0, 0, vec![0, 0]));
    }
}
