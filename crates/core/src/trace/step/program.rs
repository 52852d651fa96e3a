//! What a referee needs to know of a model, as the bytes that its contract reads.

use super::weights::PIECES;
use crate::model::config::RopePairing;
use crate::model::file::Manifest;

/// `d_model, n_layers, n_heads, n_kv_heads, head_dim, d_ff, vocab, context, sliding window (0: none), score_c, length of the
/// section pieces` u32 each, `eps` u64, `fres, score_ce, adjacent pairs, tied` u8 each, `rope_inc` u32 each, a byte for each matrix: its
/// bits, and 16 where blocks have 16 columns, 32 with offsets, 64 with biases; and the ids that end an output, u32 each. All big-endian.
pub fn program(manifest: &Manifest) -> Vec<u8> {
    let c = &manifest.config;
    let pieces = u32::try_from(manifest.sections[PIECES].layout().len).expect("the manifest is valid");
    let window = c.sliding_window.unwrap_or(0);
    let shape = [c.d_model, c.n_layers, c.n_heads, c.n_kv_heads, c.head_dim, c.d_ff, c.vocab];
    let sizes = shape.into_iter().chain([c.context, window, c.score_c, pieces]).flat_map(u32::to_be_bytes);
    let bits = [c.fres, c.score_ce, u8::from(c.rope_pairing == RopePairing::Adjacent), u8::from(c.tied)];
    let increments = c.rope_inc.iter().flat_map(|inc| inc.to_be_bytes());
    let matrices = manifest.sections.iter().filter_map(|section| section.spec()).map(|spec| {
        let flag = |is: bool, bit: u8| if is { bit } else { 0 };
        spec.bits | flag(spec.block == 16, 16) | flag(spec.has_m, 32) | flag(spec.has_bias, 64)
    });
    let stop_ids = manifest.stop_ids.iter().flat_map(|id| id.to_be_bytes());
    sizes.chain(c.eps.to_be_bytes()).chain(bits).chain(increments).chain(matrices).chain(stop_ids).collect()
}
