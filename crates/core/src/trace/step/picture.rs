//! The tensors of a picture, which follow from the output ids, and the witnesses of its steps.
//!
//! They are the map of the codes; for each convolution `exponent i32 ‖ peak u32` of its quantised input, that input, and what it gives; and the
//! picture's file. A quantised map has a row a row of the picture and a leaf a place, so that a neighbourhood is few leaves; its exponent is
//! one leaf for all of them, so that the true peak alone decides whether it is right. A doubled map is read as the one that it was made of.

use std::task::Poll;

use super::opened::{Opened, Part, Place};
use super::weights::{Matrix, Weights};
use super::{Kind, Step, Tensor};
use crate::backend::Backend;
use crate::model::Model;
use crate::model::draw::{DrawObserver, Drawing};
use crate::model::file::LEAF_BYTES;
use crate::model::image::{ConvShape, ImageConfig};
use crate::model::program;
use crate::ops::F;
use crate::ops::conv2d::MapShape;
use crate::ops::swiglu::silu16;
use crate::picture;
use crate::scalar::Ints;
use crate::trace::step::layer::peak_of;
use crate::trace::vector::{Group, LEAF, leaves};

/// The tensors of a picture.
pub struct PictureTrace {
    config: ImageConfig,
    shapes: Vec<ConvShape>,
    /// The map of the codes first, then what each convolution gives.
    maps: Vec<MapShape>,
    prompt: usize,
    all: Vec<u32>,
    ids: Tensor,
    peaks: Vec<u32>,
    /// In order.
    pub tensors: Vec<Tensor>,
    file: Vec<u8>,
}

/// The maps of integers, those of the codes first.
struct Maps(Vec<Vec<i32>>);

impl<B: Backend<Ints = Ints>> DrawObserver<B> for Maps {
    fn ints(&mut self, _: &mut B, _: Option<usize>, tensor: program::Tensor, x: &Ints) {
        if tensor == program::Tensor::Map {
            self.0.push(x.v.clone());
        }
    }
}

impl PictureTrace {
    /// Draw the output of a sequence, the first `prompt` of whose ids are the prompt's; none if the model does not draw.
    ///
    /// # Panics
    /// If the output has another number of ids than a picture.
    pub fn new<B: Backend<Ints = Ints>>(model: &mut Model<B>, ids: &[u32], prompt: usize) -> Option<Self> {
        let config = model.manifest.config.image.clone()?;
        assert_eq!(ids.len() - prompt, config.ids() as usize, "ids of a picture");
        let weights = std::sync::Arc::clone(&model.weights);
        let (mut maps, decoder) = (Maps(Vec::new()), weights.image.as_ref()?);
        let drawing = Drawing::observed(&mut model.backend, &config, decoder, &ids[prompt..], Some(&mut maps));
        let file = drawn(drawing);
        let shapes = config.shapes();
        let one = |leaves: Vec<Vec<u8>>| Tensor::new([leaves]);
        let (mut tensors, mut peaks) = (vec![one(leaves(&maps.0[0]))], Vec::new());
        for (i, shape) in shapes.iter().enumerate() {
            let activated = maps.0[i].iter().map(|&x| if i == 0 { i64::from(x) } else { silu16(x) });
            let group = Group::new(&activated.collect::<Vec<_>>(), F);
            let place = |x: &[i16]| x.iter().flat_map(|x| x.to_be_bytes()).collect::<Vec<_>>();
            let rows = group.x.chunks(shape.before.width * shape.before.channels);
            tensors.push(one(vec![[group.e.to_be_bytes(), group.peak.to_be_bytes()].concat()]));
            tensors.push(Tensor::new(rows.map(|row| row.chunks(shape.before.channels).map(place).collect())));
            tensors.push(one(leaves(&maps.0[i + 1])));
            peaks.push(group.peak);
        }
        tensors.push(content(&file));
        let sequence: Vec<i32> = ids.iter().map(|id| id.cast_signed()).collect();
        let maps = [config.grid()].into_iter().chain(shapes.iter().map(|shape| shape.output)).collect();
        Some(Self { config, shapes, maps, prompt, all: ids.to_vec(), ids: one(leaves(&sequence)), peaks, tensors, file })
    }

    /// The picture's file.
    pub fn file(&self) -> &[u8] {
        &self.file
    }

    /// Whether the picture has a step.
    pub fn has(&self, step: Step) -> bool {
        let (convs, a) = (self.shapes.len(), step.a as usize);
        let n = match step.kind {
            Kind::Codes if a == 0 => self.maps[0].len(),
            Kind::Quantised if a < convs => self.maps[a].len(),
            Kind::Convolved if a < convs => self.maps[a + 1].len(),
            Kind::Pixels if a == 0 => self.maps[convs].len(),
            _ => return false,
        };
        step.b == 0 && (step.c as usize) < n
    }

    /// The number of convolutions.
    pub const fn convolutions(&self) -> usize {
        self.shapes.len()
    }

    /// The leaves that convolution `a` reads for its output `i`: of each row of the map the first place, and the one after the last.
    fn neighbourhood(&self, a: usize, i: usize) -> Vec<(usize, (usize, usize))> {
        let ConvShape { before, input, output } = self.shapes[a];
        let place = i / output.channels;
        let source = |at: usize| if input.height == before.height { at } else { at / 2 };
        let around = |at: usize, n: usize| (source(at.saturating_sub(1)), source((at + 1).min(n - 1)));
        let (top, bottom) = around(place / output.width, output.height);
        let (left, right) = around(place % output.width, output.width);
        (top..=bottom).map(|row| (row, (left, right + 1))).collect()
    }

    /// Where byte `i` of the colours is in the file.
    fn place(&self, i: usize) -> usize {
        picture::place(i, self.config.size().0)
    }
}

/// The tensor of a picture's file.
pub fn content(file: &[u8]) -> Tensor {
    Tensor::new([file.chunks(LEAF_BYTES).map(<[u8]>::to_vec).collect()])
}

/// The file of a picture that is drawn by somebody who does not wait for a device.
pub(crate) fn drawn<B: Backend>(mut drawing: Drawing<B>) -> Vec<u8> {
    loop {
        match drawing.poll() {
            Poll::Ready(picture) => return picture.expect("a processor has no faults").png(),
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

/// Tensors of a convolution.
const EACH: usize = 3;

impl Part for PictureTrace {
    fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    fn openings(&self, weights: Weights<'_>, step: Step, peak: Option<u32>) -> Option<Vec<Opened>> {
        if !self.has(step) {
            return None;
        }
        let (a, i) = (step.a as usize, step.c as usize);
        let leaf = |tensor: usize, row: usize, leaf: usize| Opened::leaves(&self.tensors, tensor, row, leaf..leaf + 1);
        let int = |tensor: usize, i: usize| leaf(tensor, 0, i / LEAF);
        let scale = || leaf(EACH * a + 1, 0, 0);
        Some(match step.kind {
            Kind::Codes => {
                let channels = self.maps[0].channels;
                let at = self.prompt + i / channels;
                let id = Opened::other(self.ids.open(0, at / LEAF..at / LEAF + 1));
                let code = self.config.codes(&self.all[at..=at])[0] as usize;
                vec![id, Opened::other(weights.element(Matrix::Codebook, code, i % channels)), int(0, i)]
            }
            Kind::Quantised => {
                let map = self.maps[a];
                let place = i / map.channels;
                let number = leaf(EACH * a + 2, place / map.width, place % map.width);
                let peak = peak.unwrap_or_else(|| peak_of(self.tensors[EACH * a + 1].leaf(0, 0))) as usize;
                // Nothing is read of a peak outside the map.
                let read = if peak < map.len() { vec![int(EACH * a, i), int(EACH * a, peak)] } else { Vec::new() };
                [vec![scale(), number], read].concat()
            }
            Kind::Convolved => {
                let read = |(row, (from, to))| Opened::leaves(&self.tensors, EACH * a + 2, row, from..to);
                let places = self.neighbourhood(a, i).into_iter().map(read);
                let row = Opened::other(weights.row(Matrix::Convolution(a), i % self.maps[a + 1].channels));
                [scale()].into_iter().chain(places).chain([row, int(EACH * (a + 1), i)]).collect()
            }
            _ => {
                let maps = EACH * self.shapes.len();
                vec![leaf(maps + 1, 0, self.place(i) / LEAF_BYTES), int(maps, i)]
            }
        })
    }

    fn writing(&self, place: &Place) -> Vec<Step> {
        let (leaf, end) = place.leaves;
        let some = |kind: Kind, a: usize, range: std::ops::Range<usize>| -> Vec<Step> {
            range.map(|c| Step::new(kind, a, 0, c)).take_while(|&step| self.has(step)).collect()
        };
        let ints = leaf * LEAF..end * LEAF;
        if place.tensor == 0 {
            return some(Kind::Codes, 0, ints);
        }
        let (a, of) = ((place.tensor - 1) / EACH, (place.tensor - 1) % EACH);
        if a == self.shapes.len() {
            let all = (0..self.maps[a].len()).map(|i| (i, self.place(i) / LEAF_BYTES));
            return all.filter(|(_, at)| (leaf..end).contains(at)).map(|(i, _)| Step::new(Kind::Pixels, 0, 0, i)).collect();
        }
        let map = self.maps[a];
        match of {
            // Where the largest is, no other peak holds, and no other exponent.
            0 => vec![Step::new(Kind::Quantised, a, 0, self.peaks[a] as usize)],
            1 => {
                let first = place.row * map.width;
                some(Kind::Quantised, a, (first + leaf) * map.channels..(first + end) * map.channels)
            }
            _ => some(Kind::Convolved, a, ints),
        }
    }

    fn number(&self, place: &Place, step: Step) -> Option<std::ops::Range<usize>> {
        let i = step.c as usize;
        Some(match step.kind {
            Kind::Quantised if place.tensor % EACH == 1 => 0..8,
            Kind::Quantised => {
                let at = 2 * (i % self.maps[step.a as usize].channels);
                at..at + 2
            }
            Kind::Pixels => {
                let at = self.place(i) % LEAF_BYTES;
                at..at + 1
            }
            _ => 4 * (i % LEAF)..4 * (i % LEAF) + 4,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::file::{Header, Parsed, load};
    use crate::model::testing::Tiny;
    use crate::ops::conv2d::conv2d;
    use crate::ops::embedding::embedding;
    use crate::ops::pixel::pixel;
    use crate::ops::upsample::upsample;
    use crate::scalar::Scalar;

    fn trace(tiny: &Tiny) -> PictureTrace {
        let mut model = load(&tiny.imo(), Scalar).unwrap();
        PictureTrace::new(&mut model, &[65, 66, 261, 299, 5, 260, 280, 270], 2).unwrap()
    }

    fn ints(tensor: &Tensor) -> Vec<i32> {
        let bytes: Vec<u8> = (0..tensor.leaves(0)).flat_map(|leaf| tensor.leaf(0, leaf).to_vec()).collect();
        bytes.chunks_exact(4).map(|v| i32::from_be_bytes(v.try_into().unwrap())).collect()
    }

    /// The operators one by one, from what is committed.
    #[test]
    fn the_tensors_are_what_the_operators_give() {
        for seed in 0..6 {
            let (tiny, trace) = (Tiny::drawing(seed), trace(&Tiny::drawing(seed)));
            let codebook = tiny.rows.len() - 1 - trace.convolutions();
            let mut x = vec![0; trace.maps[0].len()];
            for (code, x) in [1, 39, 0, 0, 20, 10].into_iter().zip(x.chunks_exact_mut(trace.maps[0].channels)) {
                embedding(&tiny.rows[codebook][code], F, x);
            }
            assert_eq!(ints(&trace.tensors[0]), x);
            for (i, shape) in trace.shapes.iter().enumerate() {
                let scale = trace.tensors[EACH * i + 1].leaf(0, 0);
                let e = i32::from_be_bytes(scale[..4].try_into().unwrap());
                let t = &trace.tensors[EACH * i + 2];
                let bytes = (0..t.rows()).flat_map(|row| (0..t.leaves(row)).flat_map(move |leaf| t.leaf(row, leaf).to_vec()));
                let bytes: Vec<u8> = bytes.collect();
                let numbers: Vec<i16> = bytes.chunks_exact(2).map(|v| i16::from_be_bytes(v.try_into().unwrap())).collect();
                let mut input = vec![0; shape.input.len()];
                if shape.input == shape.before {
                    input.clone_from(&numbers);
                } else {
                    upsample(&numbers, shape.before, &mut input);
                }
                let mut y = vec![0; shape.output.len()];
                conv2d(&tiny.rows[codebook + 1 + i], &input, e, shape.input, F, &mut y);
                assert_eq!(ints(&trace.tensors[EACH * (i + 1)]), y, "convolution {i} of model {seed}");
                x = y;
            }
            assert!(x.iter().enumerate().all(|(i, &x)| trace.file()[trace.place(i)] == pixel(x)));
        }
    }

    /// Each step writes one leaf, and its witness has that leaf.
    #[test]
    fn every_step_writes_a_leaf_and_every_leaf_is_written() {
        let tiny = Tiny::drawing(2);
        let (trace, file) = (trace(&tiny), tiny.imo());
        let Ok(Parsed::Header(header)) = Header::parse(&file) else { panic!("a head") };
        let weights = Weights::new(&header, &file);
        let mut found = BTreeSet::new();
        for (tensor, t) in trace.tensors.iter().enumerate() {
            for (row, leaf) in (0..t.rows()).flat_map(|row| (0..t.leaves(row)).map(move |leaf| (row, leaf))) {
                let place = Place { tensor, row, leaves: (leaf, leaf + 1) };
                let steps = trace.writing(&place);
                assert!(!steps.is_empty() || tensor + 1 == trace.tensors.len());
                for step in steps {
                    let number = trace.number(&place, step).unwrap();
                    assert!(number.end <= t.leaf(row, leaf).len());
                    let opened = trace.openings(weights, step, None).unwrap();
                    assert!(opened.iter().any(|opened| opened.place.as_ref() == Some(&place)), "{step:?}");
                    assert_eq!(Step::read(step.to_bytes()[..].try_into().unwrap()), Some(step));
                    let is_scale = (tensor + 1) % EACH == 2 && step.kind == Kind::Quantised;
                    assert!(found.insert((step.kind as u8, step.a, step.c, is_scale)));
                }
            }
        }
        let values: usize = trace.maps.iter().map(|map| map.len()).sum();
        let quantised: usize = trace.shapes.iter().map(|shape| shape.before.len()).sum();
        let colours = trace.maps[trace.convolutions()].len();
        assert_eq!(found.len(), values + quantised + colours + trace.convolutions());
    }

    #[test]
    fn a_model_that_writes_has_no_picture() {
        let mut model = load(&Tiny::new(1).imo(), Scalar).unwrap();
        assert!(PictureTrace::new(&mut model, &[65, 66], 1).is_none());
    }
}
