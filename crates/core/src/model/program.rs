//! The static list of operators of a model: which operator reads and writes what, in the order of [`super::forward`].
//!
//! Its bytes are the section `program` of a model file and so part of the model id: a trace or a dispute names an operator by its
//! place in this list. The list follows from the configuration; a file that carries another one is refused.
//!
//! One operator is 10 bytes: `op u8 ‖ layer u16 LE ‖ inputs 3 × u8 ‖ output u8 ‖ fraction bits u8 ‖ weights u16 LE`. Absent values are
//! all ones. `fraction bits` are those of the output of embedding and linear, and of the input of the others that need them.
//! `weights` is the index of a matrix's section in the manifest, or for rmsnorm the index of the normalisation in section `norms`.

use super::config::Config;
use crate::ops::{F, Op};

/// A tensor between operators; the codes are part of every model id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Tensor {
    /// Vocabulary entries in, and the chosen one out.
    Ids = 0,
    /// The residual stream.
    X = 1,
    /// What is added to it.
    Y = 2,
    /// The normalised residual stream.
    Normed = 3,
    /// Queries.
    Q = 4,
    /// Keys.
    K = 5,
    /// Values.
    V = 6,
    /// Rotated queries.
    QBfp = 7,
    /// Rotated keys, of all positions.
    KBfp = 8,
    /// Quantised values, of all positions.
    VBfp = 9,
    /// Output of the heads.
    Attended = 10,
    /// The same, quantised.
    AttendedBfp = 11,
    /// Gate projection.
    Gate = 12,
    /// Up projection.
    Up = 13,
    /// Gated, quantised.
    Gated = 14,
    /// Logits.
    Logits = 15,
    /// Map of a picture's codes, or what a convolution gives.
    Map = 16,
    /// After SiLU.
    Activated = 17,
    /// The same, quantised.
    MapBfp = 18,
    /// The same, doubled.
    Doubled = 19,
    /// Colours of the picture.
    Pixels = 20,
}

/// One operator of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The operator.
    pub op: Op,
    /// Its layer; none before the first and after the last.
    pub layer: Option<u16>,
    /// What it reads besides weights.
    pub inputs: [Option<Tensor>; 3],
    /// What it writes.
    pub output: Tensor,
    /// Fraction bits, where the operator is told.
    pub fraction_bits: Option<u8>,
    /// Section of its matrix, or index of its normalisation.
    pub weights: Option<u16>,
}

/// Bytes of one operator.
pub const INSTRUCTION_LEN: usize = 10;
/// Sections before the embedding.
pub(crate) const FIRST_MATRIX: u16 = 5;
/// Matrices of a layer.
pub(crate) const LAYER_MATRICES: u16 = 7;

/// The operators of a model in order.
pub fn instructions(config: &Config) -> Vec<Instruction> {
    use Tensor::*;
    let (f, fres) = (Some(F as u8), Some(config.fres));
    let step = |op, layer, inputs: &[Tensor], output, fraction_bits, weights| Instruction {
        op,
        layer,
        inputs: std::array::from_fn(|i| inputs.get(i).copied()),
        output,
        fraction_bits,
        weights,
    };
    let mut list = vec![step(Op::Embedding, None, &[Ids], X, fres, Some(FIRST_MATRIX))];
    for l in 0..config.n_layers as u16 {
        let layer = Some(l);
        let matrix = |i| Some(FIRST_MATRIX + 1 + l * LAYER_MATRICES + i);
        list.extend([
            step(Op::Rmsnorm, layer, &[X], Normed, None, Some(2 * l)),
            step(Op::Linear, layer, &[Normed], Q, f, matrix(0)),
            step(Op::Linear, layer, &[Normed], K, f, matrix(1)),
            step(Op::Linear, layer, &[Normed], V, f, matrix(2)),
            step(Op::Rope, layer, &[Q], QBfp, f, None),
            step(Op::Rope, layer, &[K], KBfp, f, None),
            step(Op::Bfpq, layer, &[V], VBfp, f, None),
            step(Op::Attention, layer, &[QBfp, KBfp, VBfp], Attended, f, None),
            step(Op::Bfpq, layer, &[Attended], AttendedBfp, f, None),
            step(Op::Linear, layer, &[AttendedBfp], Y, fres, matrix(3)),
            step(Op::Residual, layer, &[X, Y], X, None, None),
            step(Op::Rmsnorm, layer, &[X], Normed, None, Some(2 * l + 1)),
            step(Op::Linear, layer, &[Normed], Gate, f, matrix(4)),
            step(Op::Linear, layer, &[Normed], Up, f, matrix(5)),
            step(Op::Swiglu, layer, &[Gate, Up], Gated, f, None),
            step(Op::Linear, layer, &[Gated], Y, fres, matrix(6)),
            step(Op::Residual, layer, &[X, Y], X, None, None),
        ]);
    }
    let layers = config.n_layers as u16;
    let head = if config.tied { FIRST_MATRIX } else { FIRST_MATRIX + 1 + layers * LAYER_MATRICES };
    list.extend([
        step(Op::Rmsnorm, None, &[X], Normed, None, Some(2 * layers)),
        step(Op::Linear, None, &[Normed], Logits, f, Some(head)),
        step(Op::Sample, None, &[Logits], Ids, f, None),
    ]);
    let Some(image) = &config.image else { return list };
    // The decoder is one layer after those of the transformer.
    let layer = Some(layers);
    let codebook = FIRST_MATRIX + 1 + layers * LAYER_MATRICES + u16::from(!config.tied);
    list.push(step(Op::Embedding, layer, &[Ids], Map, f, Some(codebook)));
    for (i, conv) in image.convs.iter().enumerate() {
        let activated = if i == 0 { Map } else { Activated };
        list.extend((i > 0).then(|| step(Op::Silu, layer, &[Map], Activated, f, None)));
        list.push(step(Op::Bfpq, layer, &[activated], MapBfp, f, None));
        list.extend(conv.upsample.then(|| step(Op::Upsample, layer, &[MapBfp], Doubled, None, None)));
        let input = if conv.upsample { Doubled } else { MapBfp };
        list.push(step(Op::Conv2d, layer, &[input], Map, f, Some(codebook + 1 + i as u16)));
    }
    list.push(step(Op::Pixel, layer, &[Map], Pixels, f, None));
    list
}

/// Bytes of the list of `config`.
pub fn encoded_len(config: &Config) -> u64 {
    let image = config.image.as_ref().map_or(0, |image| {
        let doubled = image.convs.iter().filter(|conv| conv.upsample).count();
        1 + 3 * image.convs.len() + doubled
    });
    (4 + 17 * u64::from(config.n_layers) + image as u64) * INSTRUCTION_LEN as u64
}

/// The bytes of the list.
pub fn encode(config: &Config) -> Vec<u8> {
    instructions(config).into_iter().flat_map(Instruction::to_bytes).collect()
}

impl Instruction {
    fn to_bytes(self) -> [u8; INSTRUCTION_LEN] {
        let layer = self.layer.unwrap_or(u16::MAX).to_le_bytes();
        let inputs = self.inputs.map(|t| t.map_or(u8::MAX, |t| t as u8));
        let weights = self.weights.unwrap_or(u16::MAX).to_le_bytes();
        let bits = self.fraction_bits.unwrap_or(u8::MAX);
        let (op, output) = (self.op as u8, self.output as u8);
        [op, layer[0], layer[1], inputs[0], inputs[1], inputs[2], output, bits, weights[0], weights[1]]
    }
}
