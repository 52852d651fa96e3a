//! What a referee needs to know of a model, as the bytes that its contract reads.

use super::weights::PIECES;
use crate::model::config::RopePairing;
use crate::model::file::Manifest;
use crate::model::image::ImageConfig;

/// `d_model, n_layers, n_heads, n_kv_heads, head_dim, d_ff, vocab, context, sliding window (0: none), score_c, length of the
/// section pieces` u32 each, `eps` u64, `fres, score_ce, adjacent pairs` u8 each, a byte of `tied` and twice the convolutions of the decoder,
/// `rope_inc` u32 each, a byte for each matrix: its bits, and 16 where blocks have 16 columns, 32 with offsets, 64 with biases. Then, of a model
/// that writes, the ids that end an output, u32 each; of one that draws `grid_height, grid_width, first_code, codes, code_dim` u32 each, and for
/// each convolution `channels` u32 and `upsample` u8. All big-endian.
pub fn program(manifest: &Manifest) -> Vec<u8> {
    let c = &manifest.config;
    let pieces = u32::try_from(manifest.sections[PIECES].layout().len).expect("the manifest is valid");
    let window = c.sliding_window.unwrap_or(0);
    let shape = [c.d_model, c.n_layers, c.n_heads, c.n_kv_heads, c.head_dim, c.d_ff, c.vocab];
    let sizes = shape.into_iter().chain([c.context, window, c.score_c, pieces]).flat_map(u32::to_be_bytes);
    // At most 64, as the manifest is valid.
    let convolutions = c.image.as_ref().map_or(0, |image| image.convs.len() as u8);
    let tied = 2 * convolutions + u8::from(c.tied);
    let bits = [c.fres, c.score_ce, u8::from(c.rope_pairing == RopePairing::Adjacent), tied];
    let increments = c.rope_inc.iter().flat_map(|inc| inc.to_be_bytes());
    let matrices = manifest.sections.iter().filter_map(|section| section.spec()).map(|spec| {
        let flag = |is: bool, bit: u8| if is { bit } else { 0 };
        spec.bits | flag(spec.block == 16, 16) | flag(spec.has_m, 32) | flag(spec.has_bias, 64)
    });
    let stop_ids = manifest.stop_ids.iter().flat_map(|id| id.to_be_bytes());
    let decoder = c.image.iter().flat_map(decoder);
    sizes.chain(c.eps.to_be_bytes()).chain(bits).chain(increments).chain(matrices).chain(stop_ids).chain(decoder).collect()
}

fn decoder(image: &ImageConfig) -> Vec<u8> {
    let sizes = [image.grid_height, image.grid_width, image.first_code, image.codes, image.code_dim];
    let convs = image.convs.iter().flat_map(|conv| conv.channels.to_be_bytes().into_iter().chain([u8::from(conv.upsample)]));
    sizes.into_iter().flat_map(u32::to_be_bytes).chain(convs).collect()
}
