//! Cases of the operators on vectors: residual, rmsnorm, rope, swiglu, bfpq.

use serde::{Deserialize, Serialize};

use super::OpVector;
use super::random::{ints, sized};
use super::room::{Quantised, Room};
use crate::model::config::RopePairing;
use crate::ops::F;
use crate::ops::rmsnorm::Norm;
use crate::random::Random;

/// Lengths around the widths of vector registers.
const LENGTHS: [usize; 12] = [1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 130];
const MAX: i32 = i32::MAX;

/// Sum of two vectors.
pub struct Residual;

/// The two.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidualInputs {
    x: Vec<i32>,
    y: Vec<i32>,
}

impl OpVector for Residual {
    type Params = ();
    type Inputs = ResidualInputs;
    type Outputs = Vec<i32>;

    fn inputs(random: &mut Random) -> Vec<(String, (), ResidualInputs)> {
        let ends = [0, 1, -1, MAX, -MAX, MAX - 1, 1 - MAX, 1 << 30, -(1 << 30)];
        let (x, y) = ends.iter().flat_map(|&x| ends.iter().map(move |&y| (x, y))).unzip();
        let mut cases = vec![("every pair of ends".to_owned(), (), ResidualInputs { x, y })];
        for n in LENGTHS {
            let inputs = ResidualInputs { x: ints(random, n, 32), y: ints(random, n, 32) };
            cases.push((format!("random, {n}"), (), inputs));
        }
        cases
    }

    fn run(room: &mut dyn Room, (): &(), inputs: &ResidualInputs) -> Vec<i32> {
        room.residual(&inputs.x, &inputs.y)
    }
}

/// Normalised vector.
pub struct Rmsnorm;

/// The norm's constants.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsnormParams {
    /// Exponent of `g`.
    eg: i16,
    /// EPS, in decimal: it may be beyond 2^53.
    eps: String,
}

/// The vector and its weights.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsnormInputs {
    x: Vec<i32>,
    g: Vec<i16>,
}

impl OpVector for Rmsnorm {
    type Params = RmsnormParams;
    type Inputs = RmsnormInputs;
    type Outputs = Quantised;

    fn inputs(random: &mut Random) -> Vec<(String, RmsnormParams, RmsnormInputs)> {
        let mut cases = Vec::new();
        let mut push = |name: String, x: Vec<i32>, g: Vec<i16>, eg: i16, eps: u64| {
            cases.push((name, RmsnormParams { eg, eps: eps.to_string() }, RmsnormInputs { x, g }));
        };
        push("zeros".into(), vec![0; 5], vec![32767; 5], 10, 1);
        push("zeros, large EPS".into(), vec![0; 5], vec![-32768; 5], 10, (1 << 62) - 1);
        push("one, EPS 1".into(), vec![1], vec![1], 0, 1);
        push("largest values".into(), vec![MAX, -MAX, MAX, MAX], vec![32767, 32767, -32768, 1], -3, 1);
        push("largest values, large EPS".into(), vec![-MAX; 20], vec![32767; 20], 11, (1 << 62) - 1);
        push("rounds up to 2^24".into(), vec![(1 << 25) - 1, 1, -((1 << 25) - 1)], vec![1000; 3], 9, 7);
        push("largest r".into(), vec![1 << 23, 0, -1], vec![-32768, 32767, -32768], 9, 1);
        push("smallest r".into(), vec![(1 << 24) - 1, 46_340, 3], vec![32767; 3], 9, 1);
        push("zero weights".into(), ints(random, 17, 20), vec![0; 17], 9, 23_592);
        for (i, n) in LENGTHS.into_iter().chain([576, 200]).enumerate() {
            let g = (0..n).map(|_| random.range(-32767, 32767) as i16).collect();
            let (bits, eps) = (random.range(1, 31) as u32, 1u64 << random.range(0, 61));
            push(format!("random {i}, {n}"), ints(random, n, bits), g, random.range(-4, 20) as i16, eps);
        }
        cases
    }

    fn run(room: &mut dyn Room, params: &RmsnormParams, inputs: &RmsnormInputs) -> Quantised {
        let norm = Norm { g: inputs.g.clone(), eg: params.eg };
        room.rmsnorm(&inputs.x, &norm, params.eps.parse().expect("a decimal number"))
    }
}

/// Rotated head.
pub struct Rope;

/// Position and layout.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RopeParams {
    pos: u32,
    pairing: RopePairing,
    f: i32,
}

/// The head and its increments.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RopeInputs {
    v: Vec<i32>,
    inc: Vec<u32>,
}

impl OpVector for Rope {
    type Params = RopeParams;
    type Inputs = RopeInputs;
    type Outputs = Quantised;

    fn inputs(random: &mut Random) -> Vec<(String, RopeParams, RopeInputs)> {
        let mut cases = Vec::new();
        let last = (1 << 17) - 1;
        let quarter_turns = [0, 1 << 30, 1 << 31, 3 << 30, 1 << 22, (1 << 22) - 1, u32::MAX, 1];
        for pairing in [RopePairing::Adjacent, RopePairing::Half] {
            let mut push = |name: String, pos: u32, v: Vec<i32>, inc: Vec<u32>| {
                cases.push((format!("{name}, {pairing:?}"), RopeParams { pos, pairing, f: F }, RopeInputs { v, inc }));
            };
            for (pos, value) in [(0, 5), (1, MAX), (1, -MAX), (2, MAX), (last, 1 << 20)] {
                push(format!("turns by quarters, position {pos}, {value}"), pos, vec![value; 16], quarter_turns.to_vec());
            }
            push("zeros".into(), 3, vec![0; 8], quarter_turns[..4].to_vec());
            for pairs in [1, 2, 4, 5, 8, 16, 24, 32, 48, 64, 128] {
                let inc = (0..pairs).map(|_| random.bits() as u32).collect();
                let (pos, bits) = (random.range(0, i64::from(last)) as u32, random.range(1, 31) as u32);
                push(format!("random, {pairs} pairs"), pos, ints(random, 2 * pairs, bits), inc);
            }
        }
        cases
    }

    fn run(room: &mut dyn Room, params: &RopeParams, inputs: &RopeInputs) -> Quantised {
        room.rope(&inputs.v, params.pos, &inputs.inc, params.pairing, params.f)
    }
}

/// Gated vector.
pub struct Swiglu;

/// Gate and up projection.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwigluInputs {
    g: Vec<i32>,
    u: Vec<i32>,
}

impl OpVector for Swiglu {
    type Params = i32;
    type Inputs = SwigluInputs;
    type Outputs = Quantised;

    fn inputs(random: &mut Random) -> Vec<(String, i32, SwigluInputs)> {
        let ends = [0, 1, -1, 32_768, -32_768, 65_536, -65_536, 1 << 20, -(1 << 20), MAX, -MAX];
        let mut cases = Vec::new();
        for &g in &ends {
            let inputs = SwigluInputs { g: vec![g; ends.len()], u: ends.to_vec() };
            cases.push((format!("gate {g} against every end"), F, inputs));
        }
        for shift in [1, 8, 16, 20] {
            // The largest product is small, so that no element is rounded away.
            let inputs = SwigluInputs { g: (-40..40).map(|i| i << shift).collect(), u: ints(random, 80, 12) };
            cases.push((format!("gates in steps of 2^{shift}"), F, inputs));
        }
        for n in LENGTHS {
            let (bits_g, bits_u) = (random.range(1, 31) as u32, random.range(1, 31) as u32);
            let inputs = SwigluInputs { g: ints(random, n, bits_g), u: ints(random, n, bits_u) };
            cases.push((format!("random, {n}"), F, inputs));
        }
        cases
    }

    fn run(room: &mut dyn Room, f: &i32, inputs: &SwigluInputs) -> Quantised {
        room.swiglu(&inputs.g, &inputs.u, *f)
    }
}

/// Quantised vector.
pub struct Bfpq;

impl OpVector for Bfpq {
    type Params = i32;
    /// In decimal: they may be beyond 2^53.
    type Inputs = Vec<String>;
    type Outputs = Quantised;

    fn inputs(random: &mut Random) -> Vec<(String, i32, Vec<String>)> {
        let mut cases = Vec::new();
        let mut push = |name: String, fv: i32, v: &[i64]| {
            cases.push((name, fv, v.iter().map(i64::to_string).collect()));
        };
        push("zeros".into(), 16, &[0; 9]);
        for bits in [1u32, 13, 14, 15, 16, 30, 31, 32, 33, 47, 61, 62] {
            let top = (1i64 << bits) - 1;
            let half = 1i64 << bits.saturating_sub(15);
            push(format!("ends and halves at 2^{bits}"), 16, &[top, -top, top - half, half, -half, 3 * half / 2, 1, -1, 0]);
        }
        for n in LENGTHS {
            let bits = random.range(1, 62) as u32;
            let v: Vec<i64> = (0..n).map(|_| sized(random, bits)).collect();
            push(format!("random, {n}"), random.range(-20, 60) as i32, &v);
        }
        cases
    }

    fn run(room: &mut dyn Room, fv: &i32, inputs: &Vec<String>) -> Quantised {
        let v: Vec<i64> = inputs.iter().map(|v| v.parse().expect("a decimal number")).collect();
        room.bfpq(&v, *fv)
    }
}
