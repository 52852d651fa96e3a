//! Every operator vector of `vectors/cis1.json` that the decoder uses, against the scalar reference.
//!
//! The file was written by an independent implementation, so it judges the reference itself.

use openimo_core::commit::keccak256;
use openimo_core::model::matrix::Row;
use openimo_core::ops::bfpq::{B, bfpq};
use openimo_core::ops::conv2d::{MapShape, conv2d};
use openimo_core::ops::exp2neg::exp2neg;
use openimo_core::ops::fixed::{rsh, rss};
use openimo_core::ops::linear;
use openimo_core::ops::pixel::pixel;
use openimo_core::ops::rmsnorm::{Norm, rmsnorm, rsqrt};
use openimo_core::ops::rope::{cosq, sinq};
use openimo_core::ops::sample::{Sampler, draw, sample};
use openimo_core::ops::swiglu::{sigmoid24, silu16};
use openimo_core::ops::tables::{cos_table, exp2_table};
use serde_json::Value;
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Vectors of the file that are checked here.
const DECODER: [&str; 16] = [
    "tables",
    "rsh",
    "rsh_sat32",
    "bfpq",
    "exp2neg",
    "sigmoid24",
    "silu16",
    "cosq15",
    "rsqrt",
    "rmsnorm",
    "linear",
    "keccak256_empty",
    "draw",
    "sample",
    "conv2d",
    "pixel",
];
/// Vectors of operators that no model here uses: other norms and activations, noise.
const NOT_DECODER: [&str; 4] = ["gauss", "gelu16", "tanh24", "centred_norm"];

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../vectors/cis1.json")).expect("JSON")
}

fn op(name: &str) -> Value {
    vectors()["ops"][name].take()
}

fn ints(v: &Value) -> Vec<i64> {
    v.as_array().expect("a list").iter().map(int).collect()
}

fn int(v: &Value) -> i64 {
    v.as_i64().unwrap_or_else(|| panic!("expected an integer, got {v}"))
}

fn narrow<T: TryFrom<i64>>(v: &Value) -> Vec<T> {
    ints(v).into_iter().map(|v| T::try_from(v).ok().expect("the value fits")).collect()
}

fn sha256_i32le(values: impl Iterator<Item = i64>) -> String {
    let mut hash = Sha256::new();
    for v in values {
        hash.update(i32::try_from(v).expect("32 bits").to_le_bytes());
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn every_vector_is_accounted_for() {
    let all = vectors();
    let names: Vec<&str> = all["ops"].as_object().expect("an object").keys().map(String::as_str).collect();
    for name in &names {
        assert!(DECODER.contains(name) || NOT_DECODER.contains(name), "{name} is checked nowhere");
    }
    assert_eq!(names.len(), DECODER.len() + NOT_DECODER.len(), "a listed vector is missing from the file");
}

#[test]
fn tables() {
    let v = op("tables");
    let exp2 = exp2_table().map(i64::from);
    let cos = cos_table().map(i64::from);
    assert_eq!(exp2[..4], ints(&v["EXP2T_first"]));
    assert_eq!(cos[..4], ints(&v["COST_first"]));
    assert_eq!(sha256_i32le(exp2.into_iter()), v["EXP2T_sha256_i32le"].as_str().expect("hex"));
    assert_eq!(sha256_i32le(cos.into_iter()), v["COST_sha256_i32le"].as_str().expect("hex"));
}

#[test]
fn rounding_shift() {
    for case in op("rsh").as_array().expect("cases") {
        let s = int(&case["s"]) as i32;
        let got: Vec<i64> = ints(&case["v"]).into_iter().map(|v| if s < 0 { v << -s } else { rsh(v, s) }).collect();
        assert_eq!(got, ints(&case["out"]), "s = {s}");
    }
}

#[test]
fn saturating_shift() {
    for case in op("rsh_sat32").as_array().expect("cases") {
        let s = int(&case["s"]) as i32;
        let got: Vec<i64> = ints(&case["v"]).into_iter().map(|v| i64::from(rss(v, s))).collect();
        assert_eq!(got, ints(&case["out"]), "s = {s}");
    }
}

#[test]
fn block_floating_point() {
    let case = op("bfpq");
    assert_eq!(int(&case["B"]), i64::from(B));
    let v = ints(&case["v"]);
    let mut x = vec![0i16; v.len()];
    let e = bfpq(&v, 16, &mut x);
    assert_eq!(x, narrow::<i16>(&case["X"]));
    assert_eq!(i64::from(16 - e), int(&case["s"]));
}

#[test]
fn negative_power_of_two() {
    for case in op("exp2neg").as_array().expect("cases") {
        let q = int(&case["Q"]) as i32;
        let got: Vec<i64> = narrow::<u32>(&case["y"]).into_iter().map(|y| i64::from(exp2neg(y, q))).collect();
        assert_eq!(got, ints(&case["out"]), "Q = {q}");
    }
}

#[test]
fn sigmoid_and_silu() {
    let case = op("sigmoid24");
    let got: Vec<i64> = narrow::<i32>(&case["x"]).into_iter().map(sigmoid24).collect();
    assert_eq!(got, ints(&case["out"]));
    let case = op("silu16");
    let got: Vec<i64> = narrow::<i32>(&case["x"]).into_iter().map(silu16).collect();
    assert_eq!(got, ints(&case["out"]));
}

#[test]
fn cosine() {
    let case = op("cosq15");
    let phases = narrow::<u32>(&case["phase"]);
    let got: Vec<i64> = phases.iter().map(|&p| i64::from(cosq(p))).collect();
    assert_eq!(got, ints(&case["out"]));
    assert!(phases.iter().all(|&p| sinq(p) == cosq(p.wrapping_add(3 << 30))), "the sine is the cosine three quarters on");
}

#[test]
fn reciprocal_root() {
    let case = op("rsqrt");
    let got: Vec<i64> = narrow::<u64>(&case["m"]).into_iter().map(|m| rsqrt(m) as i64).collect();
    assert_eq!(got, ints(&case["r"]));
}

#[test]
fn root_mean_square_norm() {
    let case = op("rmsnorm");
    let x = narrow::<i32>(&case["x"]);
    let norm = Norm { g: narrow(&case["G"]), eg: int(&case["eg"]) as i16 };
    let mut out = vec![0i16; x.len()];
    let e = rmsnorm(&x, &norm, int(&case["EPS"]) as u64, &mut out);
    assert_eq!(out, narrow::<i16>(&case["X"]));
    assert_eq!(i64::from(e), int(&case["e"]));
}

#[test]
fn matrix_product() {
    let case = op("linear");
    let (x, e, fo) = (narrow::<i16>(&case["X"]), int(&case["e"]) as i32, int(&case["F"]) as i32);
    let q = narrow::<i8>(&case["q"]);
    for (o, q) in q.chunks(x.len()).enumerate() {
        let row = Row {
            r: int(&case["R"][o]) as u16,
            re: int(&case["re"][o]) as i16,
            bias: None,
            d: narrow(&case["D"][o]),
            m: narrow(&case["M"][o]),
            q: q.to_vec(),
        };
        let acc = linear::dot(&row, &x);
        assert_eq!(acc, int(&case["acc"][o]), "accumulator of row {o}");
        assert_eq!(i64::from(linear::finish(acc, &row, e, fo)), int(&case["y"][o]), "row {o}");
    }
}

#[test]
fn convolution() {
    let case = op("conv2d");
    let channels: Vec<Vec<Vec<i16>>> =
        case["X"].as_array().unwrap().iter().map(|c| c.as_array().unwrap().iter().map(narrow).collect()).collect();
    let map = MapShape { height: channels[0].len(), width: channels[0][0].len(), channels: channels.len() };
    let mut x = Vec::new();
    for row in 0..map.height {
        for column in 0..map.width {
            x.extend(channels.iter().map(|channel| channel[row][column]));
        }
    }
    let row = |o: usize| {
        let q = narrow::<i8>(&case["W"][o]);
        let (r, re, bias) = (int(&case["R"][o]) as u16, int(&case["re"][o]) as i16, int(&case["bias"][o]) as i32);
        Row { r, re, bias: Some(bias), d: vec![1; q.len() / map.unfolded()], m: vec![0; q.len() / map.unfolded()], q }
    };
    let rows: Vec<Row> = (0..case["W"].as_array().unwrap().len()).map(row).collect();
    let mut y = vec![0; map.height * map.width * rows.len()];
    conv2d(&rows, &x, int(&case["e"]) as i32, map, int(&case["F"]) as i32, &mut y);
    for (at, &y) in y.iter().enumerate() {
        let (place, o) = (at / rows.len(), at % rows.len());
        let expected = int(&case["y"][o][place / map.width][place % map.width]);
        assert_eq!(i64::from(y), expected, "channel {o} of place {place}");
    }
}

#[test]
fn pixels() {
    let case = op("pixel");
    let got: Vec<i64> = narrow::<i32>(&case["x"]).into_iter().map(|x| pixel(x).into()).collect();
    assert_eq!(got, ints(&case["out"]));
}

#[test]
fn keccak_of_nothing() {
    assert_eq!(keccak256(b"").to_string(), format!("0x{}", op("keccak256_empty").as_str().expect("hex")));
}

#[test]
fn draws() {
    let seed: [u8; 32] = std::array::from_fn(|i| i as u8);
    for case in op("draw").as_array().expect("cases") {
        let u: u64 = case["u"].as_str().expect("decimal").parse().expect("64 bits");
        assert_eq!(draw(&seed, int(&case["pos"]) as u64), u);
    }
}

#[test]
fn samples() {
    for (i, case) in op("sample").as_array().expect("cases").iter().enumerate() {
        let sampler =
            Sampler { beta: int(&case["beta"]) as u32, top_k: int(&case["topk"]) as u32, top_p: int(&case["topp16"]) as u32 };
        let u: u64 = case["u"].as_str().expect("decimal").parse().expect("64 bits");
        assert_eq!(i64::from(sample(&narrow::<i32>(&case["logits"]), &sampler, u)), int(&case["token"]), "case {i}");
    }
}
