//! Which shape of the kernels is faster on a device: a short measurement of what a token costs most, matrices times one row.

use openimo_core::backend::{Backend, MatrixLoader};
use openimo_core::device::Fault;
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops::F;
use web_time::Instant;

use crate::backend::Gpu;
use crate::device::Shape;

/// Products of one measurement.
const PRODUCTS: usize = 8;

impl Gpu {
    /// Measure both shapes and keep the faster one; results are the same.
    pub(crate) async fn measure_shapes(&mut self) -> Result<(), Fault> {
        // A row of a small model's feed-forward block; its values do not matter.
        let spec = MatrixSpec { rows: 1536, cols: 576, block: 32, bits: 4, has_m: false, has_bias: false, nslab: 1 };
        let row = Row {
            r: 1 << 15,
            re: 30,
            bias: None,
            d: vec![1; spec.blocks()],
            m: vec![0; spec.blocks()],
            q: vec![1; spec.cols as usize],
        };
        let mut loader = self.load(&spec);
        (0..spec.rows).for_each(|_| loader.push(&row));
        let matrix = loader.finish();
        let x = self.bfp_of(1, spec.cols as usize, &vec![1; spec.cols as usize], &[14]);
        let mut y = self.ints(1, spec.rows as usize);
        let mut times = Vec::new();
        for shape in [Shape::Team, Shape::Solo] {
            self.recorder.set_shape(shape);
            // The first run compiles.
            for measured in [false, true] {
                let begin = Instant::now();
                for _ in 0..PRODUCTS {
                    self.linear(&x, &[&matrix], F, &mut [&mut y]);
                }
                self.audit.take();
                self.read_row(&y, 0).wait().await?;
                if measured {
                    times.push((begin.elapsed(), shape));
                }
            }
        }
        let (_, fastest) = times.into_iter().min_by_key(|&(time, _)| time).expect("two were measured");
        self.recorder.set_shape(fastest);
        Ok(())
    }
}
