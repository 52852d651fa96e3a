//! Cases of the two operators that read a weight matrix: embedding and linear.

use serde::{Deserialize, Serialize};

use super::OpVector;
use super::random::activations;
use super::room::{Quantised, Room};
use crate::model::matrix::{MatrixSpec, Row};
use crate::model::testing::random_row;
use crate::ops::{F, L1_MAX};
use crate::random::Random;

/// A row as it is stored in a case.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredRow {
    r: u16,
    re: i16,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    bias: Option<i32>,
    d: Vec<i16>,
    m: Vec<i16>,
    q: Vec<i8>,
}

impl StoredRow {
    /// As it is loaded.
    pub(super) fn row(&self) -> Row {
        Row { r: self.r, re: self.re, bias: self.bias, d: self.d.clone(), m: self.m.clone(), q: self.q.clone() }
    }

    /// As it is stored.
    pub(super) fn of(row: Row) -> Self {
        Self { r: row.r, re: row.re, bias: row.bias, d: row.d, m: row.m, q: row.q }
    }
}

/// Shape and output format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    matrix: MatrixSpec,
    /// Fraction bits of the output.
    fo: i32,
}

pub(super) fn spec(rows: u32, cols: u32, block: u8, bits: u8, has_m: bool, has_bias: bool, nslab: u8) -> MatrixSpec {
    MatrixSpec { rows, cols, block, bits, has_m, has_bias, nslab }
}

/// Every encoding: what GGUF's block types and plain 8-bit rows become, small and with odd row counts.
fn encodings() -> Vec<(&'static str, MatrixSpec)> {
    vec![
        ("4 bits with offsets", spec(5, 96, 32, 4, true, false, 1)),
        ("4 bits without offsets", spec(3, 64, 32, 4, false, false, 1)),
        ("5 bits with offsets", spec(18, 32, 32, 5, true, false, 1)),
        ("6 bits in blocks of 16", spec(7, 96, 16, 6, false, false, 1)),
        ("8 bits", spec(4, 64, 32, 8, false, false, 1)),
        ("8 bits with bias", spec(9, 32, 32, 8, false, true, 1)),
        ("4 bits with offsets and bias", spec(33, 64, 32, 4, true, true, 1)),
        ("2 slabs", spec(3, 128, 32, 8, false, false, 2)),
        ("4 slabs with offsets", spec(17, 128, 32, 4, true, true, 4)),
        ("16 slabs in blocks of 16", spec(2, 256, 16, 6, true, false, 16)),
        ("one row", spec(1, 32, 32, 4, true, false, 1)),
        ("one block of 16", spec(1, 16, 16, 6, false, false, 1)),
    ]
}

pub(super) fn random_rows(spec: &MatrixSpec, random: &mut Random) -> Vec<Row> {
    (0..spec.rows).map(|index| random_row(random, spec, index)).collect()
}

/// One row of 8 bits in which every weight has the largest magnitude that the slab bound allows.
pub(super) fn extreme_row(cols: usize, sign: i8, r: u16, re: i16) -> Row {
    let scale = (L1_MAX as usize / (127 * cols)).min(4095) as i16;
    Row { r, re, bias: None, d: vec![scale; cols / 32], m: vec![0; cols / 32], q: vec![127 * sign; cols] }
}

/// Row `id` of a matrix as a residual vector.
pub struct Embedding;

/// A matrix, and the id that is looked up.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingInputs {
    rows: Vec<StoredRow>,
    id: u32,
}

impl OpVector for Embedding {
    type Params = Params;
    type Inputs = EmbeddingInputs;
    type Outputs = Vec<i32>;

    fn inputs(random: &mut Random) -> Vec<(String, Params, EmbeddingInputs)> {
        let mut cases = Vec::new();
        let mut push = |name: String, matrix: MatrixSpec, rows: Vec<Row>, id: u32, fo: i32| {
            debug_assert!(rows.iter().all(|row| row.validate(&matrix).is_ok()));
            let rows = rows.into_iter().map(StoredRow::of).collect();
            cases.push((name, Params { matrix, fo }, EmbeddingInputs { rows, id }));
        };
        let extreme = spec(1, 32, 32, 8, false, false, 1);
        for (name, re) in [("saturates upwards", -40), ("shift by 63 and more", 80), ("no shift", 12), ("halves", 13)] {
            push(name.into(), extreme, vec![extreme_row(32, 1, 65535, re)], 0, 12);
            push(format!("{name}, negative"), extreme, vec![extreme_row(32, -1, 65535, re)], 0, 12);
        }
        push("a row of zeros".into(), extreme, vec![Row { r: 0, re: 0, ..extreme_row(32, 1, 0, 0) }], 0, 12);
        for (name, matrix) in encodings().into_iter().filter(|(_, matrix)| !matrix.has_bias) {
            for id in [0, matrix.rows - 1] {
                push(format!("{name}, id {id}"), matrix, random_rows(&matrix, random), id, random.range(8, 18) as i32);
            }
        }
        cases
    }

    fn run(room: &mut dyn Room, params: &Params, inputs: &EmbeddingInputs) -> Vec<i32> {
        let rows: Vec<Row> = inputs.rows.iter().map(StoredRow::row).collect();
        room.embedding(&params.matrix, &rows, inputs.id, params.fo)
    }
}

/// A matrix times each vector of a batch.
pub struct Linear;

/// A matrix, and quantised vectors with an exponent each.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearInputs {
    rows: Vec<StoredRow>,
    batch: Vec<Quantised>,
}

impl OpVector for Linear {
    type Params = Params;
    type Inputs = LinearInputs;
    type Outputs = Vec<Vec<i32>>;

    fn inputs(random: &mut Random) -> Vec<(String, Params, LinearInputs)> {
        let mut cases = Vec::new();
        let mut push = |name: String, matrix: MatrixSpec, rows: Vec<Row>, batch: Vec<Quantised>, fo: i32| {
            debug_assert!(rows.iter().all(|row| row.validate(&matrix).is_ok()));
            let rows = rows.into_iter().map(StoredRow::of).collect();
            cases.push((name, Params { matrix, fo }, LinearInputs { rows, batch }));
        };
        let extreme = spec(2, 32, 32, 8, false, false, 1);
        let rows = |re| vec![extreme_row(32, 1, 65535, re), extreme_row(32, -1, 32768, re)];
        for (name, re) in
            [("every product largest", 30), ("left shift saturates", -50), ("shift by 63 and more", 90), ("no shift", 2)]
        {
            for x in [1 << 14, -(1 << 14), 127, 128, -128, -129] {
                push(format!("{name}, x = {x}"), extreme, rows(re), vec![(vec![x; 32], 14)], F);
            }
        }
        push(
            "zero multiplier".into(),
            extreme,
            vec![extreme_row(32, 1, 0, 0), extreme_row(32, -1, 0, 0)],
            vec![(vec![1 << 14; 32], 14)],
            F,
        );
        let biased = spec(2, 32, 32, 8, false, true, 1);
        let with_bias = |sign, bias| Row { bias: Some(bias), ..extreme_row(32, sign, 65535, -50) };
        let saturating = vec![with_bias(1, i32::MAX), with_bias(-1, -i32::MAX)];
        push("the bias saturates too".into(), biased, saturating, vec![(vec![1 << 14; 32], 14)], F);
        let opposing = vec![with_bias(1, -i32::MAX), with_bias(-1, i32::MAX)];
        push("the bias is added after saturation".into(), biased, opposing, vec![(vec![1 << 14; 32], 14)], F);
        for (name, matrix) in encodings() {
            for t in [1, 2, 5] {
                let batch = (0..t).map(|_| (activations(random, matrix.cols as usize), random.range(-4, 30) as i32)).collect();
                push(format!("{name}, batch of {t}"), matrix, random_rows(&matrix, random), batch, random.pick(&[F, 12]));
            }
        }
        cases
    }

    fn run(room: &mut dyn Room, params: &Params, inputs: &LinearInputs) -> Vec<Vec<i32>> {
        let rows: Vec<Row> = inputs.rows.iter().map(StoredRow::row).collect();
        room.linear(&params.matrix, &rows, &inputs.batch, params.fo)
    }
}
