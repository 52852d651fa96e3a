//! Cases of the two operators that choose an id: head and sample.

use serde::{Deserialize, Serialize};

use super::OpVector;
use super::random::ints;
use super::room::Room;
use crate::ops::sample::Sampler;
use crate::random::Random;

const MAX: i32 = i32::MAX;

/// Greedy choice.
pub struct Head;

impl OpVector for Head {
    type Params = ();
    type Inputs = Vec<i32>;
    type Outputs = u32;

    fn inputs(random: &mut Random) -> Vec<(String, (), Vec<i32>)> {
        let mut cases = vec![
            ("one".to_owned(), (), vec![-MAX]),
            ("all equal: the lowest id".to_owned(), (), vec![7; 40]),
            ("the largest twice: the lower id".to_owned(), (), vec![-3, 5, MAX, 0, MAX, 1]),
            ("all at the lower end".to_owned(), (), vec![-MAX; 33]),
            ("the largest last".to_owned(), (), (0..600).collect()),
            ("the largest first".to_owned(), (), (0..600).rev().collect()),
        ];
        for n in [2, 9, 16, 17, 511, 512, 513, 1030] {
            // Few values, so that ties are common.
            cases.push((format!("random with ties, {n}"), (), (0..n).map(|_| random.range(-9, 9) as i32).collect()));
            cases.push((format!("random, {n}"), (), ints(random, n, 31)));
        }
        cases
    }

    fn run(room: &mut dyn Room, (): &(), logits: &Vec<i32>) -> u32 {
        room.head(logits)
    }
}

/// Seeded choice.
pub struct Sample;

/// The logits and the draw.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleInputs {
    logits: Vec<i32>,
    /// `U` in decimal: it may be beyond 2^53.
    u: String,
}

impl OpVector for Sample {
    type Params = Sampler;
    type Inputs = SampleInputs;
    type Outputs = u32;

    fn inputs(random: &mut Random) -> Vec<(String, Sampler, SampleInputs)> {
        let mut cases = Vec::new();
        let mut push = |name: String, sampler: (u32, u32, u32), logits: &[i32], u: u64| {
            let (beta, top_k, top_p) = sampler;
            debug_assert!(Sampler { beta, top_k, top_p }.is_valid());
            cases.push((name, Sampler { beta, top_k, top_p }, SampleInputs { logits: logits.to_vec(), u: u.to_string() }));
        };
        // round(2^16·log2(e)) is temperature 1.
        let one = 94_548;
        let (ends, off) = ([0, 1, 1 << 63, u64::MAX], 65_536);
        let flat = vec![5; 20];
        let steps: Vec<i32> = (0..40).map(|i| -i * 9_000).collect();
        let far = [MAX, -MAX, 0, MAX - 1, -MAX];
        for u in ends {
            push(format!("all equal, u = {u}"), (one, 0, off), &flat, u);
            push(format!("greedy whatever the draw, u = {u}"), (0, 0, off), &steps, u);
            push(format!("one logit, u = {u}"), (one, 1, 1), &[-7], u);
            push(format!("as far apart as can be, u = {u}"), ((1 << 31) - 1, 0, off), &far, u);
            push(format!("smallest beta, u = {u}"), (1, 0, off), &far, u);
            push(format!("top 1, u = {u}"), (one, 1, off), &steps, u);
            push(format!("smallest mass, u = {u}"), (one, 0, 1), &steps, u);
            push(format!("ties at the threshold are kept, u = {u}"), (one, 3, off), &flat, u);
            push(format!("ties at the mass threshold are kept, u = {u}"), (one, 0, 20_000), &[9, 9, 9, 1, 1, 9], u);
            push(format!("k beyond the vocabulary, u = {u}"), (one, 1000, off), &steps, u);
        }
        for n in [3, 8, 17, 64, 300, 1030] {
            for sampler in [(one, 0, off), (118_185, 40, off), (one, 0, 58_982), (67_534, 50, 62_259), (945_484, 7, 30_000)] {
                let logits: Vec<i32> = (0..n).map(|_| random.range(-900_000, 900_000) as i32).collect();
                let u = random.bits();
                push(format!("random, {n}"), sampler, &logits, u);
            }
        }
        cases
    }

    fn run(room: &mut dyn Room, sampler: &Sampler, inputs: &SampleInputs) -> u32 {
        room.sample(&inputs.logits, sampler, inputs.u.parse().expect("a decimal number"))
    }
}
