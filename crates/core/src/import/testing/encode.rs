//! Encoders of every tensor type, by exact integers. They choose scales as ggml's plain quantisers do, without its search for better
//! ones, so they are valid encodings, not the best.

use crate::import::blocks::TensorType;
use crate::import::float::{f16_bits, f16_nearest};

/// `values` in units of 2^−24 as stored blocks of `ty`.
///
/// # Panics
/// If they are no whole blocks or a scale is beyond the largest f16.
pub fn encode(ty: TensorType, values: &[i64]) -> Vec<u8> {
    let elements = ty.stored_block().0;
    assert!(values.len().is_multiple_of(elements), "whole blocks");
    let block = |w: &[i64]| match ty {
        TensorType::F32 => float(w[0]).to_le_bytes().to_vec(),
        TensorType::F16 => f16_bits(half(w[0], 1)).to_le_bytes().to_vec(),
        TensorType::Bf16 => bf16(w[0]).to_le_bytes().to_vec(),
        TensorType::Q4_0 => symmetric(w, 8, false),
        TensorType::Q5_0 => symmetric(w, 16, true),
        TensorType::Q4_1 => affine(w, 15),
        TensorType::Q5_1 => affine(w, 31),
        TensorType::Q8_0 => q8_0(w),
        TensorType::Q4K => k_affine(w, 15),
        TensorType::Q5K => k_affine(w, 31),
        TensorType::Q6K => q6_k(w),
    };
    values.chunks(elements).flat_map(block).collect()
}

fn float(w: i64) -> u32 {
    (w as f32 / 16_777_216.0).to_bits()
}

/// Nearest, ties to even.
fn bf16(w: i64) -> u16 {
    let bits = float(w);
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// The f16 nearest to `n/d`, in units of 2^−24.
fn half(n: i64, d: u64) -> i64 {
    let magnitude = f16_nearest(n.unsigned_abs(), d).expect("a scale within f16") as i64;
    if n < 0 { -magnitude } else { magnitude }
}

/// `floor(n/d + 1/2)` within `low..=high`; 0 brought into that range where d is 0.
fn nearest(n: i64, d: i64, low: i64, high: i64) -> i64 {
    let (n, d) = if d < 0 { (-n, -d) } else { (n, d) };
    let q = if d == 0 { 0 } else { (2 * n + d).div_euclid(2 * d) };
    q.clamp(low, high)
}

fn extreme(w: &[i64]) -> i64 {
    w.iter().copied().max_by_key(|v| v.unsigned_abs()).unwrap_or(0)
}

fn q8_0(w: &[i64]) -> Vec<u8> {
    let d = half(extreme(w).abs(), 127);
    let q = w.iter().map(|&v| nearest(v, d, -127, 127) as i8 as u8);
    f16_bits(d).to_le_bytes().into_iter().chain(q).collect()
}

/// Q4_0 and Q5_0: the element of largest magnitude becomes `−range`.
fn symmetric(w: &[i64], range: i64, fifth: bool) -> Vec<u8> {
    let d = half(-extreme(w), range as u64);
    let q: Vec<u8> = w.iter().map(|&v| (nearest(v, d, -range, range - 1) + range) as u8).collect();
    let mut out = f16_bits(d).to_le_bytes().to_vec();
    pack32(&q, fifth, &mut out);
    out
}

/// Q4_1 and Q5_1: from the least element up.
fn affine(w: &[i64], top: i64) -> Vec<u8> {
    let (low, high) = (w.iter().min().copied().unwrap_or(0), w.iter().max().copied().unwrap_or(0));
    let (d, m) = (half(high - low, top as u64), half(low, 1));
    let q: Vec<u8> = w.iter().map(|&v| nearest(v - m, d, 0, top) as u8).collect();
    let mut out = [f16_bits(d).to_le_bytes(), f16_bits(m).to_le_bytes()].concat();
    pack32(&q, top > 15, &mut out);
    out
}

fn pack32(q: &[u8], fifth: bool, out: &mut Vec<u8>) {
    if fifth {
        let bits = q.iter().enumerate().fold(0u32, |bits, (j, q)| bits | u32::from(q >> 4) << j);
        out.extend(bits.to_le_bytes());
    }
    out.extend((0..16).map(|j| q[j] & 15 | (q[j + 16] & 15) << 4));
}

/// Q4_K and Q5_K: sub-blocks of 32 from their least element (at most 0) up, scales and offsets in 6 bits.
fn k_affine(w: &[i64], top: i64) -> Vec<u8> {
    let low: Vec<i64> = w.chunks(32).map(|w| w.iter().min().copied().unwrap_or(0).min(0)).collect();
    let span: Vec<i64> = w.chunks(32).zip(&low).map(|(w, low)| w.iter().max().copied().unwrap_or(0).max(0) - low).collect();
    let d = half(span.iter().max().copied().unwrap_or(0), 63 * top as u64);
    let dmin = half(-low.iter().min().copied().unwrap_or(0), 63);
    let sc: Vec<i64> = span.iter().map(|&span| nearest(span, d * top, 0, 63)).collect();
    let mn: Vec<i64> = low.iter().map(|&low| nearest(-low, dmin, 0, 63)).collect();
    let q: Vec<u8> = (0..256).map(|k| nearest(w[k] + dmin * mn[k / 32], d * sc[k / 32], 0, top) as u8).collect();
    let mut out = [f16_bits(d).to_le_bytes(), f16_bits(dmin).to_le_bytes()].concat();
    let byte = |v: i64| v as u8;
    out.extend((0..4).map(|j| byte(sc[j] | sc[j + 4] >> 4 << 6)));
    out.extend((0..4).map(|j| byte(mn[j] | mn[j + 4] >> 4 << 6)));
    out.extend((4..8).map(|j| byte(sc[j] & 15 | (mn[j] & 15) << 4)));
    if top > 15 {
        out.extend((0..32).map(|l| (0..8).fold(0, |bits, g| bits | (q[32 * g + l] >> 4) << g)));
    }
    for g in q.chunks(64) {
        out.extend((0..32).map(|l| g[l] & 15 | (g[l + 32] & 15) << 4));
    }
    out
}

/// Q6_K: sub-blocks of 16, symmetric, signed 8-bit scales.
fn q6_k(w: &[i64]) -> Vec<u8> {
    let ends: Vec<i64> = w.chunks(16).map(extreme).collect();
    let d = half(extreme(&ends), 32 * 128);
    let sc: Vec<i64> = ends.iter().map(|&end| nearest(-end, 32 * d, -128, 127)).collect();
    let q: Vec<u8> = (0..256).map(|k| (nearest(w[k], d * sc[k / 16], -32, 31) + 32) as u8).collect();
    let mut out = Vec::new();
    for q in q.chunks(128) {
        out.extend((0..64).map(|l| q[l] & 15 | (q[l + 64] & 15) << 4));
    }
    for q in q.chunks(128) {
        out.extend((0..32).map(|l| (0..4).fold(0, |bits, g| bits | (q[32 * g + l] >> 4) << (2 * g))));
    }
    out.extend(sc.iter().map(|&sc| sc as i8 as u8));
    out.extend(f16_bits(d).to_le_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::blocks::BlockRow;
    use crate::random::Random;

    #[test]
    fn decoding_is_near_what_was_encoded() {
        let mut random = Random::new(7);
        let values: Vec<i64> = (0..512).map(|_| (0..4).map(|_| random.range(-200_000, 200_000)).sum()).collect();
        for ty in TensorType::ALL {
            let mut row = BlockRow::default();
            ty.decode_row(&encode(ty, &values), &mut row).unwrap();
            let block = ty.layout().block;
            let error = |k: usize| row.d[k / block] * i64::from(row.q[k]) + row.m[k / block] - values[k];
            let squares = |f: &dyn Fn(usize) -> i64| (0..512).map(|k| (f(k) as f64).powi(2)).sum::<f64>();
            let relative = (squares(&error) / squares(&|k| values[k])).sqrt();
            let limit = [0.0, 0.0, 0.0, 0.0, 0.12, 0.06, 0.03, 0.0, 0.01][usize::from(ty.layout().bits)];
            assert!(relative < limit, "{} {relative}", ty.name());
        }
    }
}
