//! What shapes a model: the configuration that a model file's manifest carries and every back end reads.

use serde::{Deserialize, Serialize};

use super::image::ImageConfig;
use crate::ops::attention::ScoreScale;

/// Which two elements of a head rotate together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RopePairing {
    /// `(2i, 2i + 1)`, as GGUF stores the llama architecture.
    Adjacent,
    /// `(i, i + dh/2)`, as Hugging Face stores it, and GGUF the qwen2 architecture.
    Half,
}

/// A decoder transformer of the Llama family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Width of the residual stream, d.
    pub d_model: u32,
    /// Layers.
    pub n_layers: u32,
    /// Query heads, H.
    pub n_heads: u32,
    /// Key and value heads; divides `n_heads`.
    pub n_kv_heads: u32,
    /// Size of a head, dh; even.
    pub head_dim: u32,
    /// What makes it draw; none: its ids are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageConfig>,
    /// Width of the feed-forward block.
    pub d_ff: u32,
    /// Vocabulary entries.
    pub vocab: u32,
    /// Positions the model was made for.
    pub context: u32,
    /// Whether the head shares the embedding's matrix.
    pub tied: bool,
    /// Fraction bits of the residual stream, 8 to 18.
    pub fres: u8,
    /// EPS of rmsnorm: `max(1, round(d·ε·2^(2·Fres)))`.
    pub eps: u64,
    /// Phase increments of RoPE in turns·2^32, `head_dim / 2` of them.
    pub rope_inc: Vec<u32>,
    /// Which elements rotate together.
    pub rope_pairing: RopePairing,
    /// `C` of attention, in `2^15..2^16`.
    pub score_c: u32,
    /// Exponent of `C`.
    pub score_ce: u8,
    /// A position sees this many positions, itself included; none: all before it.
    pub sliding_window: Option<u32>,
}

/// A configuration outside the limits of CIS-1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("model configuration: {field} is {got}, {expected}")]
pub struct ConfigError {
    /// The field at fault.
    pub field: &'static str,
    /// Its value.
    pub got: u64,
    /// What it must be.
    pub expected: &'static str,
}

impl Config {
    /// One layer with one head of size `head_dim` and nothing else of note: to put single operators to an executor.
    pub fn one_head(head_dim: usize, scale: ScoreScale) -> Self {
        Self {
            d_model: head_dim as u32,
            n_layers: 1,
            n_heads: 1,
            n_kv_heads: 1,
            head_dim: head_dim as u32,
            d_ff: 32,
            vocab: 1,
            context: 1 << 17,
            tied: true,
            fres: 12,
            eps: 1,
            rope_inc: vec![0; head_dim / 2],
            rope_pairing: RopePairing::Half,
            score_c: scale.c,
            score_ce: scale.ce as u8,
            sliding_window: None,
            image: None,
        }
    }

    /// Check every limit of SEMANTICS §1.1, so that no operator can leave its domain.
    ///
    /// # Errors
    /// The first field outside its limits.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let range = |field, got: u32, low: u32, high: u32, expected| {
            let got = u64::from(got);
            if got < u64::from(low) || got > u64::from(high) { Err(ConfigError { field, got, expected }) } else { Ok(()) }
        };
        range("d_model", self.d_model, 1, 1 << 14, "not in 1..=16384")?;
        range("n_layers", self.n_layers, 1, 1024, "not in 1..=1024")?;
        range("head_dim", self.head_dim, 2, 256, "not in 2..=256")?;
        range("head_dim", self.head_dim % 2, 0, 0, "odd")?;
        range("n_heads", self.n_heads, 1, 1024, "not in 1..=1024")?;
        range("n_kv_heads", self.n_kv_heads, 1, self.n_heads, "not in 1..=n_heads")?;
        range("n_kv_heads", self.n_heads % self.n_kv_heads, 0, 0, "not a divisor of n_heads")?;
        range("n_heads", self.n_heads * self.head_dim, 1, 1 << 16, "more than 65536 attention columns")?;
        range("d_ff", self.d_ff, 1, 1 << 16, "not in 1..=65536")?;
        range("vocab", self.vocab, 1, 1 << 20, "not in 1..=1048576")?;
        range("context", self.context, 1, 1 << 17, "not in 1..=131072")?;
        range("fres", u32::from(self.fres), 8, 18, "not in 8..=18")?;
        if self.eps == 0 || self.eps >= 1 << 62 {
            return Err(ConfigError { field: "eps", got: self.eps, expected: "not in 1..2^62" });
        }
        let incs = u32::try_from(self.rope_inc.len()).unwrap_or(u32::MAX);
        range("rope_inc", incs, self.head_dim / 2, self.head_dim / 2, "entries, not head_dim/2")?;
        range("score_c", self.score_c, 1 << 15, (1 << 16) - 1, "not in 32768..65536")?;
        range("score_ce", u32::from(self.score_ce), 0, 62, "not in 0..=62")?;
        range("sliding_window", self.sliding_window.unwrap_or(1), 1, 1 << 17, "not in 1..=131072")?;
        self.image.as_ref().map_or(Ok(()), |image| image.validate(self.vocab, self.context))
    }

    /// Columns of the query projection's output, `H·dh`.
    pub const fn q_dim(&self) -> usize {
        (self.n_heads * self.head_dim) as usize
    }

    /// Columns of the key and of the value projection's output.
    pub const fn kv_dim(&self) -> usize {
        (self.n_kv_heads * self.head_dim) as usize
    }

    /// The factor from score to base-2 logit.
    pub const fn score_scale(&self) -> ScoreScale {
        ScoreScale { c: self.score_c, ce: self.score_ce as i32 }
    }

    /// The first position that position `pos` sees.
    pub const fn first_visible(&self, pos: u32) -> u32 {
        match self.sliding_window {
            Some(window) => (pos + 1).saturating_sub(window),
            None => 0,
        }
    }
}
