//! Products checked on the processor during a run. Source: R. Freivalds, "Probabilistic machines can use less running time", 1977.
//!
//! For a matrix W a random vector r is drawn when it is loaded, and s = rᵀW kept: exact integers, a few kilobytes. A product acc = W·X of
//! the device is right only if r·acc = s·X; wrong sums pass with probability 2^−16 at most, since r is uniform in 2^16 values and unknown
//! to the device. From the sums each output follows exactly on the processor, so a check that passes covers the whole operator.

use std::task::{Poll, ready};

use openimo_core::device::Fault;
use openimo_core::model::matrix::{MatrixSpec, Row};
use openimo_core::ops::linear::finish;
use openimo_core::random::Random;

use crate::read::Read;
use crate::tensor::unpack_digits;

/// What is kept of a matrix.
pub struct Projection {
    /// r, one a row.
    r: Vec<i16>,
    /// s, one a column: |s| <= 2^15·2^24·2^18 = 2^57.
    s: Vec<i64>,
    /// R, re and bias of each row.
    scales: Vec<(u16, i16, Option<i32>)>,
    random: Random,
    block: usize,
}

impl Projection {
    /// Nothing taken in yet.
    pub fn new(spec: &MatrixSpec, seed: u64) -> Self {
        let rows = spec.rows as usize;
        Self {
            r: Vec::with_capacity(rows),
            s: vec![0; spec.cols as usize],
            scales: Vec::with_capacity(rows),
            random: Random::new(seed),
            block: usize::from(spec.block),
        }
    }

    /// Take in the next row.
    pub fn push(&mut self, row: &Row) {
        let r = self.random.bits() as i16;
        for (b, (q, s)) in row.q.chunks(self.block).zip(self.s.chunks_mut(self.block)).enumerate() {
            let (d, m) = (i64::from(r) * i64::from(row.d[b]), i64::from(r) * i64::from(row.m[b]));
            for (s, &q) in s.iter_mut().zip(q) {
                *s += d * i64::from(q) + m;
            }
        }
        self.r.push(r);
        self.scales.push((row.r, row.re, row.bias));
    }

    /// Whether `y` is what the matrix makes of `x` and its exponent, given the sums that the device found.
    fn holds(&self, product: &Product) -> bool {
        let Product { x, e, fo, sums, y } = product;
        let of_sums: i128 = self.r.iter().zip(sums).map(|(&r, &sum)| i128::from(r) * i128::from(sum)).sum();
        let of_x: i128 = self.s.iter().zip(x).map(|(&s, &x)| i128::from(s) * i128::from(x)).sum();
        let mut row = Row::default();
        // Sums beyond the bound of the operator would overflow below, and are wrong.
        of_sums == of_x
            && sums.iter().all(|sum| sum.unsigned_abs() <= 1 << 42)
            && self.scales.iter().zip(sums).zip(y).all(|((&(r, re, bias), &sum), &y)| {
                (row.r, row.re, row.bias) = (r, re, bias);
                finish(sum, &row, *e, *fo) == y
            })
    }
}

/// One row of a batch through a matrix.
struct Product {
    x: Vec<i16>,
    e: i32,
    fo: i32,
    sums: Vec<i64>,
    y: Vec<i32>,
}

/// A product that is on its way from the device.
pub struct Check {
    pub operator: &'static str,
    pub projection: std::sync::Arc<Projection>,
    /// Row of the batch.
    pub row: usize,
    pub fo: i32,
    pub n: usize,
    /// Digits, exponent, sums and outputs.
    pub reads: [Read; 4],
    pub arrived: Vec<Vec<u32>>,
}

impl Check {
    /// What came of it, when all has arrived.
    pub fn poll(&mut self) -> Poll<Result<(), Fault>> {
        while self.arrived.len() < self.reads.len() {
            match ready!(self.reads[self.arrived.len()].poll()) {
                Ok(words) => self.arrived.push(words),
                Err(fault) => return Poll::Ready(Err(fault)),
            }
        }
        let [x, e, sums, y] = &self.arrived[..] else { unreachable!("all four have arrived") };
        let sums = sums.chunks_exact(2).map(|s| (u64::from(s[1]) << 32 | u64::from(s[0])) as i64).collect();
        let y = y.iter().map(|&y| y as i32).collect();
        let product = Product { x: unpack_digits(x, self.n), e: e[0] as i32, fo: self.fo, sums, y };
        let holds = self.projection.holds(&product);
        Poll::Ready(if holds { Ok(()) } else { Err(Fault::Mismatch { operator: self.operator, row: self.row }) })
    }
}

/// Which products are checked: one of every step, any with equal probability, and those whose checks are asked for.
pub struct Audit {
    random: Random,
    /// Products of this step so far, and the one to check.
    seen: usize,
    target: usize,
    found: Vec<PendingCheck>,
}

/// Makes the check once its copies have been submitted.
pub type PendingCheck = Box<dyn FnOnce() -> Check>;

impl Audit {
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), seen: 0, target: 0, found: Vec::new() }
    }

    /// Count a product of `rows` rows: the row to check, if it is the one.
    pub fn next(&mut self, rows: usize) -> Option<usize> {
        self.seen += 1;
        (self.seen - 1 == self.target).then(|| self.any(rows))
    }

    /// Any of `rows` rows with equal probability, of a product that is checked whatever else is.
    pub fn any(&mut self, rows: usize) -> usize {
        self.random.below(rows as u64) as usize
    }

    /// Have the next product checked, or not.
    pub fn force(&mut self, checked: bool) {
        self.target = if checked { self.seen } else { usize::MAX };
    }

    /// Keep a check of this step.
    pub fn keep(&mut self, check: PendingCheck) {
        self.found.push(check);
    }

    /// The step is over: its checks, and the next one's is drawn.
    pub fn take(&mut self) -> Vec<PendingCheck> {
        if self.seen > 0 {
            // Equal steps have equally many; a step of fewer may go without.
            self.target = self.random.below(self.seen as u64) as usize;
        }
        self.seen = 0;
        std::mem::take(&mut self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openimo_core::ops::linear::dot;

    /// A matrix of 40 rows with all features, its projection, and a right product.
    fn case(seed: u64) -> (Projection, Product) {
        let mut random = Random::new(seed);
        let spec = MatrixSpec { rows: 40, cols: 256, block: 32, bits: 4, has_m: true, has_bias: true, nslab: 1 };
        let mut draw = |most: i64| random.range(-most, most);
        let rows: Vec<Row> = (0..spec.rows)
            .map(|_| Row {
                r: (49_152 + draw(16_383)) as u16,
                re: 30 + draw(9) as i16,
                bias: Some(draw(i64::from(i32::MAX)) as i32),
                d: (0..spec.blocks()).map(|_| draw(400) as i16).collect(),
                m: (0..spec.blocks()).map(|_| draw(9000) as i16).collect(),
                q: (0..spec.cols).map(|_| draw(7) as i8).collect(),
            })
            .collect();
        let mut projection = Projection::new(&spec, seed + 1);
        rows.iter().for_each(|row| projection.push(row));
        let x: Vec<i16> = (0..spec.cols).map(|_| draw(1 << 14) as i16).collect();
        let sums: Vec<i64> = rows.iter().map(|row| dot(row, &x)).collect();
        let y = rows.iter().zip(&sums).map(|(row, &sum)| finish(sum, row, 12, 16)).collect();
        (projection, Product { x, e: 12, fo: 16, sums, y })
    }

    #[test]
    fn a_right_product_holds() {
        for seed in 0..50 {
            let (projection, product) = case(seed);
            assert!(projection.holds(&product), "seed {seed}");
        }
    }

    #[test]
    fn a_wrong_one_does_not() {
        for seed in 0..50 {
            let (projection, mut product) = case(seed);
            let at = seed as usize % 40;
            product.y[at] ^= 1;
            assert!(!projection.holds(&product), "an output off by one, seed {seed}");
            product.y[at] ^= 1;
            for delta in [1, -1, 1 << 20, i64::MAX / 2] {
                product.sums[at] = product.sums[at].wrapping_add(delta);
                assert!(!projection.holds(&product), "a sum off by {delta}, seed {seed}");
                product.sums[at] = product.sums[at].wrapping_sub(delta);
            }
            product.sums.swap(at, (at + 1) % 40);
            assert!(!projection.holds(&product), "two sums exchanged, seed {seed}");
            product.sums.swap(at, (at + 1) % 40);
            product.x[at] ^= 1;
            assert!(!projection.holds(&product), "another input, seed {seed}");
        }
    }

    #[test]
    fn every_product_of_a_step_is_checked_in_its_turn() {
        let (mut audit, mut checked) = (Audit::new(1), [0; 7]);
        for _ in 0..1000 {
            for (i, count) in checked.iter_mut().enumerate() {
                if let Some(row) = audit.next(i + 1) {
                    assert!(row <= i);
                    *count += 1;
                }
            }
            assert!(audit.take().is_empty(), "nothing was kept");
        }
        assert!(checked.iter().all(|&count| count > 90), "{checked:?}");
        assert_eq!(checked.iter().sum::<i32>(), 1000);
    }
}
