//! Times the vector twins of the operators between the matrix products, at the sizes of SmolLM2-135M, at every level of this machine:
//! `cargo run -p openimo-core --example elementwise_speed`.

use std::hint::black_box;
use std::time::Instant;

use openimo_core::backend::AttentionParams;
use openimo_core::model::config::{Config, RopePairing};
use openimo_core::ops::rmsnorm::Norm;
use openimo_core::ops::sample::Sampler;
use openimo_core::simd::attention::{Queries, Scratch, attend};
use openimo_core::simd::kv_cache::{KvCache, NewRows};
use openimo_core::simd::level::Level;
use openimo_core::simd::{bfpq, head, residual, rmsnorm, rope, sample, swiglu};

/// Best of a few runs of `repeat` calls, in ns a call.
fn time(repeat: u32, mut f: impl FnMut()) -> f64 {
    (0..25)
        .map(|_| {
            let start = Instant::now();
            (0..repeat).for_each(|_| f());
            start.elapsed().as_secs_f64() * 1e9 / f64::from(repeat)
        })
        .fold(f64::MAX, f64::min)
}

fn values(n: usize, bits: u32, seed: u64) -> Vec<i32> {
    let mut state = seed;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as i32) >> (31 - bits)
        })
        .map(|v| v - (1 << (bits - 1)))
        .collect()
}

/// Attention of one layer for the last `t` of `n` positions; keys and values as a model's: the largest element uses all bits.
fn attention(level: Level, n: usize, t: usize) -> f64 {
    let (heads, kv, dh) = (9, 3, 64);
    let config = Config {
        d_model: 576,
        n_layers: 30,
        n_heads: 9,
        n_kv_heads: 3,
        head_dim: 64,
        d_ff: 1536,
        vocab: 49_152,
        context: 8192,
        tied: true,
        fres: 12,
        eps: 97,
        rope_inc: vec![0; 32],
        rope_pairing: RopePairing::Adjacent,
        score_c: 47_274,
        score_ce: 18,
        sliding_window: None,
        image: None,
    };
    // Bell-shaped, as heads are.
    let head = |seed: u64| {
        let mut sum = vec![0i16; n * kv * dh];
        for part in 0..4u64 {
            sum.iter_mut().zip(values(n * kv * dh, 13, 4 * seed + part)).for_each(|(s, v)| *s += v as i16);
        }
        sum
    };
    let (k, v, q) = (head(1), head(2), head(3));
    let e = vec![13; n * kv];
    let mut cache = KvCache::new(0..kv, dh);
    cache.append(NewRows { k: &k, ek: &e, v: &v, ev: &e }, 0..kv);
    let q: Vec<i16> = q.iter().cycle().take(t * heads * dh).copied().collect();
    let e = vec![12; t * heads];
    let params = AttentionParams { pos0: (n - t) as u32, config: &config, scale: config.score_scale() };
    let queries = Queries { q: &q, e: &e, row_heads: 0..heads, heads: 0..heads };
    let (mut scratch, mut out) = (Scratch::default(), vec![0; q.len()]);
    time(if t == 1 { 20 } else { 1 }, || attend(level, black_box(&queries), &cache, &params, 16, &mut scratch, &mut out))
}

fn main() {
    let (d, dh, ff, vocab, layers) = (576, 64, 1536, 49_152, 30);
    let (x, y) = (values(d, 16, 1), values(d, 14, 2));
    let (g, u) = (values(ff, 19, 3), values(ff, 18, 4));
    let logits: Vec<i32> = values(vocab, 19, 5).iter().zip(values(vocab, 19, 6)).map(|(a, b)| a + b).collect();
    let norm = Norm { g: values(d, 16, 7).into_iter().map(|g| g as i16).collect(), eg: 10 };
    let inc = vec![1 << 20; dh / 2];
    let table = rope::rope_table(77, &inc);
    let sampler = |top_k, top_p| Sampler { beta: 94_548, top_k, top_p };
    for level in Level::available() {
        let mut total = 0.0;
        let mut line = |name: &str, calls: usize, ns: f64| {
            total += ns * calls as f64;
            println!(
                "{:8} {name:22} {ns:10.0} ns x {calls:4} a vocabulary entry = {:8.1} us",
                level.name(),
                ns * calls as f64 / 1e3
            );
        };
        let mut out = vec![0i16; ff];
        let mut sum = x.clone();
        line("residual", 2 * layers, time(2000, || residual::residual(level, black_box(&mut sum), &y)));
        line(
            "rmsnorm",
            2 * layers + 1,
            time(2000, || {
                black_box(rmsnorm::rmsnorm(level, black_box(&x), &norm, 97, &mut out[..d]));
            }),
        );
        line(
            "rope",
            12 * layers,
            time(2000, || {
                black_box(rope::rope(level, black_box(&g[..dh]), &table, RopePairing::Adjacent, 16, &mut out[..dh]));
            }),
        );
        line(
            "bfpq v",
            3 * layers,
            time(2000, || {
                black_box(bfpq::bfpq_i32(level, black_box(&g[..dh]), 16, &mut out[..dh]));
            }),
        );
        line(
            "bfpq attended",
            layers,
            time(2000, || {
                black_box(bfpq::bfpq_i32(level, black_box(&x), 16, &mut out[..d]));
            }),
        );
        line(
            "swiglu",
            layers,
            time(500, || {
                black_box(swiglu::swiglu(level, black_box(&g), &u, 16, &mut out));
            }),
        );
        line(
            "greedy",
            1,
            time(50, || {
                black_box(head::greedy(level, black_box(&logits)));
            }),
        );
        line("attention, 256 seen", layers, attention(level, 256, 1));
        println!("{:8} sum {:.1} us", level.name(), total / 1e3);
        println!("{:8} attention of 512: {:.1} us", level.name(), attention(level, 512, 1) * layers as f64 / 1e3);
        let batch = attention(level, 256, 64) * layers as f64 / 64e3;
        println!("{:8} attention of 256 in a batch of 64: {batch:.1} us", level.name());
        for (top_k, top_p) in [(0, 65536), (50, 65536), (0, 58_982), (50, 58_982)] {
            let ns = time(10, || {
                black_box(sample::sample(level, black_box(&logits), &sampler(top_k, top_p), 1 << 62));
            });
            println!("{:8} sample k {top_k} p {top_p}: {:.1} us", level.name(), ns / 1e3);
        }
    }
}
