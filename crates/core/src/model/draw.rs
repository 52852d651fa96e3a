//! The decoder of a model that draws, written once against any [`Backend`]: ids in, colours out.

use std::task::{Poll, ready};

use super::image::ImageConfig;
use super::program::Tensor;
use crate::backend::{Backend, Choice};
use crate::device::Fault;
use crate::ops::F;
use crate::picture::Picture;

/// Weights of the decoder, in the form of one back end.
#[derive(Debug)]
pub struct ImageWeights<M> {
    /// `[codes, code_dim]`.
    pub codebook: M,
    /// One matrix `[out, 9·in]` a convolution.
    pub convs: Vec<M>,
}

/// Whoever looks at the tensors of the decoder while they are made.
pub trait DrawObserver<B: Backend> {
    /// Integers of convolution `conv` (none: of the codebook).
    fn ints(&mut self, backend: &mut B, conv: Option<usize>, tensor: Tensor, x: &B::Ints);
}

/// A picture under way.
pub struct Drawing<B: Backend> {
    size: (u32, u32),
    pixels: B::Choice,
}

impl<B: Backend> Drawing<B> {
    /// Begin to draw `ids`; ids that are not there yet are drawn as code 0.
    ///
    /// # Panics
    /// If there are more ids than the picture has.
    pub fn new(backend: &mut B, config: &ImageConfig, weights: &ImageWeights<B::Matrix>, ids: &[u32]) -> Self {
        Self::observed(backend, config, weights, ids, None)
    }

    /// The same, with somebody who looks on.
    ///
    /// # Panics
    /// As [`Drawing::new`].
    pub fn observed(
        backend: &mut B,
        config: &ImageConfig,
        weights: &ImageWeights<B::Matrix>,
        ids: &[u32],
        mut observer: Option<&mut dyn DrawObserver<B>>,
    ) -> Self {
        assert!(ids.len() <= config.ids() as usize, "more ids than the picture has");
        let mut codes = config.codes(ids);
        codes.resize(config.ids() as usize, 0);
        let grid = config.grid();
        let mut map = backend.ints(grid.height * grid.width, grid.channels);
        backend.embedding(&codes, &weights.codebook, F, &mut map);
        backend.flatten(&mut map);
        let mut see = |backend: &mut B, conv, tensor, x: &B::Ints| {
            if let Some(observer) = observer.as_deref_mut() {
                observer.ints(backend, conv, tensor, x);
            }
        };
        see(backend, None, Tensor::Map, &map);
        for (i, (shape, w)) in config.shapes().iter().zip(&weights.convs).enumerate() {
            if i > 0 {
                backend.silu(&mut map);
                see(backend, Some(i), Tensor::Activated, &map);
            }
            let mut quantised = backend.bfp(1, 1, shape.before.len());
            backend.bfpq(&map, F, &mut quantised);
            if shape.input != shape.before {
                let mut doubled = backend.bfp(1, 1, shape.input.len());
                backend.upsample(&quantised, shape.before, &mut doubled);
                quantised = doubled;
            }
            map = backend.ints(1, shape.output.len());
            backend.conv2d(&quantised, shape.input, w, F, &mut map);
            see(backend, Some(i), Tensor::Map, &map);
        }
        Self { size: config.size(), pixels: backend.pixel(&map) }
    }

    /// The picture, when it is there.
    ///
    /// # Errors
    /// If the device failed.
    pub fn poll(&mut self) -> Poll<Result<Picture, Fault>> {
        let (width, height) = self.size;
        let pixels = ready!(self.pixels.poll());
        Poll::Ready(pixels.map(|pixels| Picture { width, height, pixels: pixels.into_iter().map(|p| p as u8).collect() }))
    }
}
