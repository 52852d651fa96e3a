//! The operators on maps.

use openimo_core::backend::Backend;
use openimo_core::ops::conv2d::MapShape;
use openimo_core::ops::{self, F};
use openimo_core::random::Random;

use super::{Case, activations, values, within};
use crate::backend::Gpu;

/// A map of more places than a tile of linear, and some with nothing but edges.
const SHAPES: [(usize, usize); 6] = [(7, 10), (1, 1), (1, 9), (9, 1), (2, 2), (11, 6)];

impl Gpu {
    pub(super) fn test_conv2d(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let (height, width) = SHAPES[case.number];
        let map = MapShape { height, width, channels: 64 };
        let (spec, rows, matrix) = self.matrix_of((37, map.unfolded() as u32), random);
        let (x, e) = (activations(random, map.len()), within(random, 30));
        let (on_device, mut y) = (self.bfp_of(1, map.len(), &x, &[e]), self.ints(1, height * width * spec.rows as usize));
        self.conv2d(&on_device, map, &matrix, F, &mut y);
        self.audit.take();
        let mut expected = vec![0; height * width * spec.rows as usize];
        ops::conv2d::conv2d(&rows, &x, e, map, F, &mut expected);
        case.ints(self, &y, 0, &expected);
    }

    pub(super) fn test_silu(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let bits = 16 + (random.bits() % 16) as u32;
        let mut x = values(random, 200, bits);
        let mut on_device = self.ints_of(200, &x);
        self.silu(&mut on_device);
        ops::silu::silu(&mut x);
        case.ints(self, &on_device, 0, &x);
    }

    pub(super) fn test_upsample(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let (height, width) = SHAPES[case.number];
        let map = MapShape { height, width, channels: random.pick(&[16, 32, 48]) };
        let (x, e) = (activations(random, map.len()), within(random, 30));
        let (on_device, mut out) = (self.bfp_of(1, map.len(), &x, &[e]), self.bfp(1, 1, 4 * map.len()));
        self.upsample(&on_device, map, &mut out);
        let mut expected = vec![0; 4 * map.len()];
        ops::upsample::upsample(&x, map, &mut expected);
        case.bfp(self, &out, &expected, e);
    }

    pub(super) fn test_pixel(&mut self, random: &mut Random, case: &mut Case<'_>) {
        let bits = 15 + case.number as u32;
        let x = values(random, 300, bits);
        let on_device = self.ints_of(300, &x);
        let choice = self.pixel(&on_device);
        case.numbers(choice, x.iter().map(|&x| ops::pixel::pixel(x).into()).collect());
    }
}
