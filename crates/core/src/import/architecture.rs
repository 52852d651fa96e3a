//! What a source says about its model, in one form for every container, and the names under which containers keep the tensors.

use super::error::ImportError;
use super::float::Dyadic;
use super::real::{RopeScaling, rope_increments, score_scale};
use crate::model::config::{Config, RopePairing};
use crate::model::image::ImageConfig;

/// Hyperparameters of a decoder of the Llama family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// Width of the residual stream.
    pub d_model: u32,
    /// Layers.
    pub n_layers: u32,
    /// Query heads.
    pub n_heads: u32,
    /// Key and value heads.
    pub n_kv_heads: u32,
    /// Elements of a head.
    pub head_dim: u32,
    /// Width of the feed-forward block.
    pub d_ff: u32,
    /// Vocabulary entries.
    pub vocab: u32,
    /// Positions the model was made for.
    pub context: u32,
    /// ε of rmsnorm.
    pub eps: Dyadic,
    /// Base of RoPE.
    pub rope_base: Dyadic,
    /// Its scaling.
    pub rope_scaling: RopeScaling,
    /// Which elements of a head rotate together.
    pub rope_pairing: RopePairing,
    /// Positions that a position sees, if not all.
    pub sliding_window: Option<u32>,
    /// Whether the head shares the embedding's matrix.
    pub tied: bool,
    /// The decoder of a model that draws.
    pub image: Option<ImageConfig>,
    /// Matrices of a layer that have a bias.
    pub biases: Vec<LayerPart>,
    /// How tensors are named.
    pub naming: Naming,
}

/// Longest context of the arithmetic; a model made for more runs with this much.
const MAX_CONTEXT: u32 = 1 << 17;

impl Architecture {
    /// The integer model's configuration, with `fres` fraction bits in the residual stream.
    ///
    /// # Errors
    /// If it leaves the limits of the arithmetic.
    pub fn config(&self, fres: u8) -> Result<Config, ImportError> {
        let limits =
            [("head_dim", self.head_dim, 2, 256), ("fres", u32::from(fres), 8, 18), ("d_model", self.d_model, 1, 1 << 14)];
        for (key, got, low, high) in limits {
            if !(low..=high).contains(&got) {
                return Err(value(key, got, "a value within the limits of the arithmetic"));
            }
        }
        let eps = self.eps.scaled_half_up(self.d_model, 2 * i32::from(fres)).filter(|v| (0..1 << 62).contains(v));
        let eps = eps.filter(|_| self.eps.mantissa >= 0).ok_or_else(|| value("rms_norm_eps", "out of range", "0 or more"))?;
        let context = self.context.min(MAX_CONTEXT);
        let (score_c, score_ce) = score_scale(self.head_dim);
        let config = Config {
            d_model: self.d_model,
            n_layers: self.n_layers,
            n_heads: self.n_heads,
            n_kv_heads: self.n_kv_heads,
            head_dim: self.head_dim,
            d_ff: self.d_ff,
            vocab: self.vocab,
            context,
            tied: self.tied,
            fres,
            eps: (eps as u64).max(1),
            rope_inc: rope_increments(self.rope_base, self.head_dim, &self.rope_scaling)?,
            rope_pairing: self.rope_pairing,
            score_c,
            score_ce,
            sliding_window: self.sliding_window.filter(|window| *window < context),
            image: self.image.clone(),
        };
        config.validate()?;
        Ok(config)
    }
}

/// How a container names tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// ggml: `blk.0.attn_q.weight`.
    Gguf,
    /// Hugging Face: `model.layers.0.self_attn.q_proj.weight`.
    HuggingFace,
}

/// A tensor of the model by its role; each has a `.weight`, matrices can have a `.bias`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Embedding matrix.
    Embedding,
    /// Head matrix.
    Head,
    /// Norm before the head.
    Norm,
    /// A part of a layer.
    Layer(u32, LayerPart),
    /// Vectors of the codes of a picture.
    Codebook,
    /// A convolution of the picture's decoder.
    Conv(u32),
}

/// A part of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the model's layer")]
pub enum LayerPart {
    AttentionNorm,
    Q,
    K,
    V,
    O,
    FfnNorm,
    Gate,
    Up,
    Down,
}

impl LayerPart {
    /// The matrices in the order of the forward pass.
    pub const MATRICES: [Self; 7] = [Self::Q, Self::K, Self::V, Self::O, Self::Gate, Self::Up, Self::Down];
}

impl Naming {
    /// The tensor's name without `.weight` or `.bias`.
    pub fn stem(self, part: Part) -> String {
        match (self, part) {
            (Self::Gguf, Part::Embedding) => "token_embd".into(),
            (Self::Gguf, Part::Head) => "output".into(),
            (Self::Gguf, Part::Norm) => "output_norm".into(),
            (Self::Gguf, Part::Layer(l, part)) => {
                let part = match part {
                    LayerPart::AttentionNorm => "attn_norm",
                    LayerPart::Q => "attn_q",
                    LayerPart::K => "attn_k",
                    LayerPart::V => "attn_v",
                    LayerPart::O => "attn_output",
                    LayerPart::FfnNorm => "ffn_norm",
                    LayerPart::Gate => "ffn_gate",
                    LayerPart::Up => "ffn_up",
                    LayerPart::Down => "ffn_down",
                };
                format!("blk.{l}.{part}")
            }
            (_, Part::Codebook) => "vq_decoder.codebook".into(),
            (_, Part::Conv(i)) => format!("vq_decoder.convs.{i}"),
            (Self::HuggingFace, Part::Embedding) => "model.embed_tokens".into(),
            (Self::HuggingFace, Part::Head) => "lm_head".into(),
            (Self::HuggingFace, Part::Norm) => "model.norm".into(),
            (Self::HuggingFace, Part::Layer(l, part)) => {
                let part = match part {
                    LayerPart::AttentionNorm => "input_layernorm",
                    LayerPart::Q => "self_attn.q_proj",
                    LayerPart::K => "self_attn.k_proj",
                    LayerPart::V => "self_attn.v_proj",
                    LayerPart::O => "self_attn.o_proj",
                    LayerPart::FfnNorm => "post_attention_layernorm",
                    LayerPart::Gate => "mlp.gate_proj",
                    LayerPart::Up => "mlp.up_proj",
                    LayerPart::Down => "mlp.down_proj",
                };
                format!("model.layers.{l}.{part}")
            }
        }
    }

    /// Whether a tensor that no part has can be left out without changing the model: what it holds is in the configuration.
    pub fn is_redundant(self, name: &str, tied: bool) -> bool {
        match self {
            Self::Gguf => name == "rope_freqs.weight",
            Self::HuggingFace => name.ends_with(".rotary_emb.inv_freq") || tied && name == "lm_head.weight",
        }
    }
}

/// An [`ImportError::Value`].
pub(super) fn value(key: impl Into<String>, got: impl ToString, expected: &'static str) -> ImportError {
    ImportError::Value { key: key.into(), got: got.to_string(), expected }
}
