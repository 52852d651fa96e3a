//! The hyperparameters of a GGUF file: architectures `llama` (Llama 2 and 3, SmolLM2, Mistral) and `qwen2`.

use super::{Gguf, Value};
use crate::import::architecture::{Architecture, LayerPart, Naming, Part, value};
use crate::import::error::ImportError;
use crate::import::float::Dyadic;
use crate::import::real::RopeScaling;
use crate::model::config::RopePairing;

impl<'a> Gguf<'a> {
    /// What the file says about its model.
    ///
    /// # Errors
    /// If a value is missing or out of its domain, or the model needs what the arithmetic has not.
    pub fn architecture(&self) -> Result<Architecture, ImportError> {
        let name = self.text("general.architecture")?.ok_or_else(|| missing("general.architecture"))?;
        let rope_pairing = match name {
            "llama" => RopePairing::Adjacent,
            "qwen2" => RopePairing::Half,
            other => return Err(ImportError::Unsupported { what: "general.architecture".into(), got: other.into() }),
        };
        let key = |suffix: &str| format!("{name}.{suffix}");
        let required = |suffix: &str| self.number(&key(suffix))?.ok_or_else(|| missing(&key(suffix)));
        for (suffix, neutral) in [
            ("expert_count", 0),
            ("attention.causal", 1),
            ("embedding_length_per_layer_input", 0),
            ("attention.clamp_kqv", 0),
            ("logit_scale", 0),
            ("residual_scale", 0),
            ("embedding_scale", 0),
            ("attention.scale", 0),
            ("attn_logit_softcapping", 0),
            ("final_logit_softcapping", 0),
        ] {
            self.must_be_neutral(&key(suffix), neutral)?;
        }
        let (d_model, n_heads) = (required("embedding_length")?, required("attention.head_count")?);
        let n_kv_heads = self.number(&key("attention.head_count_kv"))?.unwrap_or(n_heads);
        let by_division = d_model.checked_div(n_heads).ok_or_else(|| value(key("attention.head_count"), 0, "1 or more"))?;
        let head_dim = self.number(&key("attention.key_length"))?.unwrap_or(by_division);
        for suffix in ["attention.value_length", "rope.dimension_count"] {
            let other = self.number(&key(suffix))?.unwrap_or(head_dim);
            if other != head_dim {
                return Err(ImportError::Unsupported { what: key(suffix), got: format!("{other} with heads of {head_dim}") });
            }
        }
        let embedding = self.tensors.get("token_embd.weight");
        let embedding = embedding.ok_or_else(|| ImportError::MissingTensor { name: "token_embd.weight".into() })?;
        let rope_base = self.real(&key("rope.freq_base"))?.unwrap_or(Dyadic { mantissa: 10000, exponent: 0 });
        let eps = key("attention.layer_norm_rms_epsilon");
        Ok(Architecture {
            d_model,
            n_layers: required("block_count")?,
            n_heads,
            n_kv_heads,
            head_dim,
            d_ff: required("feed_forward_length")?,
            vocab: u32::try_from(embedding.rows).unwrap_or(u32::MAX),
            context: required("context_length")?,
            eps: self.real(&eps)?.ok_or_else(|| missing(&eps))?,
            rope_base,
            rope_scaling: self.rope_scaling(name, head_dim)?,
            rope_pairing,
            sliding_window: self.number(&key("attention.sliding_window"))?.filter(|&window| window > 0),
            tied: !self.tensors.contains_key("output.weight"),
            biases: LayerPart::MATRICES.into_iter().filter(|part| self.has_bias(name, *part)).collect(),
            image: None,
            naming: Naming::Gguf,
        })
    }

    /// A text of the metadata.
    ///
    /// # Errors
    /// If the value is there and no text.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>, ImportError> {
        self.typed(key, "a text", Value::as_str)
    }

    /// A whole number of 32 bits.
    ///
    /// # Errors
    /// If the value is there and something else.
    pub fn number(&self, key: &str) -> Result<Option<u32>, ImportError> {
        self.typed(key, "a whole number of 32 bits, the same for all layers", Value::as_u32)
    }

    fn real(&self, key: &str) -> Result<Option<Dyadic>, ImportError> {
        self.typed(key, "a finite float", Value::as_real)
    }

    /// A value as `get` reads it; `expected` says what that takes.
    ///
    /// # Errors
    /// If the value is there and `get` gives none.
    pub fn typed<T>(
        &self,
        key: &str,
        expected: &'static str,
        get: impl Fn(&Value<'a>) -> Option<T>,
    ) -> Result<Option<T>, ImportError> {
        let Some(found) = self.metadata.get(key) else { return Ok(None) };
        match get(found) {
            Some(v) => Ok(Some(v)),
            None => Err(value(key, brief(found), expected)),
        }
    }

    /// A key for what the arithmetic has not: absent or without effect.
    fn must_be_neutral(&self, key: &str, neutral: u64) -> Result<(), ImportError> {
        let Some(found) = self.metadata.get(key) else { return Ok(()) };
        let number = found.as_u64().or_else(|| found.as_bool().map(u64::from));
        let zero_float = neutral == 0 && found.as_real().is_some_and(|v| v.mantissa == 0);
        if number == Some(neutral) || zero_float {
            Ok(())
        } else {
            Err(ImportError::Unsupported { what: key.into(), got: brief(found) })
        }
    }

    /// Only tensors tell whether a llama has biases; a qwen2 has those of q, k and v.
    fn has_bias(&self, name: &str, part: LayerPart) -> bool {
        let stem = Naming::Gguf.stem(Part::Layer(0, part));
        name == "qwen2" && matches!(part, LayerPart::Q | LayerPart::K | LayerPart::V)
            || self.tensors.contains_key((stem + ".bias").as_str())
    }

    fn rope_scaling(&self, name: &str, head_dim: u32) -> Result<RopeScaling, ImportError> {
        if let Some(factors) = self.tensors.get("rope_freqs.weight") {
            let expected = (head_dim / 2) as usize;
            if !factors.ty.is_float() || factors.rows != 1 || factors.cols != expected {
                return Err(ImportError::Shape {
                    name: "rope_freqs.weight".into(),
                    got_rows: factors.rows,
                    got_cols: factors.cols,
                    rows: 1,
                    cols: expected,
                });
            }
            let factors = factors.ty.floats(factors.data);
            let block = |source| ImportError::Block { name: "rope_freqs.weight".into(), row: 0, source };
            return factors.map(RopeScaling::Factors).map_err(block);
        }
        let key = format!("{name}.rope.scaling.type");
        let old = self.real(&format!("{name}.rope.scale_linear"))?;
        match self.text(&key)? {
            None => Ok(old.map_or(RopeScaling::None, RopeScaling::Linear)),
            Some("none") => Ok(RopeScaling::None),
            Some("linear") => {
                let key = format!("{name}.rope.scaling.factor");
                let factor = self.real(&key)?.or(old).ok_or_else(|| missing(&key))?;
                Ok(if factor.mantissa == 0 { RopeScaling::None } else { RopeScaling::Linear(factor) })
            }
            Some(other) => Err(ImportError::Unsupported { what: key, got: other.into() }),
        }
    }
}

fn missing(key: &str) -> ImportError {
    ImportError::MissingKey { key: key.into() }
}

/// A value for an error message.
fn brief(value: &Value<'_>) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        Value::Array(array) => format!("an array of {}", array.len()),
        other => format!("{other:?}"),
    }
}
