//! The real model in every other encoding: it imports, and its weights stay what they were within the steps of the block scales.

use openimo_core::import::blocks::{BlockRow, TensorType};
use openimo_core::import::gguf::Gguf;
use openimo_core::import::plan::Plan;
use openimo_core::import::testing::requantise;

use super::smollm2::smollm2;

/// The last two layers. K-quants need 256 columns a block, so in this model (576 and 1536 columns) they can only take the down
/// projections: two matrices instead of fourteen.
const TYPES: [(TensorType, usize); 8] = [
    (TensorType::Q4_0, 14),
    (TensorType::Q4_1, 14),
    (TensorType::Q5_0, 14),
    (TensorType::Q5_1, 14),
    (TensorType::Q8_0, 14),
    (TensorType::Q4K, 2),
    (TensorType::Q5K, 2),
    (TensorType::Q6K, 2),
];

#[test]
fn conversion_costs_every_encoding_of_the_real_model_little() {
    let bytes = smollm2();
    let gguf = Gguf::parse(&bytes).expect("a GGUF file");
    let layers = |name: &str| name.starts_with("blk.28.") || name.starts_with("blk.29.");
    for (ty, matrices) in TYPES {
        let (bytes, changed) = requantise(&gguf, &|name| layers(name).then_some(ty)).expect("finite scales");
        assert_eq!(changed, matrices, "{}", ty.name());
        let gguf = Gguf::parse(&bytes).expect("a GGUF file");
        let architecture = gguf.architecture().expect("a Llama");
        let plan = Plan::new(&architecture, &gguf.tensors, 12, 2, &mut |_, _| ()).expect("a model");
        let (mut error, mut signal) = (0.0, 0.0);
        for matrix in plan.matrices.iter().filter(|m| layers(&m.name) && gguf.tensors[m.name.as_str()].ty == ty) {
            assert_eq!(usize::from(matrix.spec.bits), usize::from(ty.layout().bits));
            let (block, mut blocks) = (ty.layout().block, BlockRow::default());
            for (o, row) in matrix.rows(0..matrix.spec.rows as usize, 2).expect("rows").iter().enumerate() {
                row.validate(&matrix.spec).expect("a valid row");
                ty.decode_row(gguf.tensors[matrix.name.as_str()].row(o), &mut blocks).expect("finite scales");
                let step = f64::from(row.r) * 2f64.powi(24 - i32::from(row.re));
                for (k, &q) in blocks.q.iter().enumerate() {
                    let exact = blocks.d[k / block] as f64 * f64::from(q) + blocks.m[k / block] as f64;
                    error += (f64::from(row.weight(k)) * step - exact).powi(2);
                    signal += exact.powi(2);
                }
            }
        }
        let relative = (error / signal).sqrt();
        println!("{}: rms error of the weights {relative:.1e}", ty.name());
        assert!(relative < 1.5e-3, "{}: {relative}", ty.name());
    }
}
