//! A Hugging Face folder: `config.json` of the model types `llama` (Llama 2 and 3, SmolLM2), `mistral` and `qwen2` (Qwen2, Qwen2.5).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::architecture::{Architecture, LayerPart, Naming, value};
use super::error::ImportError;
use super::float::Dyadic;
use super::real::RopeScaling;
use super::safetensors::{Tensors, tensors};
use crate::model::config::RopePairing;
use crate::model::image::{ConvConfig, ImageConfig};

/// The configuration's file.
pub const CONFIG: &str = "config.json";

/// A folder whose files are in memory (mapped, as a rule).
#[derive(Debug)]
pub struct HuggingFace<'a> {
    /// Files by name.
    pub files: BTreeMap<String, &'a [u8]>,
    /// Tensors by name.
    pub tensors: Tensors<'a>,
    config: Map<String, Value>,
}

impl<'a> HuggingFace<'a> {
    /// Take the files of a folder, by name without path.
    ///
    /// # Errors
    /// If the configuration or a tensor file is missing or broken.
    pub fn new(files: BTreeMap<String, &'a [u8]>) -> Result<Self, ImportError> {
        let config = files.get(CONFIG).ok_or_else(|| ImportError::MissingFile { file: CONFIG.into() })?;
        let config =
            serde_json::from_slice(config).map_err(|e| ImportError::Json { file: CONFIG.into(), message: e.to_string() })?;
        Ok(Self { tensors: tensors(&files)?, files, config })
    }

    /// What the configuration says about the model.
    ///
    /// # Errors
    /// If a value is missing or out of its domain, or the model needs what the arithmetic has not.
    pub fn architecture(&self) -> Result<Architecture, ImportError> {
        let c = Keys(&self.config);
        let model_type = c.text("model_type")?.ok_or_else(|| missing("model_type"))?;
        if !matches!(model_type, "llama" | "mistral" | "qwen2") {
            return Err(unsupported("model_type", model_type));
        }
        c.refuse_features()?;
        let (d_model, n_heads) = (c.required("hidden_size")?, c.required("num_attention_heads")?);
        let n_layers = c.required("num_hidden_layers")?;
        let by_division = d_model.checked_div(n_heads).ok_or_else(|| value("num_attention_heads", 0, "1 or more"))?;
        let rope = c.object("rope_parameters")?.or(c.object("rope_scaling")?);
        let inner_base = rope.map(|r| Keys(r).real("rope_theta")).transpose()?.flatten();
        let base = inner_base.or(c.real("rope_theta")?).unwrap_or(Dyadic { mantissa: 10000, exponent: 0 });
        let has_head = self.tensors.contains_key("lm_head.weight");
        let (qkv, all_attention, mlp) = (model_type == "qwen2", c.flag("attention_bias")?, c.flag("mlp_bias")?);
        let bias = |part: &LayerPart| match part {
            LayerPart::Q | LayerPart::K | LayerPart::V => qkv || all_attention == Some(true),
            LayerPart::O => !qkv && all_attention == Some(true),
            _ => mlp == Some(true),
        };
        Ok(Architecture {
            d_model,
            n_layers,
            n_heads,
            n_kv_heads: c.number("num_key_value_heads")?.unwrap_or(n_heads),
            head_dim: c.number("head_dim")?.unwrap_or(by_division),
            d_ff: c.required("intermediate_size")?,
            vocab: c.required("vocab_size")?,
            context: c.required("max_position_embeddings")?,
            eps: c.real("rms_norm_eps")?.ok_or_else(|| missing("rms_norm_eps"))?,
            rope_base: base,
            rope_scaling: rope.map_or(Ok(RopeScaling::None), |r| Keys(r).rope_scaling())?,
            rope_pairing: RopePairing::Half,
            sliding_window: c.sliding_window(model_type, n_layers)?,
            tied: c.flag("tie_word_embeddings")?.unwrap_or(!has_head),
            biases: LayerPart::MATRICES.into_iter().filter(bias).collect(),
            naming: Naming::HuggingFace,
            image: c.image()?,
        })
    }

    /// The licence of the weights where the configuration keeps it.
    pub fn licence(&self) -> Option<&str> {
        self.config.get("license")?.as_str().filter(|licence| !licence.is_empty())
    }

    /// The model's name where the configuration keeps it.
    pub fn name(&self) -> Option<&str> {
        self.config.get("_name_or_path")?.as_str().filter(|name| !name.is_empty())
    }
}

/// A JSON object read with types.
#[derive(Clone, Copy)]
struct Keys<'c>(&'c Map<String, Value>);

impl<'c> Keys<'c> {
    fn get(self, key: &str) -> Option<&'c Value> {
        self.0.get(key).filter(|v| !v.is_null())
    }

    fn typed<T>(
        self,
        key: &str,
        expected: &'static str,
        read: impl Fn(&'c Value) -> Option<T>,
    ) -> Result<Option<T>, ImportError> {
        let Some(found) = self.get(key) else { return Ok(None) };
        read(found).map(Some).ok_or_else(|| value(key, brief(found), expected))
    }

    fn number(self, key: &str) -> Result<Option<u32>, ImportError> {
        self.typed(key, "a whole number of 32 bits", |v| v.as_u64()?.try_into().ok())
    }

    fn required(self, key: &str) -> Result<u32, ImportError> {
        self.number(key)?.ok_or_else(|| missing(key))
    }

    /// The exact value of the double that the JSON number denotes.
    fn real(self, key: &str) -> Result<Option<Dyadic>, ImportError> {
        self.typed(key, "a number", |v| Dyadic::from_f64_bits(v.as_f64()?.to_bits()).ok())
    }

    fn flag(self, key: &str) -> Result<Option<bool>, ImportError> {
        self.typed(key, "true or false", Value::as_bool)
    }

    fn text(self, key: &str) -> Result<Option<&'c str>, ImportError> {
        self.typed(key, "a text", Value::as_str)
    }

    fn object(self, key: &str) -> Result<Option<&'c Map<String, Value>>, ImportError> {
        self.typed(key, "an object", Value::as_object)
    }

    /// Keys of what the arithmetic has not: each must be absent or neutral.
    fn refuse_features(self) -> Result<(), ImportError> {
        if let Some(act) = self.text("hidden_act")?.filter(|act| !matches!(*act, "silu" | "swish")) {
            return Err(unsupported("hidden_act", act));
        }
        if self.real("partial_rotary_factor")?.is_some_and(|v| v.scaled_half_up(1, 20) != Some(1 << 20)) {
            return Err(unsupported("partial_rotary_factor", brief(&self.0["partial_rotary_factor"])));
        }
        if self.flag("rope_interleaved")? == Some(true) {
            return Err(unsupported("rope_interleaved", true));
        }
        let foreign =
            ["quantization_config", "num_local_experts", "num_experts", "final_logit_softcapping", "attn_logit_softcapping"];
        match foreign.into_iter().find_map(|key| Some((key, self.get(key)?))) {
            Some((key, found)) => Err(unsupported(key, brief(found))),
            None => Ok(()),
        }
    }

    /// Positions that every layer sees, where the model limits them.
    fn sliding_window(self, model_type: &str, n_layers: u32) -> Result<Option<u32>, ImportError> {
        let Some(window) = self.number("sliding_window")? else { return Ok(None) };
        match model_type {
            "mistral" => Ok(Some(window)),
            "qwen2" if self.flag("use_sliding_window")? == Some(true) => match self.number("max_window_layers")?.unwrap_or(28) {
                0 => Ok(Some(window)),
                from if from >= n_layers => Ok(None),
                from => Err(unsupported("max_window_layers", format!("{from} (a window in some of {n_layers} layers)"))),
            },
            _ => Ok(None),
        }
    }

    /// `vq_decoder`: how ids become a picture. No library's own key; `models/pixel/export.py` writes it.
    fn image(self) -> Result<Option<ImageConfig>, ImportError> {
        let Some(decoder) = self.object("vq_decoder")? else { return Ok(None) };
        let keys = Keys(decoder);
        let number = |key: &str| keys.required(key);
        let layers = keys
            .typed("layers", "a list of objects", |v| v.as_array()?.iter().map(Value::as_object).collect::<Option<Vec<_>>>())?;
        let conv = |layer: &Map<String, Value>| {
            let keys = Keys(layer);
            Ok(ConvConfig { channels: keys.required("out_channels")?, upsample: keys.flag("upsample")?.unwrap_or(false) })
        };
        Ok(Some(ImageConfig {
            code_dim: number("code_dim")?,
            codes: number("codes")?,
            convs: layers
                .ok_or_else(|| missing("vq_decoder.layers"))?
                .into_iter()
                .map(conv)
                .collect::<Result<_, ImportError>>()?,
            first_code: number("first_code_id")?,
            grid_height: number("grid_height")?,
            grid_width: number("grid_width")?,
        }))
    }

    fn rope_scaling(self) -> Result<RopeScaling, ImportError> {
        let real = |key: &str| self.real(key)?.ok_or_else(|| missing(&format!("rope_scaling.{key}")));
        match self.text("rope_type")?.or(self.text("type")?) {
            None | Some("default") => Ok(RopeScaling::None),
            Some("linear") => Ok(RopeScaling::Linear(real("factor")?)),
            Some("llama3") => Ok(RopeScaling::Llama3 {
                factor: real("factor")?,
                low_freq_factor: real("low_freq_factor")?,
                high_freq_factor: real("high_freq_factor")?,
                original_context: self.required("original_max_position_embeddings")?,
            }),
            Some(other) => Err(unsupported("rope_scaling type", other)),
        }
    }
}

fn missing(key: &str) -> ImportError {
    ImportError::MissingKey { key: key.into() }
}

fn unsupported(what: &str, got: impl ToString) -> ImportError {
    ImportError::Unsupported { what: what.into(), got: got.to_string() }
}

/// A value for an error message.
fn brief(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}
