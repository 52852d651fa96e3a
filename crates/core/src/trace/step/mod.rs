//! Steps of a run in their smallest form: one element of one operator at one position, with the openings of what it reads and writes, so
//! that a referee who knows no more than the model id and the trace can run it again.
//!
//! The integer and block-floating-point tensors inside a layer at a position, before a choice, and of a picture are committed as [`Tensor`]s when somebody
//! asks for them. A step is named by a [`Step`], and [`opened::Part::witness`] gives its bytes: the step, then each opening in the order in which the referee's operator reads it, without lengths, since all of them are known.

pub mod choice;
pub mod heads;
pub mod inquiry;
pub mod layer;
pub mod opened;
pub mod picture;
pub mod program;
pub mod tensor;
pub mod weights;

pub use tensor::Tensor;

/// One element of one operator. The discriminants are those of the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The normalised residual stream at position `a`; the whole vector.
    Normed = 0,
    /// Query `c`.
    Q = 1,
    /// Key `c` at position `a`.
    K = 2,
    /// Value `c` at position `a`.
    V = 3,
    /// Element `c` of rotated query head `b`.
    QBfp = 4,
    /// Element `c` of rotated key head `b` at position `a`.
    KBfp = 5,
    /// Element `c` of value head `b` at position `a`.
    VBfp = 6,
    /// The score of head `b` and position `a`.
    Scores = 7,
    /// The sums of head `b` up to chunk `a`, with column `c`.
    Folds = 8,
    /// Output `c` of the heads.
    Attended = 9,
    /// The same, quantised.
    AttendedBfp = 10,
    /// Its projection, element `c`.
    O = 11,
    /// The residual stream between the blocks, element `c`.
    Mid = 12,
    /// The same normalised; the whole vector.
    FfnNormed = 13,
    /// Gate projection, element `c`.
    Gate = 14,
    /// Up projection, element `c`.
    Up = 15,
    /// Gated, element `c`.
    Gated = 16,
    /// Its projection, element `c`.
    Down = 17,
    /// The residual stream after the layer, element `c`.
    After = 18,
    /// The residual stream after the last layer normalised; the whole vector.
    FinalNormed = 32,
    /// Logit `c`.
    Logits = 33,
    /// Id `c` against the greedy choice.
    Greedy = 34,
    /// The sums of a seeded choice up to chunk `a`.
    Masses = 35,
    /// The seeded choice.
    Sampled = 36,
    /// The embedding, element `c`.
    Embedding = 48,
    /// Value `c` of the map of a picture's codes.
    Codes = 64,
    /// Number `c` of the quantised input of convolution `a`.
    Quantised = 65,
    /// Output `c` of convolution `a`.
    Convolved = 66,
    /// Byte `c` of the colours.
    Pixels = 67,
}

/// Where a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// What it computes.
    pub kind: Kind,
    /// Position, chunk or convolution; 0 where there is none to name.
    pub a: u32,
    /// Head; 0 where there is none to name.
    pub b: u32,
    /// Element; 0 where there is none to name.
    pub c: u32,
}

impl Kind {
    /// Every kind of a layer, in the order of its tensors.
    pub const LAYER: [Self; 19] = [
        Self::Normed,
        Self::Q,
        Self::K,
        Self::V,
        Self::QBfp,
        Self::KBfp,
        Self::VBfp,
        Self::Scores,
        Self::Folds,
        Self::Attended,
        Self::AttendedBfp,
        Self::O,
        Self::Mid,
        Self::FfnNormed,
        Self::Gate,
        Self::Up,
        Self::Gated,
        Self::Down,
        Self::After,
    ];
    /// Whether its number's leaf names a peak, whose inputs the step reads too.
    pub const fn has_peak(self) -> bool {
        matches!(self, Self::AttendedBfp | Self::Gated | Self::Quantised)
    }

    /// Every kind of a choice.
    pub const CHOICE: [Self; 5] = [Self::FinalNormed, Self::Logits, Self::Greedy, Self::Masses, Self::Sampled];

    /// Every kind of a picture.
    pub const PICTURE: [Self; 4] = [Self::Codes, Self::Quantised, Self::Convolved, Self::Pixels];
}

impl Step {
    /// A step.
    pub const fn new(kind: Kind, a: usize, b: usize, c: usize) -> Self {
        Self { kind, a: a as u32, b: b as u32, c: c as u32 }
    }

    /// The step that a witness begins with; none if there is no such kind.
    pub fn read(bytes: &[u8; 13]) -> Option<Self> {
        let all = Kind::LAYER.into_iter().chain(Kind::CHOICE).chain([Kind::Embedding]).chain(Kind::PICTURE);
        let kind = all.into_iter().find(|&kind| kind as u8 == bytes[0])?;
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        Some(Self { kind, a: number(1), b: number(5), c: number(9) })
    }

    /// The first bytes of its witness.
    pub fn to_bytes(self) -> Vec<u8> {
        [&[self.kind as u8][..], &self.a.to_be_bytes(), &self.b.to_be_bytes(), &self.c.to_be_bytes()].concat()
    }
}
