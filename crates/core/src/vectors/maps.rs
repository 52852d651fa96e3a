//! Cases of the operators on maps: conv2d, silu, upsample, pixel.

use serde::{Deserialize, Serialize};

use super::OpVector;
use super::random::{activations, ints};
use super::room::{Quantised, Room};
use super::weights::{StoredRow, extreme_row, random_rows, spec};
use crate::model::matrix::{MatrixSpec, Row};
use crate::ops::F;
use crate::ops::conv2d::MapShape;
use crate::random::Random;

/// A map's shape as it is stored in a case: `[height, width, channels]`.
type Shape = (usize, usize, usize);

fn shape((height, width, channels): Shape) -> MapShape {
    MapShape { height, width, channels }
}

/// Maps at the edges: one place, one line, one column, and such with an inside.
const SHAPES: [(usize, usize); 7] = [(1, 1), (1, 5), (4, 1), (2, 2), (3, 3), (4, 7), (6, 5)];

/// Convolved map.
pub struct Conv2d;

/// Shapes and output format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2dParams {
    map: Shape,
    matrix: MatrixSpec,
    /// Fraction bits of the output.
    fo: i32,
}

/// A matrix, and the map with its exponent.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2dInputs {
    rows: Vec<StoredRow>,
    x: Quantised,
}

impl OpVector for Conv2d {
    type Params = Conv2dParams;
    type Inputs = Conv2dInputs;
    type Outputs = Vec<i32>;

    fn inputs(random: &mut Random) -> Vec<(String, Conv2dParams, Conv2dInputs)> {
        let mut cases = Vec::new();
        let mut push = |name: String, map: Shape, matrix: MatrixSpec, rows: Vec<Row>, x: Quantised| {
            debug_assert!(rows.iter().all(|row| row.validate(&matrix).is_ok()));
            let rows = rows.into_iter().map(StoredRow::of).collect();
            cases.push((name, Conv2dParams { map, matrix, fo: F }, Conv2dInputs { rows, x }));
        };
        for sign in [1, -1] {
            let row = extreme_row(288, sign, 65535, 30);
            let matrix = spec(1, 288, 32, 8, false, false, 1);
            push(format!("largest products, sign {sign}"), (2, 2, 32), matrix, vec![row], (vec![1 << 14; 128], 14));
        }
        for (height, width) in SHAPES {
            for (channels, matrix) in [
                (32, spec(3, 288, 32, 8, false, true, 1)),
                (16, spec(5, 144, 16, 6, true, false, 1)),
                (32, spec(17, 288, 32, 4, true, true, 1)),
            ] {
                let x = activations(random, height * width * channels);
                let name = format!("{height} by {width} of {channels}, {} bits", matrix.bits);
                let rows = random_rows(&matrix, random);
                push(name, (height, width, channels), matrix, rows, (x, random.range(0, 16) as i32));
            }
        }
        cases
    }

    fn run(room: &mut dyn Room, params: &Conv2dParams, inputs: &Conv2dInputs) -> Vec<i32> {
        let rows: Vec<Row> = inputs.rows.iter().map(StoredRow::row).collect();
        room.conv2d(&params.matrix, &rows, &inputs.x, shape(params.map), params.fo)
    }
}

/// SiLU of each value.
pub struct Silu;

impl OpVector for Silu {
    type Params = ();
    type Inputs = Vec<i32>;
    type Outputs = Vec<i32>;

    fn inputs(random: &mut Random) -> Vec<(String, (), Vec<i32>)> {
        let mut cases: Vec<(String, (), Vec<i32>)> =
            vec![("ends".into(), (), vec![0, 1, -1, 1 << 19, -(1 << 19), i32::MAX, -i32::MAX])];
        for n in [1, 2, 3, 15, 16, 31, 63, 64, 65, 127, 200] {
            cases.push((format!("random, {n}"), (), ints(random, n, 22)));
        }
        cases
    }

    fn run(room: &mut dyn Room, (): &(), inputs: &Vec<i32>) -> Vec<i32> {
        room.silu(inputs)
    }
}

/// Doubled map.
pub struct Upsample;

impl OpVector for Upsample {
    type Params = Shape;
    type Inputs = Vec<i16>;
    type Outputs = Vec<i16>;

    fn inputs(random: &mut Random) -> Vec<(String, Shape, Vec<i16>)> {
        let case = |(height, width): (usize, usize), channels: usize, random: &mut Random| {
            let x = activations(random, height * width * channels);
            (format!("{height} by {width} of {channels}"), (height, width, channels), x)
        };
        SHAPES.iter().flat_map(|&shape| [1, 4, 16].map(|channels| case(shape, channels, random))).collect()
    }

    fn run(room: &mut dyn Room, params: &Shape, inputs: &Vec<i16>) -> Vec<i16> {
        room.upsample(inputs, shape(*params))
    }
}

/// Bytes of colour.
pub struct Pixel;

impl OpVector for Pixel {
    type Params = ();
    type Inputs = Vec<i32>;
    type Outputs = Vec<u32>;

    fn inputs(random: &mut Random) -> Vec<(String, (), Vec<i32>)> {
        // Where the byte changes: 255 thresholds, from both sides.
        let threshold = |p: i64| ((2 * p - 1) * (1 << 16) + 254) / 255 - (1 << 16);
        let steps = (1..=255).flat_map(|p| [threshold(p) as i32 - 1, threshold(p) as i32]).collect();
        let mut cases = vec![
            ("ends".into(), (), vec![0, 1, -1, 65535, 65536, 65537, -65535, -65536, -65537, i32::MAX, -i32::MAX]),
            ("every step".into(), (), steps),
        ];
        cases.extend([1, 2, 3, 7, 16, 33, 64, 100].map(|n| (format!("random, {n}"), (), ints(random, n, 18))));
        cases
    }

    fn run(room: &mut dyn Room, (): &(), inputs: &Vec<i32>) -> Vec<u32> {
        room.pixel(inputs)
    }
}
