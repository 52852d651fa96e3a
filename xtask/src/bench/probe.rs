//! What the machine can do at most: reading memory, and int8 dot products.

use std::hint::black_box;

use openimo_core::simd::level::Level;
use openimo_core::simd::probe::{self, DOTS_A_ROUND};
use serde_json::json;

use super::{figure, median, seconds};

/// Bytes read by the memory probe: more than any cache holds.
const BYTES: usize = 256 << 20;
const ROUNDS: u64 = 4_000_000;

/// The roof over a number of threads.
#[derive(Clone, Copy)]
pub struct Roof {
    /// Bytes read a second.
    pub bandwidth: f64,
    /// Multiplications of int8 pairs, with their additions, a second.
    pub dots: f64,
}

/// Measure both and print them.
pub fn run(level: Level, threads: usize) -> Roof {
    let memory: Vec<u64> = (0..BYTES as u64 / 8).collect();
    let read = || {
        std::thread::scope(|scope| {
            for part in memory.chunks(memory.len().div_ceil(threads)) {
                scope.spawn(move || black_box(sum(part)));
            }
        });
    };
    let dots = || {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(move || black_box(probe::int8_dots(level, black_box(ROUNDS))));
            }
        });
    };
    let bandwidth = BYTES as f64 / median(7, || seconds(read));
    let dots = (threads as u64 * ROUNDS * DOTS_A_ROUND) as f64 / median(7, || seconds(dots));
    figure("probe.memory_read", bandwidth / 1e9, "GB/s", json!({"threads": threads, "MiB": BYTES >> 20}));
    figure("probe.int8_dot", dots / 1e9, "G multiply-adds/s", json!({"threads": threads, "level": level.name()}));
    Roof { bandwidth, dots }
}

/// Sixteen sums at once, so that the additions do not wait for each other.
fn sum(values: &[u64]) -> u64 {
    let mut sums = [0u64; 16];
    for chunk in values.chunks_exact(16) {
        for (sum, &v) in sums.iter_mut().zip(chunk) {
            *sum = sum.wrapping_add(v);
        }
    }
    sums.iter().fold(0, |a, &b| a.wrapping_add(b))
}
