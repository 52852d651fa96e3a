//! The stored vectors of every operator on a GPU, in every shape of the kernels: natively, and in a browser.

#[path = "room/device.rs"]
mod device;
mod room;

use device::{open, ways};
use openimo_core::device::Fault;
use openimo_core::ops::Op;
use openimo_core::vectors::check;
use room::GpuRoom;

/// The files that come with this test, by operator.
const STORED: [(&str, &str); 10] = [
    ("attention", include_str!("../../../vectors/ops/attention.json")),
    ("bfpq", include_str!("../../../vectors/ops/bfpq.json")),
    ("embedding", include_str!("../../../vectors/ops/embedding.json")),
    ("head", include_str!("../../../vectors/ops/head.json")),
    ("linear", include_str!("../../../vectors/ops/linear.json")),
    ("residual", include_str!("../../../vectors/ops/residual.json")),
    ("rmsnorm", include_str!("../../../vectors/ops/rmsnorm.json")),
    ("rope", include_str!("../../../vectors/ops/rope.json")),
    ("sample", include_str!("../../../vectors/ops/sample.json")),
    ("swiglu", include_str!("../../../vectors/ops/swiglu.json")),
];

on_a_gpu!(every_operator_gives_the_stored_vectors, async {
    for options in ways() {
        let mut room = GpuRoom::new(open(&options).await);
        let mut cases = 0;
        for op in Op::ALL {
            let name = op.info().name;
            let (_, stored) = STORED.iter().find(|(stored, _)| *stored == name).unwrap_or_else(|| panic!("no vectors of {name}"));
            cases += check(op, stored, &mut room).unwrap_or_else(|e| panic!("{e}"));
        }
        let (gpu, put) = (&room.gpu, room.cases);
        let about = format!("{}, {:?}, packed dot products {}", gpu.adapter(), gpu.shape(), gpu.packed_dot());
        let answers = room.expected.compare().await.unwrap_or_else(|e| panic!("{about}: {e}"));
        assert!(put == cases && answers >= cases, "{put} of {cases} cases were put to the device");
        tell!("{about}: {cases} cases, {answers} answers, 0 mismatches");
    }
});

on_a_gpu!(the_self_test_passes_on_an_exact_device, async {
    for options in ways() {
        let answers = open(&options).await.self_test().await.unwrap_or_else(|e| panic!("{options:?}: {e}"));
        tell!("{options:?}: self-test of {answers} answers passed");
    }
});

/// A fault in one kernel, and the operator that the self-test must name: rounding, saturation, a lost carry, a sign, a tie.
const FAULTS: [(&str, &str, &str); 13] = [
    ("let w1 = w & 0xf0f0f0f0u;", "let w1 = w & 0xf0f0f070u;", "linear"),
    ("exact[params.first + row] = sum;", "y[params.first + row] = 0;", "linear"),
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

on_a_gpu!(the_self_test_names_the_operator_of_a_faulty_kernel, async {
    for (right, wrong, expected) in FAULTS {
        let mut options = ways().remove(0);
        options.fault = Some((right, wrong));
        let error = open(&options).await.self_test().await.expect_err(right);
        assert!(matches!(error, Fault::SelfTest { operator, .. } if operator == expected), "{right}: {error}");
    }
});
