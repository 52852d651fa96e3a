//! The stored cases of every operator: how they are made from the reference, written, read back, and put to another room.
//!
//! A case is `{case, params, inputs, outputs}`; edge cases come first, then seeded random ones. `cargo xtask vectors` writes
//! `vectors/ops/<op>.json` with [`file()`]; the tests of each back end, native or in a browser, call [`check`] on the same text. This
//! module is compiled for tests and tools alone (feature `testing`).

mod attention;
mod choice;
mod elementwise;
mod maps;
pub mod model_file;
mod random;
pub mod random_models;
mod room;
mod twin;
mod weights;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use room::{Quantised, Reference, Room};
pub use twin::Twin;

use crate::ops::{ARITHMETIC, Op};
use crate::random::Random;

/// One operator's kind of case.
trait OpVector {
    /// What is fixed for a call: formats, shapes, exponents.
    type Params: Serialize + DeserializeOwned;
    /// Tensors that enter.
    type Inputs: Serialize + DeserializeOwned;
    /// What leaves.
    type Outputs: Serialize + DeserializeOwned + PartialEq;

    /// The inputs of every case, with its name.
    fn inputs(random: &mut Random) -> Vec<(String, Self::Params, Self::Inputs)>;

    /// Put one to a room.
    fn run(room: &mut dyn Room, params: &Self::Params, inputs: &Self::Inputs) -> Self::Outputs;
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case<P, I, O> {
    case: String,
    params: P,
    inputs: I,
    outputs: O,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<C> {
    arithmetic: String,
    op: String,
    code: u8,
    cases: Vec<C>,
}

/// A case in which a room does not give the stored outputs, or a text that is not such a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// Not a file of vectors.
    #[error("not a file of vectors: {0}")]
    Unreadable(String),
    /// Another operator's, or another arithmetic's.
    #[error("vectors of {got}, expected {expected}")]
    Other {
        /// What the file says.
        got: String,
        /// What was asked for.
        expected: String,
    },
    /// The outputs differ.
    #[error("{op}, case {case}: got {got}, expected {expected}")]
    Differs {
        /// The operator.
        op: &'static str,
        /// Name of the case.
        case: String,
        /// The room's outputs as JSON.
        got: String,
        /// The stored ones.
        expected: String,
    },
}

/// The file of an operator's vectors, from the reference: one case a line.
pub fn file(op: Op) -> String {
    match op {
        Op::Embedding => write::<weights::Embedding>(op),
        Op::Linear => write::<weights::Linear>(op),
        Op::Residual => write::<elementwise::Residual>(op),
        Op::Rmsnorm => write::<elementwise::Rmsnorm>(op),
        Op::Rope => write::<elementwise::Rope>(op),
        Op::Attention => write::<attention::Attention>(op),
        Op::Swiglu => write::<elementwise::Swiglu>(op),
        Op::Bfpq => write::<elementwise::Bfpq>(op),
        Op::Head => write::<choice::Head>(op),
        Op::Sample => write::<choice::Sample>(op),
        Op::Conv2d => write::<maps::Conv2d>(op),
        Op::Silu => write::<maps::Silu>(op),
        Op::Upsample => write::<maps::Upsample>(op),
        Op::Pixel => write::<maps::Pixel>(op),
    }
}

/// Put every case of `text` to `room`; the number of cases.
///
/// # Errors
/// The first case that differs, or why the text is no such file.
pub fn check(op: Op, text: &str, room: &mut dyn Room) -> Result<usize, VectorError> {
    match op {
        Op::Embedding => read::<weights::Embedding>(op, text, room),
        Op::Linear => read::<weights::Linear>(op, text, room),
        Op::Residual => read::<elementwise::Residual>(op, text, room),
        Op::Rmsnorm => read::<elementwise::Rmsnorm>(op, text, room),
        Op::Rope => read::<elementwise::Rope>(op, text, room),
        Op::Attention => read::<attention::Attention>(op, text, room),
        Op::Swiglu => read::<elementwise::Swiglu>(op, text, room),
        Op::Bfpq => read::<elementwise::Bfpq>(op, text, room),
        Op::Head => read::<choice::Head>(op, text, room),
        Op::Sample => read::<choice::Sample>(op, text, room),
        Op::Conv2d => read::<maps::Conv2d>(op, text, room),
        Op::Silu => read::<maps::Silu>(op, text, room),
        Op::Upsample => read::<maps::Upsample>(op, text, room),
        Op::Pixel => read::<maps::Pixel>(op, text, room),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}

fn write<V: OpVector>(op: Op) -> String {
    let cases = V::inputs(&mut Random::new(op as u64)).into_iter().map(|(case, params, inputs)| {
        let outputs = V::run(&mut Reference, &params, &inputs);
        json(&Case { case, params, inputs, outputs })
    });
    let cases: Vec<String> = cases.collect();
    let (name, code) = (op.info().name, op as u8);
    format!("{{\"arithmetic\":\"{ARITHMETIC}\",\"op\":\"{name}\",\"code\":{code},\"cases\":[\n{}\n]}}\n", cases.join(",\n"))
}

fn read<V: OpVector>(op: Op, text: &str, room: &mut dyn Room) -> Result<usize, VectorError> {
    let file: File<Case<V::Params, V::Inputs, V::Outputs>> =
        serde_json::from_str(text).map_err(|e| VectorError::Unreadable(e.to_string()))?;
    let name = op.info().name;
    if (file.arithmetic.as_str(), file.op.as_str(), file.code) != (ARITHMETIC, name, op as u8) {
        let got = format!("{} {} ({})", file.arithmetic, file.op, file.code);
        return Err(VectorError::Other { got, expected: format!("{ARITHMETIC} {name} ({})", op as u8) });
    }
    for case in &file.cases {
        let got = V::run(room, &case.params, &case.inputs);
        if got != case.outputs {
            let (got, expected) = (json(&got), json(&case.outputs));
            return Err(VectorError::Differs { op: name, case: case.case.clone(), got, expected });
        }
    }
    Ok(file.cases.len())
}
