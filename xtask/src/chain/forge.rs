//! A model with one number of its file changed: the exponent of a row of weights, so that the row counts twice.

use std::sync::Arc;

use anyhow::{Context, Result};
use openimo_core::backend::{Backend, MatrixLoader};
use openimo_core::model::Model;
use openimo_core::model::file::{Header, decode_leaf};
use openimo_core::model::matrix::Row;
use openimo_core::simd::Simd;
use openimo_core::trace::vector::LEAF;

/// Change it in the last matrix of a layer's feed-forward block, where it tells most: in the row that the norm after it weighs most.
///
/// # Errors
/// If the file has no such matrix.
pub fn forge(model: &mut Model<Simd>, header: &Header, file: &[u8], layer: usize) -> Result<()> {
    let weights = Arc::get_mut(&mut model.weights).context("the weights are shared")?;
    let after = weights.layers.get(layer + 1).map_or(&weights.norm, |next| &next.attention_norm);
    // A challenger asks for the first number of a leaf, and a liar who is to have an answer needs that to be right.
    let rows = (0..after.g.len()).filter(|row| row % LEAF != 0);
    let row = rows.max_by_key(|&row| after.g[row].unsigned_abs()).context("a norm without weights")?;
    weights.layers[layer].down = doubled(&model.backend, header, file, &format!("layers.{layer}.down"), row)?;
    Ok(())
}

/// A matrix of a file with a row doubled.
fn doubled(backend: &Simd, header: &Header, file: &[u8], name: &str, changed: usize) -> Result<<Simd as Backend>::Matrix> {
    let index = header.manifest.sections.iter().position(|section| section.name() == name);
    let index = index.with_context(|| format!("the file has no {name}"))?;
    let section = &header.manifest.sections[index];
    let (spec, layout) = (section.spec().context("not a matrix")?, section.layout());
    let start = header.chunks().iter().find(|chunk| chunk.section == index).context("a matrix without chunks")?.offset;
    let mut loader = backend.load(spec);
    let mut row = Row::default();
    for leaf in 0..layout.leaves {
        let [from, to] = [leaf, leaf + 1].map(|leaf| (start + layout.leaf_offset(leaf)) as usize);
        let (number, part) = (leaf / layout.row_leaves, leaf % layout.row_leaves);
        decode_leaf(spec, part as usize, &file[from..to], &mut row)?;
        if part + 1 == layout.row_leaves {
            row.re -= i16::from(number == changed as u64);
            row.validate(spec)?;
            loader.push(&row);
        }
    }
    Ok(loader.finish())
}
