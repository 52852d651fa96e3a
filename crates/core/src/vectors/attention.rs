//! Cases of attention: one head over its visible positions.

use serde::{Deserialize, Serialize};

use super::OpVector;
use super::random::activations;
use super::room::Room;
use crate::ops::F;
use crate::ops::attention::{ScoreScale, Visible};
use crate::random::Random;

/// One head's mean of the visible values.
pub struct Attention;

/// The scale from score to base-2 logit, and the output's format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    c: u32,
    ce: i32,
    f: i32,
}

/// The query, and keys and values of the visible positions, oldest first.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    q: Vec<i16>,
    eq: i32,
    /// `[n, dh]`
    k: Vec<i16>,
    ek: Vec<i32>,
    /// `[n, dh]`
    v: Vec<i16>,
    ev: Vec<i32>,
}

/// log2(e)/√64, the test model's.
const SCALE: ScoreScale = ScoreScale { c: 47_274, ce: 18 };

impl OpVector for Attention {
    type Params = Params;
    type Inputs = Inputs;
    type Outputs = Vec<i32>;

    fn inputs(random: &mut Random) -> Vec<(String, Params, Inputs)> {
        let mut cases = Vec::new();
        let mut push = |name: &str, scale: ScoreScale, inputs: Inputs| {
            cases.push((name.to_owned(), Params { c: scale.c, ce: scale.ce, f: F }, inputs));
        };
        // Exponents stay where a rotated head (-3..=31) and a value (-1..=16) can have them.
        let constant = |n: usize, dh: usize, q: i16, k: i16, v: i16, e: i32, ev: i32| Inputs {
            q: vec![q; dh],
            eq: e,
            k: vec![k; n * dh],
            ek: vec![e; n],
            v: vec![v; n * dh],
            ev: vec![ev; n],
        };
        let (top, steepest) = (1 << 14, ScoreScale { c: 65_535, ce: 0 });
        push("zeros", SCALE, constant(3, 8, 0, 0, 0, 14, 14));
        push("one position", SCALE, constant(1, 8, 77, -5, top, 14, 14));
        push("equal scores", SCALE, constant(7, 16, 100, 100, -top, 12, 12));
        push("scores saturate upwards", steepest, constant(5, 256, top, top, 9, -3, 14));
        push("scores saturate downwards", steepest, constant(5, 256, top, -top, 9, -3, 14));
        push("outputs saturate upwards", SCALE, constant(4, 8, 1, 1, top, 14, -1));
        push("outputs saturate downwards", SCALE, constant(4, 8, 1, 1, -top, 14, -1));
        push("scores vanish", SCALE, constant(4, 8, top, top, top, 31, 16));
        push("flattest scale", ScoreScale { c: 32_768, ce: 62 }, constant(4, 8, top, top, top, 0, 0));

        // One position takes everything: all others are weighted 0.
        let mut one = constant(9, 8, top, 0, 333, 6, 6);
        one.k[4 * 8..5 * 8].fill(top);
        one.v[4 * 8..5 * 8].fill(-1234);
        push("one score above all", SCALE, one);

        let mut spread = constant(12, 16, 500, 500, top, 10, 0);
        spread.ev = vec![10, 11, 16, 0, -1, 15, 10, 9, 1, 2, 3, 16];
        push("exponents of the values far apart", SCALE, spread);

        for (n, dh) in
            [(1, 2), (2, 64), (3, 64), (5, 80), (8, 128), (15, 32), (16, 64), (17, 64), (33, 96), (64, 64), (65, 64), (130, 32)]
        {
            let inputs = Inputs {
                q: activations(random, dh),
                eq: random.range(8, 14) as i32,
                k: activations(random, n * dh),
                ek: (0..n).map(|_| random.range(8, 14) as i32).collect(),
                v: activations(random, n * dh),
                ev: (0..n).map(|_| random.range(8, 16) as i32).collect(),
            };
            push(&format!("random, {n} positions of {dh}"), SCALE, inputs);
        }
        cases
    }

    fn run(room: &mut dyn Room, params: &Params, inputs: &Inputs) -> Vec<i32> {
        let seen = Visible { k: &inputs.k, ek: &inputs.ek, v: &inputs.v, ev: &inputs.ev };
        room.attention(&inputs.q, inputs.eq, &seen, ScoreScale { c: params.c, ce: params.ce }, params.f)
    }
}
