//! The tensors of one layer at one position, and the witnesses of its steps.

use std::ops::Range;
use std::sync::Arc;

use super::heads::{CHUNK, Heads};
use super::opened::{Opened, Part, Place};
use super::weights::{Matrix, Weights};
use super::{Kind, Step, Tensor};
use crate::backend::Backend;
use crate::commit::Hash;
use crate::model::Model;
use crate::model::config::Config;
use crate::model::forward::Session;
use crate::model::program;
use crate::ops::F;
use crate::ops::rmsnorm::{Norm, normalised};
use crate::ops::rope::rotated;
use crate::ops::swiglu::product;
use crate::scalar::Ints;
use crate::trace::Observer;
use crate::trace::vector::{BFP_LEAF, Group, LEAF, leaves};

/// Tensors of a layer.
pub const TENSORS: usize = 19;

/// The tensors of a layer at a position.
pub struct LayerTrace {
    layer: usize,
    position: usize,
    config: Config,
    before: Tensor,
    /// By the discriminants of [`Kind`].
    pub tensors: [Tensor; TENSORS],
}

impl LayerTrace {
    /// Run a layer on the boundary before it: the vectors up to the position, and the digests of the later ones.
    ///
    /// # Panics
    /// If there are no vectors, or there is no such layer.
    pub fn new<B: Backend<Ints = Ints>>(model: &mut Model<B>, layer: usize, before: &[i32], later: &[Hash]) -> Self {
        let (config, weights) = (model.manifest.config.clone(), Arc::clone(&model.weights));
        let norms = [&weights.layers[layer].attention_norm, &weights.layers[layer].ffn_norm];
        let c = &config;
        let (d, dh, heads, kv) = (c.d_model as usize, c.head_dim as usize, c.n_heads as usize, c.n_kv_heads as usize);
        let taken = take(model, layer, before);
        let position = before.len() / d - 1;
        let first = c.first_visible(position as u32) as usize;

        let normed = |x: &[i32], norm: &Norm| {
            let (n, fv) = normalised(x, norm, c.eps);
            Group::new(&n, fv)
        };
        let rotate = |x: &[i32], t: usize| Group::new(&rotated(x, t as u32, &c.rope_inc, c.rope_pairing), F + 15);
        let wide = |x: &[i32]| x.iter().map(|&x| i64::from(x)).collect::<Vec<_>>();
        let q: Vec<Group> = taken.q.chunks(dh).map(|x| rotate(x, position)).collect();
        let of_heads = |x: &[i32], group: &dyn Fn(&[i32], usize) -> Group| -> Vec<Vec<Group>> {
            let head = |h: usize| x.chunks(kv * dh).enumerate().map(|(t, x)| group(&x[h * dh..][..dh], t)).collect();
            (0..kv).map(head).collect()
        };
        let k = of_heads(&taken.k, &rotate);
        let v = of_heads(&taken.v, &|x, _| Group::new(&wide(x), F));
        let inside = Heads::new(&q, &visible(&k, first), &visible(&v, first), c.score_scale());
        let gated: Vec<i64> = taken.gate.iter().zip(&taken.up).map(|(&g, &u)| product(g, u)).collect();

        let rows = |x: &[i32], n: usize| Tensor::new(x.chunks(n).map(leaves));
        let one = |x: &[i32]| Tensor::new([leaves(x)]);
        let bfp = |group: &Group| Tensor::new([group.leaves()]);
        let by_head = |groups: &[Vec<Group>]| Tensor::new(groups.iter().map(|g| g.iter().flat_map(Group::leaves).collect()));
        assert!(q.len() == heads, "a query head is missing");
        let tensors = [
            Tensor::new(before.chunks(d).map(|x| normed(x, norms[0]).leaves())),
            one(&taken.q),
            rows(&taken.k, kv * dh),
            rows(&taken.v, kv * dh),
            Tensor::new([q.iter().flat_map(Group::leaves).collect()]),
            by_head(&k),
            by_head(&v),
            inside.scores,
            inside.folds,
            one(&taken.attended),
            bfp(&Group::new(&wide(&taken.attended), F)),
            one(&taken.o),
            one(&taken.mid),
            bfp(&normed(&taken.mid, norms[1])),
            one(&taken.gate),
            one(&taken.up),
            bfp(&Group::new(&gated, 2 * F)),
            one(&taken.down),
            one(&taken.after),
        ];
        Self { layer, position, before: rows(before, d).followed_by(later), config, tensors }
    }

    /// The root of the boundary before the layer.
    pub fn before(&self) -> Hash {
        self.before.root()
    }
}

impl Part for LayerTrace {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn openings(&self, weights: Weights<'_>, step: Step, peak: Option<u32>) -> Option<Vec<Opened>> {
        if !self.has(step) {
            return None;
        }
        let c = &self.config;
        let (dh, heads, kv) = (c.head_dim as usize, c.n_heads as usize, c.n_kv_heads as usize);
        let (a, b, i) = (step.a as usize, step.b as usize, step.c as usize);
        let leaves = |kind: Kind, row: usize, leaves: Range<usize>| Opened::leaves(&self.tensors, kind as usize, row, leaves);
        let leaf = |kind: Kind, row: usize, leaf: usize| leaves(kind, row, leaf..leaf + 1);
        let row = |kind: Kind, row: usize| Opened::row(&self.tensors, kind as usize, row);
        let int = |kind: Kind, row: usize, i: usize| leaf(kind, row, i / LEAF);
        let head = |kind: Kind, row: usize| leaves(kind, row, b * dh / LEAF..((b + 1) * dh).div_ceil(LEAF));
        let norm = |index: usize| Opened::other(weights.norm(index));
        let linear = |x: Kind, x_row: usize, matrix: usize, y: Kind, y_row: usize| {
            let w = Opened::other(weights.row(Matrix::Layer(self.layer, matrix), i));
            vec![row(x, x_row), w, int(y, y_row, i)]
        };
        Some(match step.kind {
            Kind::Normed => vec![Opened::other(self.before.open_row(a)), norm(2 * self.layer), row(Kind::Normed, a)],
            Kind::Q => linear(Kind::Normed, self.position, 0, Kind::Q, 0),
            Kind::K => linear(Kind::Normed, a, 1, Kind::K, a),
            Kind::V => linear(Kind::Normed, a, 2, Kind::V, a),
            Kind::QBfp => vec![leaf(Kind::QBfp, 0, b), head(Kind::Q, 0)],
            Kind::KBfp => vec![leaf(Kind::KBfp, b, a), head(Kind::K, a)],
            Kind::VBfp => vec![leaf(Kind::VBfp, b, a), head(Kind::V, a)],
            Kind::Scores => {
                let chunk = (a - self.first()) / CHUNK;
                vec![leaf(Kind::QBfp, 0, b), leaf(Kind::KBfp, b * kv / heads, a), leaf(Kind::Scores, b, chunk)]
            }
            Kind::Folds => {
                let start = self.first() + a * CHUNK;
                let v = leaves(Kind::VBfp, b * kv / heads, start..(start + CHUNK).min(self.position + 1));
                let fold = |chunk: usize| leaf(Kind::Folds, b, chunk);
                let before = (a > 0).then(|| fold(a - 1));
                let sums = before.into_iter().chain([fold(a), fold(self.chunks() - 1)]);
                [leaf(Kind::Scores, b, a), v].into_iter().chain(sums).collect()
            }
            Kind::Attended => vec![leaf(Kind::Folds, i / dh, self.chunks() - 1), int(Kind::Attended, 0, i)],
            Kind::AttendedBfp => self.quantised(step, peak, c.q_dim(), |i| vec![int(Kind::Attended, 0, i)]),
            Kind::O => linear(Kind::AttendedBfp, 0, 3, Kind::O, 0),
            Kind::Mid => {
                let x = Opened::other(self.before.open(self.position, i / LEAF..i / LEAF + 1));
                vec![x, int(Kind::O, 0, i), int(Kind::Mid, 0, i)]
            }
            Kind::FfnNormed => vec![row(Kind::Mid, 0), norm(2 * self.layer + 1), row(Kind::FfnNormed, 0)],
            Kind::Gate => linear(Kind::FfnNormed, 0, 4, Kind::Gate, 0),
            Kind::Up => linear(Kind::FfnNormed, 0, 5, Kind::Up, 0),
            Kind::Gated => self.quantised(step, peak, c.d_ff as usize, |i| vec![int(Kind::Gate, 0, i), int(Kind::Up, 0, i)]),
            Kind::Down => linear(Kind::Gated, 0, 6, Kind::Down, 0),
            Kind::After => vec![int(Kind::Mid, 0, i), int(Kind::Down, 0, i), int(Kind::After, 0, i)],
            _ => return None,
        })
    }

    fn is_whole(&self, tensor: usize) -> bool {
        [Kind::Normed as usize, Kind::FfnNormed as usize].contains(&tensor)
    }

    fn folds(&self) -> Option<usize> {
        Some(Kind::Folds as usize)
    }

    fn writing(&self, place: &Place) -> Vec<Step> {
        let kind = Kind::LAYER[place.tensor];
        let (row, (leaf, end)) = (place.row, place.leaves);
        let some = |a: usize, b: usize, range: Range<usize>| -> Vec<Step> {
            range.map(|c| Step::new(kind, a, b, c)).take_while(|&step| self.has(step)).collect()
        };
        match kind {
            Kind::Normed | Kind::FfnNormed => some(row, 0, 0..1),
            Kind::Q => some(self.position, 0, leaf * LEAF..end * LEAF),
            Kind::QBfp => some(self.position, leaf, 0..usize::MAX),
            Kind::K | Kind::V => some(row, 0, leaf * LEAF..end * LEAF),
            Kind::KBfp | Kind::VBfp => some(leaf, row, 0..usize::MAX),
            Kind::Scores => {
                let start = self.first() + leaf * CHUNK;
                let all = (start..(start + CHUNK).min(self.position + 1)).map(|a| Step::new(kind, a, row, 0));
                all.collect()
            }
            Kind::Folds => some(leaf, row, 0..usize::MAX),
            Kind::AttendedBfp | Kind::Gated => some(0, 0, leaf * BFP_LEAF..end * BFP_LEAF),
            _ => some(0, 0, leaf * LEAF..end * LEAF),
        }
    }
}

impl LayerTrace {
    /// Whether the layer has a step.
    pub fn has(&self, step: Step) -> bool {
        let c = &self.config;
        let (d, dh, heads, kv) = (c.d_model, c.head_dim, c.n_heads, c.n_kv_heads);
        let (position, first) = (self.position as u32, self.first() as u32);
        let (a, b, i) = match step.kind {
            Kind::Normed => (0..position + 1, 1, 1),
            Kind::Q => (position..position + 1, 1, heads * dh),
            Kind::K | Kind::V => (0..position + 1, 1, kv * dh),
            Kind::QBfp => (position..position + 1, heads, dh),
            Kind::KBfp | Kind::VBfp => (0..position + 1, kv, dh),
            Kind::Scores => (first..position + 1, heads, 1),
            Kind::Folds => (0..self.chunks() as u32, heads, dh),
            Kind::Attended | Kind::AttendedBfp => (0..1, 1, heads * dh),
            Kind::O | Kind::Mid | Kind::Down | Kind::After => (0..1, 1, d),
            Kind::FfnNormed => (0..1, 1, 1),
            Kind::Gate | Kind::Up | Kind::Gated => (0..1, 1, c.d_ff),
            _ => return false,
        };
        a.contains(&step.a) && step.b < b && step.c < i
    }

    fn first(&self) -> usize {
        self.config.first_visible(self.position as u32) as usize
    }

    /// Chunks of visible positions.
    fn chunks(&self) -> usize {
        (self.position + 1 - self.first()).div_ceil(CHUNK)
    }

    /// The leaf of a quantised number, and the openings of what it and its peak were made of. Nothing is read of a peak outside the vector.
    fn quantised(&self, step: Step, peak: Option<u32>, n: usize, inputs: impl Fn(usize) -> Vec<Opened>) -> Vec<Opened> {
        let (tensor, i) = (step.kind as usize, step.c as usize);
        let leaf = i / BFP_LEAF;
        let peak = peak.unwrap_or_else(|| peak_of(self.tensors[tensor].leaf(0, leaf))) as usize;
        let read = if peak < n { [inputs(i), inputs(peak)].concat() } else { Vec::new() };
        [vec![Opened::leaves(&self.tensors, tensor, 0, leaf..leaf + 1)], read].concat()
    }
}

/// The peak that a leaf of block floating point says.
///
/// # Panics
/// If it is shorter than its head.
pub fn peak_of(leaf: &[u8]) -> u32 {
    u32::from_be_bytes(leaf[4..8].try_into().expect("four bytes"))
}

fn visible(heads: &[Vec<Group>], first: usize) -> Vec<&[Group]> {
    heads.iter().map(|positions| &positions[first..]).collect()
}

/// The integer tensors of a layer: keys and values of all positions, the others of the last.
#[derive(Default)]
struct Taken {
    q: Vec<i32>,
    k: Vec<i32>,
    v: Vec<i32>,
    attended: Vec<i32>,
    o: Vec<i32>,
    mid: Vec<i32>,
    gate: Vec<i32>,
    up: Vec<i32>,
    down: Vec<i32>,
    after: Vec<i32>,
}

impl<B: Backend<Ints = Ints>> Observer<B> for Taken {
    fn tensor(&mut self, tensor: program::Tensor, x: &Ints) {
        use program::Tensor;
        let last = x.v[x.v.len() - x.n..].to_vec();
        match tensor {
            // The first of a pass: what is seen twice is seen from the start again.
            Tensor::Q => (self.q, self.o, self.mid) = (last, Vec::new(), Vec::new()),
            Tensor::K => self.k.extend_from_slice(&x.v),
            Tensor::V => self.v.extend_from_slice(&x.v),
            Tensor::Attended => self.attended = last,
            Tensor::Y if self.o.is_empty() => self.o = last,
            Tensor::X if self.mid.is_empty() => self.mid = last,
            Tensor::Gate => self.gate = last,
            Tensor::Up => self.up = last,
            Tensor::Y => self.down = last,
            Tensor::X => self.after = last,
            _ => {}
        }
    }
}

fn take<B: Backend<Ints = Ints>>(model: &mut Model<B>, layer: usize, before: &[i32]) -> Taken {
    let (config, weights) = (model.manifest.config.clone(), Arc::clone(&model.weights));
    let width = config.d_model as usize;
    assert!(!before.is_empty() && before.len().is_multiple_of(width), "these are no vectors");
    let window = crate::generate::window(&config).min(before.len() / width);
    let mut session = Session::new(&model.backend, &config, window);
    let mut taken = Taken::default();
    for rows in before.chunks(window * width) {
        let enter = |x: &mut Ints| rows.clone_into(&mut x.v);
        let positions = rows.len() / width;
        session.layer_alone(&mut model.backend, &config, &weights.layers[layer], positions, enter, Some(&mut taken));
    }
    taken
}
