//! A source as the list of what its integer model is made of: configuration, norms, and matrices that give their rows on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::architecture::{Architecture, LayerPart, Part};
use super::blocks::BlockRow;
use super::convert::{convert_row, slab_choices};
use super::error::ImportError;
use super::float::Dyadic;
use super::norm::convert_norm;
use super::tensor::Tensor;
use crate::model::config::Config;
use crate::model::matrix::{MatrixSpec, Row};
use crate::ops::F;
use crate::ops::rmsnorm::Norm;

/// Everything but the tokenizer.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The configuration.
    pub config: Config,
    /// The norms: attention and feed-forward of each layer, then the last.
    pub norms: Vec<Norm>,
    /// The matrices in forward order: embedding, the layers' q, k, v, o, gate, up, down, the head if it is not the embedding.
    pub matrices: Vec<MatrixPlan<'a>>,
}

/// One matrix, not yet converted.
#[derive(Debug)]
pub struct MatrixPlan<'a> {
    /// What it is.
    pub part: Part,
    /// Its tensor's name in the source.
    pub name: String,
    /// Its shape and encoding in the integer model.
    pub spec: MatrixSpec,
    tensor: Tensor<'a>,
    bias: Option<Vec<i32>>,
}

impl<'a> Plan<'a> {
    /// Check every tensor and find every matrix's number of slabs, on `threads` threads; `progress` gets weights done and in all.
    ///
    /// # Errors
    /// The first tensor that is missing, unknown, of another shape, or without an integer form.
    pub fn new(
        architecture: &Architecture,
        tensors: &BTreeMap<&str, Tensor<'a>>,
        fres: u8,
        threads: usize,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, ImportError> {
        let config = architecture.config(fres)?;
        let finder = Finder { architecture, tensors };
        let mut norms = Vec::new();
        let mut parts = vec![Part::Embedding];
        for layer in 0..config.n_layers {
            norms.push(finder.norm(Part::Layer(layer, LayerPart::AttentionNorm))?);
            norms.push(finder.norm(Part::Layer(layer, LayerPart::FfnNorm))?);
            parts.extend(LayerPart::MATRICES.map(|part| Part::Layer(layer, part)));
        }
        norms.push(finder.norm(Part::Norm)?);
        parts.extend((!config.tied).then_some(Part::Head));
        if let Some(image) = &config.image {
            parts.push(Part::Codebook);
            parts.extend((0..image.convs.len() as u32).map(Part::Conv));
        }
        finder.refuse_unknown(&config)?;
        let mut matrices = parts.iter().map(|&part| finder.matrix(part, &config)).collect::<Result<Vec<_>, _>>()?;
        let (mut done, all) = (0, matrices.iter().map(MatrixPlan::weights).sum());
        for matrix in &mut matrices {
            matrix.find_slabs(threads)?;
            done += matrix.weights();
            progress(done, all);
        }
        Ok(Self { config, norms, matrices })
    }

    /// Weights of all matrices.
    pub fn weights(&self) -> u64 {
        self.matrices.iter().map(MatrixPlan::weights).sum()
    }
}

impl MatrixPlan<'_> {
    /// The rows of `range`, converted on `threads` threads.
    ///
    /// # Errors
    /// The first row without an integer form.
    ///
    /// # Panics
    /// If the range is not within the matrix.
    pub fn rows(&self, range: Range<usize>, threads: usize) -> Result<Vec<Row>, ImportError> {
        let parts = in_parallel(range, threads, |range| {
            let mut blocks = BlockRow::default();
            range.map(|o| self.row(o, &mut blocks)).collect::<Result<Vec<Row>, _>>()
        })?;
        Ok(parts.into_iter().flatten().collect())
    }

    fn weights(&self) -> u64 {
        u64::from(self.spec.rows) * u64::from(self.spec.cols)
    }

    fn row(&self, o: usize, blocks: &mut BlockRow) -> Result<Row, ImportError> {
        self.decode(o, blocks)?;
        let mut row = Row { bias: self.bias.as_ref().map(|bias| bias[o]), ..Row::default() };
        convert_row(blocks, self.tensor.ty.layout(), self.spec.nslab, &mut row).ok_or_else(|| self.uneven(o))?;
        Ok(row)
    }

    fn decode(&self, o: usize, blocks: &mut BlockRow) -> Result<(), ImportError> {
        let block = |source| ImportError::Block { name: self.name.clone(), row: o, source };
        self.tensor.ty.decode_row(self.tensor.row(o), blocks).map_err(block)
    }

    fn uneven(&self, row: usize) -> ImportError {
        ImportError::Uneven { name: self.name.clone(), row, cols: self.tensor.cols }
    }

    /// Set the least number of slabs with which every row keeps its resolution.
    fn find_slabs(&mut self, threads: usize) -> Result<(), ImportError> {
        let layout = self.tensor.ty.layout();
        let mut tightest = None;
        for nslab in slab_choices(self.tensor.cols, layout) {
            let stop = AtomicBool::new(false);
            let failures = in_parallel(0..self.tensor.rows, threads, |range| {
                let (mut blocks, mut row) = (BlockRow::default(), Row::default());
                for o in range {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    self.decode(o, &mut blocks)?;
                    if convert_row(&blocks, layout, nslab, &mut row).is_none() {
                        stop.store(true, Ordering::Relaxed);
                        return Ok(Some(o));
                    }
                }
                Ok(None)
            })?;
            tightest = failures.into_iter().flatten().next();
            if tightest.is_none() {
                self.spec.nslab = nslab;
                return Ok(());
            }
        }
        Err(self.uneven(tightest.unwrap_or(0)))
    }
}

/// Tensors by the part they play.
struct Finder<'s, 'a> {
    architecture: &'s Architecture,
    tensors: &'s BTreeMap<&'s str, Tensor<'a>>,
}

impl<'a> Finder<'_, 'a> {
    fn name(&self, part: Part, suffix: &str) -> String {
        self.architecture.naming.stem(part) + suffix
    }

    fn tensor(&self, name: &str) -> Result<Tensor<'a>, ImportError> {
        self.tensors.get(name).copied().ok_or_else(|| ImportError::MissingTensor { name: name.into() })
    }

    fn vector(&self, name: &str, cols: usize) -> Result<Vec<Dyadic>, ImportError> {
        let tensor = self.tensor(name)?;
        expect_shape(name, &tensor, 1, cols)?;
        if !tensor.ty.is_float() {
            return Err(ImportError::TensorType { name: name.into(), got: tensor.ty.name(), expected: "F32, F16 or BF16" });
        }
        tensor.ty.floats(tensor.data).map_err(|source| ImportError::Block { name: name.into(), row: 0, source })
    }

    fn norm(&self, part: Part) -> Result<Norm, ImportError> {
        let weights = self.vector(&self.name(part, ".weight"), self.architecture.d_model as usize)?;
        Ok(convert_norm(&weights))
    }

    fn matrix(&self, part: Part, config: &Config) -> Result<MatrixPlan<'a>, ImportError> {
        let name = self.name(part, ".weight");
        let tensor = self.tensor(&name)?;
        let (rows, cols) = shape(part, config);
        expect_shape(&name, &tensor, rows, cols)?;
        let layout = tensor.ty.layout();
        if tensor.ty.row_bytes(cols).is_none() {
            let block = layout.block.max(tensor.ty.stored_block().0);
            return Err(ImportError::Columns { name, ty: tensor.ty.name(), cols, block });
        }
        let bias = self.bias(part, rows, config)?;
        let spec = MatrixSpec {
            rows: rows as u32,
            cols: cols as u32,
            block: layout.block as u8,
            bits: layout.bits,
            has_m: layout.has_m,
            has_bias: bias.is_some(),
            nslab: 1,
        };
        spec.validate().map_err(|source| ImportError::Matrix { name: name.clone(), source })?;
        Ok(MatrixPlan { part, name, spec, tensor, bias })
    }

    /// `floor(b·2^Fo + 1/2)` with the fraction bits of the output that the bias is added to.
    fn bias(&self, part: Part, rows: usize, config: &Config) -> Result<Option<Vec<i32>>, ImportError> {
        let fraction_bits = match part {
            Part::Layer(_, part) if !self.architecture.biases.contains(&part) => return Ok(None),
            Part::Layer(_, LayerPart::O | LayerPart::Down) => config.fres,
            Part::Layer(..) | Part::Conv(_) => F as u8,
            Part::Embedding | Part::Head | Part::Norm | Part::Codebook => return Ok(None),
        };
        let name = self.name(part, ".bias");
        let convert = |(index, v): (usize, Dyadic)| {
            let scaled = v.scaled_half_up(1, i32::from(fraction_bits));
            let fits = scaled.and_then(|v| i32::try_from(v).ok()).filter(|&v| v != i32::MIN);
            fits.ok_or_else(|| ImportError::Bias { name: name.clone(), index, fraction_bits })
        };
        self.vector(&name, rows)?.into_iter().enumerate().map(convert).collect::<Result<_, _>>().map(Some)
    }

    /// A tensor that no part has would silently be left out: refuse it.
    fn refuse_unknown(&self, config: &Config) -> Result<(), ImportError> {
        let mut known = BTreeSet::from([Part::Embedding, Part::Norm].map(|part| self.name(part, ".weight")));
        known.extend((!config.tied).then(|| self.name(Part::Head, ".weight")));
        for layer in 0..config.n_layers {
            let weights = LayerPart::MATRICES.into_iter().chain([LayerPart::AttentionNorm, LayerPart::FfnNorm]);
            known.extend(weights.map(|part| self.name(Part::Layer(layer, part), ".weight")));
            let biases = self.architecture.biases.iter();
            known.extend(biases.map(|&part| self.name(Part::Layer(layer, part), ".bias")));
        }
        if let Some(image) = &config.image {
            known.insert(self.name(Part::Codebook, ".weight"));
            let convs = (0..image.convs.len() as u32).map(Part::Conv);
            known.extend(convs.flat_map(|part| [".weight", ".bias"].map(|suffix| self.name(part, suffix))));
        }
        let naming = self.architecture.naming;
        match self.tensors.keys().find(|name| !known.contains(**name) && !naming.is_redundant(name, config.tied)) {
            Some(name) => Err(ImportError::UnknownTensor { name: (*name).into() }),
            None => Ok(()),
        }
    }
}

/// (rows, columns) of a matrix.
fn shape(part: Part, c: &Config) -> (usize, usize) {
    let (d, ff) = (c.d_model as usize, c.d_ff as usize);
    match part {
        Part::Layer(_, LayerPart::Q) => (c.q_dim(), d),
        Part::Layer(_, LayerPart::K | LayerPart::V) => (c.kv_dim(), d),
        Part::Layer(_, LayerPart::O) => (d, c.q_dim()),
        Part::Layer(_, LayerPart::Gate | LayerPart::Up) => (ff, d),
        Part::Layer(_, LayerPart::Down) => (d, ff),
        Part::Codebook => c.image.as_ref().map_or((0, 0), |image| (image.codes as usize, image.code_dim as usize)),
        Part::Conv(i) => c.image.as_ref().map_or((0, 0), |image| {
            let shape = image.shapes()[i as usize];
            (shape.output.channels, shape.input.unfolded())
        }),
        _ => (c.vocab as usize, d),
    }
}

fn expect_shape(name: &str, tensor: &Tensor<'_>, rows: usize, cols: usize) -> Result<(), ImportError> {
    if (tensor.rows, tensor.cols) == (rows, cols) {
        return Ok(());
    }
    Err(ImportError::Shape { name: name.into(), got_rows: tensor.rows, got_cols: tensor.cols, rows, cols })
}

/// `work` on consecutive parts of `range`, in order; the error of the earliest part if several fail.
fn in_parallel<T: Send>(
    range: Range<usize>,
    threads: usize,
    work: impl Fn(Range<usize>) -> Result<T, ImportError> + Sync,
) -> Result<Vec<T>, ImportError> {
    let threads = threads.clamp(1, range.len().max(1));
    if threads == 1 {
        return work(range).map(|part| vec![part]);
    }
    let size = range.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let part = |i: usize| (range.start + i * size).min(range.end)..(range.start + (i + 1) * size).min(range.end);
        let work = &work;
        let handles: Vec<_> = (0..threads).map(|i| scope.spawn(move || work(part(i)))).collect();
        handles.into_iter().map(|handle| handle.join().expect("a conversion thread does not panic")).collect()
    })
}
