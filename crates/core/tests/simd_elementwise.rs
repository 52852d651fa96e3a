//! The vector twins of the operators between the matrix products give the bits of the reference, at every level of this machine:
//! edge values first, then random inputs of every magnitude.

use openimo_core::model::config::RopePairing;
use openimo_core::ops;
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::ops::sample::Sampler;
use openimo_core::random::Random;
use openimo_core::simd::level::Level;
use openimo_core::simd::{bfpq, head, residual, rmsnorm, rope, sample, swiglu};

const MAX: i32 = i32::MAX;
const CASES: u64 = 1000;

/// Of up to `bits` bits in magnitude, now and then an edge.
fn value(r: &mut Random, bits: u32) -> i64 {
    let top = (1i64 << bits) - 1;
    match r.below(40) {
        0 => top,
        1 => -top,
        2 => 0,
        3 => 1 << r.below(u64::from(bits)),
        4 => -(1 << r.below(u64::from(bits))),
        _ => {
            let v = (r.bits() >> 1) as i64 & top;
            if r.below(2) == 0 { v } else { -v }
        }
    }
}

fn values(r: &mut Random, n: usize, bits: u32) -> Vec<i32> {
    (0..n).map(|_| value(r, bits) as i32).collect()
}

/// A length around those of tiles and vectors.
fn length(r: &mut Random) -> usize {
    if r.below(2) == 0 { r.pick(&[1, 2, 7, 8, 15, 16, 17, 63, 64, 65, 127, 128, 129, 576]) } else { 1 + r.below(300) as usize }
}

/// Vectors of edge values of length `n`.
fn edges(n: usize) -> Vec<Vec<i32>> {
    let constants = [0, 1, -1, MAX, -MAX, 1 << 30, -(1 << 30), 1 << 14, -(1 << 14), (1 << 14) - 1, (1 << 15) - 1, 0x7fff_8000];
    let alternating = [(MAX, -MAX), (0, MAX), (1, -1), (0x4001, -0x4001), (0x18000, -0x18000), (1 << 24, -(1 << 24))];
    let mut all: Vec<Vec<i32>> = constants.iter().map(|&c| vec![c; n]).collect();
    all.extend(alternating.iter().map(|&(a, b)| (0..n).map(|i| if i % 2 == 0 { a } else { b }).collect()));
    // Halves: after a shift by s each value lies on the middle between two integers.
    for s in 1..=17 {
        let largest = (1i32 << (14 + s - 1)) | (1 << (s - 1));
        all.push((0..n as i32).map(|i| if i == 0 { largest } else { (i << s | 1 << (s - 1)) & MAX }).collect());
        all.push((0..n as i32).map(|i| if i == 0 { largest } else { -((i << s | 1 << (s - 1)) & MAX) }).collect());
    }
    // One large value among small ones, at the end.
    all.extend([MAX, -MAX, 1 << 20].map(|c| (0..n).map(|i| if i + 1 == n { c } else { i as i32 % 5 - 2 }).collect()));
    all
}

/// Edge vectors, then random ones.
fn inputs(seed: u64) -> Vec<Vec<i32>> {
    let mut r = Random::new(seed);
    let mut all: Vec<Vec<i32>> = [1, 16, 65, 576].into_iter().flat_map(edges).collect();
    for _ in 0..CASES {
        let (n, bits) = (length(&mut r), 1 + r.below(31) as u32);
        all.push(values(&mut r, n, bits));
    }
    all
}

#[test]
fn levels_begin_with_scalar_and_end_with_the_detected_one() {
    let all = Level::available();
    assert_eq!((all[0], all[all.len() - 1]), (Level::Scalar, Level::detect()));
}

#[test]
fn residual_equals_the_reference() {
    let mut r = Random::new(1);
    for x in inputs(2) {
        let bits = 1 + r.below(31) as u32;
        for y in [x.clone(), x.iter().map(|x| -x).collect(), values(&mut r, x.len(), bits)] {
            let mut expected = x.clone();
            ops::residual::residual(&mut expected, &y);
            for level in Level::available() {
                let mut got = x.clone();
                residual::residual(level, &mut got, &y);
                assert_eq!(got, expected, "{level:?} {x:?} {y:?}");
            }
        }
    }
}

#[test]
fn bfpq_equals_the_reference() {
    for v in inputs(3) {
        let wide: Vec<i64> = v.iter().map(|&v| i64::from(v)).collect();
        let mut expected = vec![0; v.len()];
        let e = ops::bfpq::bfpq(&wide, 16, &mut expected);
        for level in Level::available() {
            let mut got = vec![0; v.len()];
            assert_eq!((bfpq::bfpq_i32(level, &v, 16, &mut got), &got), (e, &expected), "{level:?} {v:?}");
            assert_eq!((bfpq::bfpq_i64(level, &wide, 16, &mut got), &got), (e, &expected), "{level:?} {v:?}");
        }
    }
}

#[test]
fn bfpq_of_64_bits_equals_the_reference() {
    let mut r = Random::new(4);
    for case in 0..CASES {
        let (n, bits) = (length(&mut r), 1 + (case % 62) as u32);
        let v: Vec<i64> = (0..n).map(|_| value(&mut r, bits)).collect();
        let mut expected = vec![0; n];
        let e = ops::bfpq::bfpq(&v, 32, &mut expected);
        for level in Level::available() {
            let mut got = vec![0; n];
            assert_eq!((bfpq::bfpq_i64(level, &v, 32, &mut got), &got), (e, &expected), "{level:?} {v:?}");
        }
    }
}

#[test]
fn rmsnorm_equals_the_reference() {
    let mut r = Random::new(5);
    for (case, x) in inputs(6).into_iter().enumerate() {
        let eps = [1, 97, (1 << 62) - 1, 1 << (case % 62)][case % 4];
        let g = match case % 5 {
            0 => vec![i16::MAX; x.len()],
            1 => vec![i16::MIN; x.len()],
            _ => (0..x.len()).map(|_| r.bits() as i16).collect(),
        };
        let norm = Norm { g, eg: (case % 40) as i16 - 20 };
        let mut expected = vec![0; x.len()];
        let e = ops::rmsnorm::rmsnorm(&x, &norm, eps, &mut expected);
        for level in Level::available() {
            let mut got = vec![0; x.len()];
            let got_e = rmsnorm::rmsnorm(level, &x, &norm, eps, &mut got);
            assert_eq!((got_e, &got), (e, &expected), "{level:?} eps {eps} {norm:?} {x:?}");
        }
    }
}

#[test]
fn rope_equals_the_reference() {
    let mut r = Random::new(7);
    let mut tables = rope::RopeTables::default();
    for (case, v) in inputs(8).into_iter().enumerate() {
        let dh = v.len().min(256) / 2 * 2;
        let v = &v[..dh];
        let inc: Vec<u32> = (0..dh / 2).map(|_| r.bits() as u32).collect();
        let pos = [0, 1, (1 << 17) - 1, r.below(1 << 17) as u32][case % 4];
        for pairing in [RopePairing::Adjacent, RopePairing::Half] {
            let mut expected = vec![0; dh];
            let e = ops::rope::rope(v, pos, &inc, pairing, 16, &mut expected);
            for level in Level::available() {
                let table = &tables.rows(pos.saturating_sub(2), 3, &inc)[pos.min(2) as usize];
                let mut got = vec![0; dh];
                let got_e = rope::rope(level, v, table, pairing, 16, &mut got);
                assert_eq!((got_e, &got), (e, &expected), "{level:?} {pairing:?} {pos} {v:?}");
            }
        }
    }
}

#[test]
fn swiglu_equals_the_reference() {
    let mut r = Random::new(9);
    for (case, g) in inputs(10).into_iter().enumerate() {
        // Half of the gates where the logistic function bends.
        let g: Vec<i32> = if case % 2 == 0 { g } else { g.iter().map(|g| g % (20 << 16)).collect() };
        for u in [g.clone(), vec![-MAX; g.len()], values(&mut r, g.len(), 1 + (case % 31) as u32)] {
            let mut expected = vec![0; g.len()];
            let e = ops::swiglu::swiglu(&g, &u, 16, &mut expected);
            for level in Level::available() {
                let mut got = vec![0; g.len()];
                assert_eq!((swiglu::swiglu(level, &g, &u, 16, &mut got), &got), (e, &expected), "{level:?} {g:?} {u:?}");
            }
        }
    }
}

#[test]
fn swiglu_equals_the_reference_around_every_bend() {
    let g: Vec<i32> = (-(1 << 15)..1 << 15).map(|i| i * 40 + i % 7).collect();
    let u = vec![1 << 12; g.len()];
    let mut expected = vec![0; g.len()];
    let e = ops::swiglu::swiglu(&g, &u, 16, &mut expected);
    for level in Level::available() {
        let mut got = vec![0; g.len()];
        assert_eq!(swiglu::swiglu(level, &g, &u, 16, &mut got), e);
        assert!(got == expected, "{level:?}");
    }
}

#[test]
fn greedy_equals_the_reference() {
    for (case, mut logits) in inputs(11).into_iter().enumerate() {
        if case % 3 == 0 {
            // Ties across blocks.
            logits = logits.iter().cycle().take(logits.len() * 5).copied().collect();
        }
        let expected = ops::head::greedy(&logits);
        for level in Level::available() {
            assert_eq!(head::greedy(level, &logits), expected, "{level:?} {logits:?}");
        }
    }
}

#[test]
fn sample_equals_the_reference() {
    let mut r = Random::new(12);
    for (case, logits) in inputs(13).into_iter().enumerate() {
        // Ordinary logits and temperatures in half of the cases.
        let ordinary = case % 2 == 0;
        let logits: Vec<i32> = if ordinary { logits.iter().map(|l| l % (15 << 16)).collect() } else { logits };
        let beta = if ordinary { 60_000 + r.below(100_000) as u32 } else { r.below(1 << 31) as u32 >> r.below(31) };
        let n = logits.len() as u64;
        let top_k = [0, 1, 1 + r.below(n) as u32, n as u32, n as u32 + 5, 40][case % 6];
        let top_p = [65536, 1, 62259, 1 + r.below(65536) as u32, 65535][case % 5];
        let sampler = Sampler { beta, top_k, top_p };
        for u in [0, u64::MAX, r.bits(), r.bits()] {
            let expected = ops::sample::sample(&logits, &sampler, u);
            for level in Level::available() {
                assert_eq!(sample::sample(level, &logits, &sampler, u), expected, "{level:?} {sampler:?} {u} {logits:?}");
            }
        }
    }
}

#[test]
fn sample_equals_the_reference_on_a_whole_vocabulary() {
    let mut r = Random::new(14);
    for case in 0..24 {
        let spread = 1 + r.below(12 << 16) as i64;
        let logits: Vec<i32> = (0..49_152).map(|_| (0..4).map(|_| r.bits() as i64 % spread).sum::<i64>() as i32).collect();
        let sampler = Sampler { beta: 94_548, top_k: [0, 50, 5000][case % 3], top_p: [65536, 58_982, 62_259, 1000][case % 4] };
        for u in [0, u64::MAX, r.bits()] {
            let expected = ops::sample::sample(&logits, &sampler, u);
            for level in Level::available() {
                assert_eq!(sample::sample(level, &logits, &sampler, u), expected, "{level:?} {sampler:?} {u}");
            }
        }
    }
}
