//! Every kernel of linear gives the reference's bits: all encodings, block sizes, slabs, batch sizes, ranges of rows; edges first.

use openimo_core::backend::MatrixLoader;
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops;
use openimo_core::random::Random;
use openimo_core::simd::digits::Digits;
use openimo_core::simd::exchange::share;
use openimo_core::simd::level::Level;
use openimo_core::simd::linear::{Input, linear};
use openimo_core::simd::lines::Arena;
use openimo_core::simd::pack::{Packed, Packer};

/// A valid row: `extreme` rows sit at the L1 bound with every q at an end of its range.
fn row(spec: &MatrixSpec, random: &mut Random, extreme: bool) -> Row {
    let half = 1i64 << (spec.bits - 1);
    let q = (0..spec.cols)
        .map(|_| if extreme { [-half, half - 1][random.bits() as usize % 2] } else { random.range(-half, half - 1) } as i8)
        .collect();
    let mut row = Row {
        r: if random.bits().is_multiple_of(16) { 0 } else { random.range(1 << 15, (1 << 16) - 1) as u16 },
        re: random.range(8, 50) as i16,
        bias: spec.has_bias.then(|| random.range(-i64::from(i32::MAX), i64::from(i32::MAX)) as i32),
        d: (0..spec.blocks())
            .map(|_| if extreme { [-4095, 4095][random.bits() as usize % 2] } else { random.range(-4095, 4095) as i16 })
            .collect(),
        m: vec![0; spec.blocks()],
        q,
    };
    if spec.has_m {
        row.m = (0..spec.blocks()).map(|_| random.range(-32767, 32767) as i16).collect();
    }
    while row.validate(spec).is_err() {
        for v in row.d.iter_mut().chain(&mut row.m) {
            *v = (i32::from(*v) * 7 / 8) as i16;
        }
    }
    row
}

fn activations(n: usize, random: &mut Random, extreme: bool) -> Vec<i16> {
    (0..n)
        .map(
            |_| {
                if extreme { [-(1 << 14), 1 << 14][random.bits() as usize % 2] } else { random.range(-(1 << 14), 1 << 14) as i16 }
            },
        )
        .collect()
}

fn check(spec: &MatrixSpec, batch: usize, seed: u64, extreme: bool) {
    let mut random = Random::new(seed);
    let rows: Vec<Row> = (0..spec.rows).map(|_| row(spec, &mut random, extreme)).collect();
    let x = activations(batch * spec.cols as usize, &mut random, extreme);
    let e: Vec<i32> = (0..batch).map(|_| random.range(-4, 20) as i32).collect();
    let fo = 16;
    let n = spec.rows as usize;
    let mut expected = vec![0i32; batch * n];
    for (t, x) in x.chunks(spec.cols as usize).enumerate() {
        for (o, row) in rows.iter().enumerate() {
            expected[t * n + o] = ops::linear::finish(ops::linear::dot(row, x), row, e[t], fo);
        }
    }
    let pack = |first: usize, end: usize| -> Packed {
        let mut packer = Packer::new(spec, first, end, &mut Arena::default());
        rows.iter().for_each(|row| packer.push(row));
        packer.finish()
    };
    let count = Packed::count(spec);
    for level in Level::available() {
        for ranks in [1, 2] {
            let mut found = vec![0i32; batch * n];
            for rank in 0..ranks {
                let part = share(count, rank, ranks);
                for packed in [pack(0, count), pack(part.start, part.end)] {
                    let mut digits = Digits::default();
                    digits.split(level, &x, spec.cols as usize, &packed.layout);
                    let input = Input { x: &x, e: &e, digits: &digits };
                    linear(level, &input, &packed, part.clone(), fo, &mut found, n);
                }
            }
            assert_eq!(found, expected, "{level:?}, {ranks} ranks, {spec:?}, batch {batch}, seed {seed}");
        }
    }
    let packed = pack(0, count);
    let mut w = vec![0; spec.cols as usize];
    for (o, row) in rows.iter().enumerate() {
        assert_eq!(packed.unpack_row(o, &mut w), (i32::from(row.r), i32::from(row.re)));
        assert!(w.iter().enumerate().all(|(k, &w)| w == row.weight(k)));
    }
}

#[test]
fn every_encoding_edges_first() {
    let mut seed = 1;
    for extreme in [true, false] {
        for (bits, block) in [(4, 32), (5, 32), (6, 16), (6, 32), (8, 32), (4, 16), (8, 16)] {
            for (has_m, has_bias) in [(false, false), (true, false), (true, true)] {
                for (rows, cols, nslab) in
                    [(1, 32, 1), (16, 64, 1), (17, 96, 1), (40, 160, 1), (33, 256, 2), (16, 192, 2), (20, 512, 16)]
                {
                    for batch in [1, 2, 3, 5, 7, 13] {
                        let spec = MatrixSpec { rows, cols, block, bits, has_m, has_bias, nslab };
                        spec.validate().expect("a valid shape");
                        check(&spec, batch, seed, extreme);
                        seed += 1;
                    }
                }
            }
        }
    }
    assert!(seed > 1000, "{seed} cases");
}

#[test]
fn long_rows_at_the_bound() {
    for (bits, nslab) in [(4, 1), (8, 16), (8, 4)] {
        let spec = MatrixSpec { rows: 18, cols: 28672, block: 32, bits, has_m: bits == 4, has_bias: false, nslab };
        check(&spec, 2, 77, true);
    }
}
