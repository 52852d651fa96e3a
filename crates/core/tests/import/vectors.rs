//! The vectors of `vectors/import`: raw blocks of every tensor type, their exact integers, and the rows made of them.

use std::path::PathBuf;

use openimo_core::import::blocks::{BlockRow, TensorType};
use openimo_core::import::convert::{convert_row, slab_choices};
use openimo_core::import::float::Dyadic;
use openimo_core::import::real::{RopeScaling, rope_increments, score_scale};
use openimo_core::model::matrix::{MatrixSpec, Row};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    #[serde(rename = "type")]
    ty: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    cols: usize,
    raw: String,
    q: Option<Vec<i8>>,
    block_d: Option<Vec<i64>>,
    block_m: Option<Vec<i64>>,
    nslab: u8,
    range: i64,
    r: u16,
    re: i16,
    d: Vec<i16>,
    m: Vec<i16>,
    l1: u64,
}

#[test]
fn every_tensor_type_has_vectors_and_meets_them() {
    for ty in TensorType::ALL {
        check(&ty.name().to_lowercase());
    }
}

#[test]
fn wide_rows_get_the_slabs_that_they_need() {
    let slabs = check("wide_rows");
    assert_eq!(slabs, [1, 2, 4, 16, 4, 8]);
}

#[derive(Deserialize)]
struct Real {
    rope: Vec<Rope>,
    score: Vec<Score>,
}

#[derive(Deserialize)]
struct Rope {
    name: String,
    base: i64,
    head_dim: u32,
    scaling: Option<Scaling>,
    inc: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Scaling {
    Linear { factor: i64 },
    Llama3 { factor: i64, low: i64, high: i64, context: u32 },
}

#[derive(Deserialize)]
struct Score {
    head_dim: u32,
    c: u32,
    ce: u8,
}

#[test]
fn real_numbers_are_correctly_rounded() {
    let real: Real = read("real");
    let integer = |mantissa| Dyadic { mantissa, exponent: 0 };
    for case in real.rope {
        let scaling = match case.scaling {
            None => RopeScaling::None,
            Some(Scaling::Linear { factor }) => RopeScaling::Linear(integer(factor)),
            Some(Scaling::Llama3 { factor, low, high, context }) => RopeScaling::Llama3 {
                factor: integer(factor),
                low_freq_factor: integer(low),
                high_freq_factor: integer(high),
                original_context: context,
            },
        };
        assert_eq!(rope_increments(integer(case.base), case.head_dim, &scaling), Ok(case.inc), "{}", case.name);
    }
    for case in real.score {
        assert_eq!(score_scale(case.head_dim), (case.c, case.ce));
    }
}

#[test]
fn factors_of_one_change_nothing_and_bad_parameters_are_refused() {
    let (base, one) = (Dyadic { mantissa: 10000, exponent: 0 }, Dyadic { mantissa: 1, exponent: 0 });
    let plain = rope_increments(base, 16, &RopeScaling::None).unwrap();
    assert_eq!(rope_increments(base, 16, &RopeScaling::Factors(vec![one; 8])).unwrap(), plain);
    let half = rope_increments(base, 16, &RopeScaling::Factors(vec![Dyadic { mantissa: 2, exponent: 0 }; 8])).unwrap();
    assert!(half.iter().zip(&plain).all(|(h, p)| h.abs_diff(p / 2) <= 1));
    let refused = |base, scaling| rope_increments(base, 16, &scaling).unwrap_err().what;
    assert_eq!(refused(Dyadic::ZERO, RopeScaling::None), "base");
    assert_eq!(refused(Dyadic { mantissa: 3, exponent: -2 }, RopeScaling::None), "base");
    assert_eq!(refused(Dyadic { mantissa: 1, exponent: 900 }, RopeScaling::None), "base");
    assert_eq!(refused(base, RopeScaling::Linear(Dyadic::ZERO)), "scaling factor");
    assert_eq!(refused(base, RopeScaling::Linear(Dyadic { mantissa: 1, exponent: -1000 })), "scaling factor");
    assert_eq!(refused(base, RopeScaling::Factors(vec![one; 7])), "number of factors");
    let llama3 = |low, high, original_context| RopeScaling::Llama3 {
        factor: one,
        low_freq_factor: low,
        high_freq_factor: high,
        original_context,
    };
    assert_eq!(refused(base, llama3(one, one, 8192)), "high_freq_factor");
    assert_eq!(refused(base, llama3(Dyadic::ZERO, one, 8192)), "low_freq_factor");
    assert_eq!(refused(base, llama3(one, base, 0)), "original context");
}

/// Checks all cases of one file; the slabs of each.
fn check(stem: &str) -> Vec<u8> {
    let vectors: Vectors = read(stem);
    let ty = *TensorType::ALL.iter().find(|ty| ty.name() == vectors.ty).expect("a tensor type");
    assert!(!vectors.cases.is_empty());
    vectors.cases.iter().map(|case| case.check(ty)).collect()
}

fn read<T: serde::de::DeserializeOwned>(stem: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../vectors/import/{stem}.json"));
    serde_json::from_slice(&std::fs::read(path).expect("a vector file")).expect("vectors")
}

impl Case {
    fn check(&self, ty: TensorType) -> u8 {
        let at = format!("{} {}", ty.name(), self.name);
        let raw = hex::decode(&self.raw).expect("hex");
        assert_eq!(ty.row_bytes(self.cols), Some(raw.len()), "{at}");
        let mut blocks = BlockRow::default();
        ty.decode_row(&raw, &mut blocks).expect("finite scales");
        assert_eq!(self.q.as_ref().unwrap_or(&blocks.q), &blocks.q, "{at}");
        assert_eq!(self.block_d.as_ref().unwrap_or(&blocks.d), &blocks.d, "{at}");
        assert_eq!(self.block_m.as_ref().unwrap_or(&blocks.m), &blocks.m, "{at}");
        let (layout, mut row) = (ty.layout(), Row::default());
        // The least number of slabs that leaves the row enough resolution is the expected one.
        let found =
            slab_choices(self.cols, layout).find_map(|n| convert_row(&blocks, layout, n, &mut row).map(|range| (n, range)));
        assert_eq!(found, Some((self.nslab, self.range)), "{at}");
        let expected = Row { r: self.r, re: self.re, bias: None, d: self.d.clone(), m: self.m.clone(), q: blocks.q.clone() };
        assert_eq!(row, expected, "{at}");
        self.check_bound(&row, ty, &at);
        self.check_values(&row, &blocks, layout.block, &at);
        self.nslab
    }

    /// Σ|W| of every slab is within the bound that makes accumulators exact, and what the vector says.
    fn check_bound(&self, row: &Row, ty: TensorType, at: &str) {
        let layout = ty.layout();
        let spec = MatrixSpec {
            rows: 1,
            cols: self.cols as u32,
            block: layout.block as u8,
            bits: layout.bits,
            has_m: layout.has_m,
            has_bias: false,
            nslab: self.nslab,
        };
        spec.validate().expect(at);
        row.validate(&spec).expect(at);
        let per_slab = self.cols / usize::from(self.nslab);
        let sum = |slab: usize| (slab * per_slab..(slab + 1) * per_slab).map(|k| u64::from(row.weight(k).unsigned_abs())).sum();
        assert_eq!((0..usize::from(self.nslab)).map(sum).max(), Some(self.l1), "{at}");
    }

    /// Every weight is the source's within the steps of D, M and R.
    fn check_values(&self, row: &Row, blocks: &BlockRow, block: usize, at: &str) {
        let step = f64::from(row.r) * 2f64.powi(-i32::from(row.re));
        for k in 0..self.cols {
            let exact = (blocks.d[k / block] as f64 * f64::from(blocks.q[k]) + blocks.m[k / block] as f64) * 2f64.powi(-24);
            let error = (f64::from(row.weight(k)) * step - exact).abs();
            let allowed = (f64::from(blocks.q[k]).abs() / 2.0 + 0.5625) * step + exact.abs() * 2f64.powi(-15);
            assert!(error <= allowed, "{at} column {k}: {error} > {allowed}");
        }
    }
}
