//! Prints how fast each level multiplies the matrices of a SmolLM2-sized layer: `cargo run -p openimo-core --example linear_speed`.

use std::hint::black_box;
use std::time::Instant;

use openimo_core::backend::MatrixLoader;
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::simd::digits::Digits;
use openimo_core::simd::level::Level;
use openimo_core::simd::linear::{Input, linear};
use openimo_core::simd::lines::Arena;
use openimo_core::simd::pack::{Packed, Packer};

fn matrix(rows: u32, cols: u32, bits: u8, arena: &mut Arena) -> Packed {
    let spec = MatrixSpec { rows, cols, block: 32, bits, has_m: bits == 4, has_bias: false, nslab: 1 };
    let mut packer = Packer::new(&spec, 0, Packed::count(&spec), arena);
    let half = 1 << (bits - 1);
    for o in 0..rows {
        let q = (0..cols)
            .map(|k| ((k.wrapping_mul(31) ^ o.wrapping_mul(17)) % (2 * half) as u32) as i32 - half)
            .map(|q| q as i8)
            .collect();
        let blocks = spec.blocks();
        packer.push(&Row {
            r: 40000,
            re: 30,
            bias: None,
            d: vec![100; blocks],
            m: vec![if bits == 4 { 7 } else { 0 }; blocks],
            q,
        });
    }
    packer.finish()
}

fn main() {
    for (name, rows, cols, bits, copies) in [("layers", 3072, 576, 4, 60), ("down", 576, 1536, 4, 30), ("head", 49152, 576, 8, 1)]
    {
        let mut arena = Arena::default();
        let matrices: Vec<Packed> = (0..copies).map(|_| matrix(rows, cols, bits, &mut arena)).collect();
        for level in Level::available().into_iter().skip(1) {
            for batch in [1usize, 6, 64] {
                let x: Vec<i16> =
                    (0..batch * cols as usize).map(|i| (i * 7919 % 32769) as i16).map(|v| v.clamp(-16384, 16384)).collect();
                let e = vec![10; batch];
                let mut y = vec![0; batch * rows as usize];
                let mut best = f64::INFINITY;
                for _ in 0..if batch == 1 { 20 } else { 4 } {
                    let begin = Instant::now();
                    for w in &matrices {
                        let mut digits = Digits::default();
                        digits.split(level, &x, cols as usize, &w.layout);
                        let input = Input { x: &x, e: &e, digits: &digits };
                        linear(level, &input, w, 0..Packed::count(&w.spec), 16, &mut y, rows as usize);
                        black_box(&y);
                    }
                    best = best.min(begin.elapsed().as_secs_f64());
                }
                let macs = f64::from(rows) * f64::from(cols) * f64::from(copies) * batch as f64;
                let bytes = matrices.iter().map(|w| w.records.bytes().len()).sum::<usize>() as f64;
                println!(
                    "{name} {level:?} batch {batch}: {:.3} ms/row, {:.1} GMAC/s, {:.1} GB/s",
                    best * 1e3 / batch as f64,
                    macs / best / 1e9,
                    bytes / best / 1e9
                );
            }
        }
    }
}
