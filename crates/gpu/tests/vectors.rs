//! The stored vectors of every operator on a GPU, in every shape of the kernels.

#[path = "room/device.rs"]
mod device;
mod room;

use device::{open, ways};
use openimo_core::ops::Op;
use openimo_core::vectors::check;
use room::GpuRoom;

#[test]
fn every_operator_gives_the_stored_vectors() {
    for options in ways() {
        let mut room = GpuRoom(open(&options));
        let mut cases = 0;
        for op in Op::ALL {
            let path = format!("{}/../../vectors/ops/{}.json", env!("CARGO_MANIFEST_DIR"), op.info().name);
            let stored = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
            cases += check(op, &stored, &mut room).unwrap_or_else(|e| panic!("{:?}: {e}", room.0.shape()));
        }
        let adapter = room.0.adapter();
        println!(
            "{}, {} ({}), {:?}, packed dot products {}: {cases} cases, 0 mismatches",
            adapter.name,
            adapter.driver,
            adapter.api,
            room.0.shape(),
            room.0.packed_dot()
        );
    }
}

#[test]
fn the_self_test_passes_on_an_exact_device() {
    for options in ways() {
        let mut gpu = open(&options);
        let cases = gpu.self_test().unwrap_or_else(|e| panic!("{options:?}: {e}"));
        println!("{options:?}: self-test of {cases} cases passed");
    }
}

/// A fault in one kernel, and the operator that the self-test must name: rounding, saturation, a lost carry, a sign, a tie.
#[test]
fn the_self_test_names_the_operator_of_a_faulty_kernel() {
    let faults = [
        ("let w1 = w & 0xf0f0f0f0u;", "let w1 = w & 0xf0f0f070u;", "linear"),
        ("let w = weight(r, k);", "let w = weight(r, k) + 1;", "embedding"),
        ("select(m.x, I32_MAX, m.y != 0u || m.x > I32_MAX)", "m.x", "linear"),
        (
            "fn main(@builtin(global_invocation_id) id: vec3<u32>) {\n    let i = flat(id);\n    if i < params.count {",
            "fn main(@builtin(global_invocation_id) id: vec3<u32>) {\n    let i = flat(id);\n    if i + 1u < params.count {",
            "residual",
        ),
        ("var bit = 32768u", "var bit = 16384u", "rmsnorm"),
        ("* f + 512) >> 10u", "* f) >> 10u", "rope"),
        ("65535u);", "65536u);", "attention"),
        ("tables[i + 1u] * u", "tables[i] * u", "attention"),
        ("(1u << 24u) - positive", "(1u << 24u) - positive - 1u", "swiglu"),
        ("return i64_of(source[i]);", "return vec2<u32>(bitcast<u32>(source[i]), 0u);", "bfpq"),
        ("vec2<u32>(~i,", "vec2<u32>(i,", "head"),
        ("let theta = mul_high(", "let theta = shr64(vec2<u32>(0u, 1u), 1u) + mul_high(", "sample"),
    ];
    for (right, wrong, operator) in faults {
        let mut options = ways().remove(0);
        options.fault = Some((right, wrong));
        let error = open(&options).self_test().expect_err(right);
        assert_eq!(error.operator, operator, "{right}");
    }
}
