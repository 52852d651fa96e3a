//! The stored vectors of every operator on a GPU, in every shape of the kernels: natively, and in a browser.

#[path = "room/device.rs"]
mod device;
mod room;

use device::{open, ways};
use openimo_core::device::Fault;
use openimo_core::ops::Op;
use openimo_core::vectors::check;
use openimo_gpu::Options;
use room::GpuRoom;

/// The files that come with this test, by operator.
const STORED: [(&str, &str); 14] = [
    ("attention", include_str!("../../../vectors/ops/attention.json")),
    ("bfpq", include_str!("../../../vectors/ops/bfpq.json")),
    ("conv2d", include_str!("../../../vectors/ops/conv2d.json")),
    ("embedding", include_str!("../../../vectors/ops/embedding.json")),
    ("head", include_str!("../../../vectors/ops/head.json")),
    ("linear", include_str!("../../../vectors/ops/linear.json")),
    ("pixel", include_str!("../../../vectors/ops/pixel.json")),
    ("residual", include_str!("../../../vectors/ops/residual.json")),
    ("rmsnorm", include_str!("../../../vectors/ops/rmsnorm.json")),
    ("rope", include_str!("../../../vectors/ops/rope.json")),
    ("sample", include_str!("../../../vectors/ops/sample.json")),
    ("silu", include_str!("../../../vectors/ops/silu.json")),
    ("swiglu", include_str!("../../../vectors/ops/swiglu.json")),
    ("upsample", include_str!("../../../vectors/ops/upsample.json")),
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
const FAULTS: [(&str, &str, &str); 20] = [
    ("let w7 = field(w, 0u, 4u);", "let w7 = field(w, 1u, 4u);", "linear"),
    ("exact[params.first + row] = sum;", "y[params.first + row] = 0;", "linear"),
    ("residual[place] = add_sat(residual[place], v);", "residual[place] = v;", "linear"),
    ("let dest = params.len * params.kept + vector;", "let dest = params.len * params.kept;", "attention"),
    ("let w = weight(r, k);", "let w = weight(r, k) + 1;", "embedding"),
    ("select(m.x, I32_MAX, m.y != 0u || m.x > I32_MAX)", "m.x", "linear"),
    ("x[i] = add_sat(x[i], y[i]);", "x[i] = x[i];", "residual"),
    ("var bit = 32768u", "var bit = 16384u", "rmsnorm"),
    ("* f + 512) >> 10u", "* f) >> 10u", "rope"),
    ("65535u);", "65536u);", "attention"),
    ("tables[i + 1u] * u", "tables[i] * u", "attention"),
    ("(1u << 24u) - positive", "(1u << 24u) - positive - 1u", "swiglu"),
    ("return i64_of(source[i]);", "return vec2<u32>(bitcast<u32>(source[i]), 0u);", "bfpq"),
    ("vec2<u32>(~i,", "vec2<u32>(i,", "head"),
    ("max64(most, vec2<u32>(magnitude(source[base + i]), 0u))", "most", "bfpq"),
    ("column >= 1u && column <= params.width", "column <= params.width", "conv2d"),
    ("x[i] = silu16(x[i]);", "x[i] = silu16(x[i]) + select(0, 1, x[i] == 1);", "silu"),
    ("let column = place % (2u * params.width) / 2u;", "let column = place % params.width;", "upsample"),
    ("(shifted * 255u + 65536u) >> 17u", "(shifted * 255u) >> 17u", "pixel"),
    ("let theta = mul_high(", "let theta = shr64(vec2<u32>(0u, 1u), 1u) + mul_high(", "sample"),
];

/// The same in kernels that share work through workgroup memory: the large tile's carry and its clamped fetch, the folded parts.
const TEAM_FAULTS: [(&str, &str, &str); 4] = [
    ("+ carry(slab1, shifted1)", "", "linear"),
    ("return min(group * 4u + side / 4u, last) * shape.record;", "return 0u;", "linear"),
    ("sum += parts[other];", "sum = parts[other];", "linear"),
    ("gathered[lane] = max64(gathered[lane], gathered[lane + half]);", "", "rmsnorm"),
];

on_a_gpu!(the_self_test_names_the_operator_of_a_faulty_kernel, async {
    let [solo, team] = [0, 1].map(|way| ways().remove(way));
    let faults = FAULTS.iter().map(|fault| (&solo, fault)).chain(TEAM_FAULTS.iter().map(|fault| (&team, fault)));
    // A browser opens devices slowly; natively all faults are tried.
    let step = if cfg!(target_arch = "wasm32") { 5 } else { 1 };
    for (way, &(right, wrong, expected)) in faults.step_by(step) {
        let options = Options { fault: Some((right, wrong)), ..way.clone() };
        let error = open(&options).await.self_test().await.expect_err(right);
        assert!(matches!(error, Fault::SelfTest { operator, .. } if operator == expected), "{right}: {error}");
    }
});
