//! Section `norms`: every normalisation's weights, `G[d] i16 LE ‖ eg i16 LE` each, in forward order (each layer's attention norm,
//! then its feed-forward norm; last the final norm).

use super::error::{FileError, field};
use crate::model::config::Config;
use crate::ops::rmsnorm::Norm;

/// Normalisations of a model: two a layer and the final one.
pub const fn norm_count(config: &Config) -> usize {
    2 * config.n_layers as usize + 1
}

/// Bytes of the section.
pub const fn encoded_len(config: &Config) -> u64 {
    norm_count(config) as u64 * 2 * (config.d_model as u64 + 1)
}

/// The section's bytes.
pub fn encode_norms(norms: &[Norm]) -> Vec<u8> {
    norms.iter().flat_map(|n| n.g.iter().chain([&n.eg]).flat_map(|v| v.to_le_bytes())).collect()
}

/// Read the section.
///
/// # Errors
/// If the length is not that of `config`, or an exponent is beyond ±4096.
pub fn decode_norms(bytes: &[u8], config: &Config) -> Result<Vec<Norm>, FileError> {
    if bytes.len() as u64 != encoded_len(config) {
        return Err(field("section norms len", bytes.len(), encoded_len(config).to_string()));
    }
    let values: Vec<i16> = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    let norms: Vec<Norm> = values
        .chunks_exact(config.d_model as usize + 1)
        .map(|v| Norm { g: v[..v.len() - 1].to_vec(), eg: v[v.len() - 1] })
        .collect();
    match norms.iter().enumerate().find(|(_, n)| !(-EG_MAX..=EG_MAX).contains(&n.eg)) {
        Some((i, n)) => Err(field(format!("norm {i} exponent"), n.eg, "within ±4096")),
        None => Ok(norms),
    }
}

/// Largest |eg|.
const EG_MAX: i16 = 4096;
