//! Writes GGUF files.

use crate::import::blocks::TensorType;
use crate::import::gguf::Value;

/// A GGUF file in the making.
#[derive(Clone, Debug, Default)]
pub struct GgufFile {
    keys: u64,
    metadata: Vec<u8>,
    tensors: u64,
    directory: Vec<u8>,
    data: Vec<u8>,
}

const ALIGNMENT: usize = 32;

impl GgufFile {
    /// A metadata value; whole numbers are written with 64 bits.
    pub fn value(&mut self, key: &str, value: &Value<'_>) -> &mut Self {
        self.keys += 1;
        string(&mut self.metadata, key);
        let out = &mut self.metadata;
        let mut number = |kind: u32, bytes: &[u8]| {
            out.extend(kind.to_le_bytes());
            out.extend(bytes);
        };
        match value {
            Value::Unsigned(v) => number(10, &v.to_le_bytes()),
            Value::Signed(v) => number(11, &v.to_le_bytes()),
            Value::F32(bits) => number(6, &bits.to_le_bytes()),
            Value::F64(bits) => number(12, &bits.to_le_bytes()),
            Value::Bool(v) => number(7, &[u8::from(*v)]),
            Value::String(text) => {
                number(8, &[]);
                string(&mut self.metadata, text);
            }
            Value::Array(array) => {
                number(9, &array.kind.number().to_le_bytes());
                self.metadata.extend(array.len().to_le_bytes());
                self.metadata.extend(array.bytes());
            }
        }
        self
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, v: u32) -> &mut Self {
        self.value(key, &Value::Unsigned(v.into()))
    }

    /// A text.
    pub fn text(&mut self, key: &str, v: &str) -> &mut Self {
        self.value(key, &Value::String(v))
    }

    /// An array of texts.
    pub fn texts(&mut self, key: &str, texts: &[String]) -> &mut Self {
        self.keys += 1;
        string(&mut self.metadata, key);
        self.metadata.extend([9u32.to_le_bytes(), 8u32.to_le_bytes()].concat());
        self.metadata.extend((texts.len() as u64).to_le_bytes());
        texts.iter().for_each(|text| string(&mut self.metadata, text));
        self
    }

    /// An array of 32-bit integers.
    pub fn integers(&mut self, key: &str, integers: &[i32]) -> &mut Self {
        self.keys += 1;
        string(&mut self.metadata, key);
        self.metadata.extend([9u32.to_le_bytes(), 5u32.to_le_bytes()].concat());
        self.metadata.extend((integers.len() as u64).to_le_bytes());
        integers.iter().for_each(|v| self.metadata.extend(v.to_le_bytes()));
        self
    }

    /// A tensor of `rows` rows; none: a vector.
    pub fn tensor(&mut self, name: &str, ty: TensorType, cols: usize, rows: Option<usize>, data: &[u8]) -> &mut Self {
        self.tensors += 1;
        string(&mut self.directory, name);
        let dims: Vec<u64> = [Some(cols), rows].into_iter().flatten().map(|n| n as u64).collect();
        self.directory.extend((dims.len() as u32).to_le_bytes());
        dims.iter().for_each(|n| self.directory.extend(n.to_le_bytes()));
        self.directory.extend(ty.ggml_number().to_le_bytes());
        self.directory.extend((self.data.len() as u64).to_le_bytes());
        self.data.extend(data);
        self.data.resize(self.data.len().next_multiple_of(ALIGNMENT), 0);
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3u32.to_le_bytes());
        out.extend(self.tensors.to_le_bytes());
        out.extend(self.keys.to_le_bytes());
        out.extend(&self.metadata);
        out.extend(&self.directory);
        out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
        out.extend(&self.data);
        out
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}
