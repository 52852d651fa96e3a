//! GGUF, versions 2 and 3: metadata and the directory of tensors, from the bytes of a file.
//!
//! Nothing that the file claims is believed before it is checked against its length: counts only bound loops that consume input,
//! strings and arrays stay slices of the input, and the directory holds one entry for at least 24 bytes read.

mod architecture;
mod reader;
mod value;

use std::collections::BTreeMap;

use self::reader::Reader;
pub use self::value::{Array, Value, ValueKind};
use super::blocks::TensorType;
use super::tensor::Tensor;

/// A parsed file.
#[derive(Debug)]
pub struct Gguf<'a> {
    /// Metadata by key.
    pub metadata: BTreeMap<&'a str, Value<'a>>,
    /// Tensors by name.
    pub tensors: BTreeMap<&'a str, Tensor<'a>>,
}

/// What is wrong with a GGUF file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GgufError {
    /// The first four bytes are not `GGUF`.
    #[error("not a GGUF file: it begins with {got:02x?}, expected \"GGUF\"")]
    Magic {
        /// The bytes found.
        got: Vec<u8>,
    },
    /// A version that this reader does not know.
    #[error("GGUF version {got} is not supported, expected 2 or 3 (little endian)")]
    Version {
        /// The version found.
        got: u32,
    },
    /// The file ends inside a field.
    #[error("the file ends at byte {len} inside {what}, which needs {needed} bytes from byte {at}")]
    Truncated {
        /// The field.
        what: &'static str,
        /// Where it begins.
        at: usize,
        /// Bytes that it needs.
        needed: u64,
        /// Length of the file.
        len: usize,
    },
    /// A string is not UTF-8.
    #[error("{what} at byte {at} is not UTF-8")]
    Utf8 {
        /// The field.
        what: &'static str,
        /// Where it begins.
        at: usize,
    },
    /// A metadata type that does not exist, or an array of arrays.
    #[error("metadata value type {got} at byte {at} is not supported")]
    ValueType {
        /// The type's number.
        got: u32,
        /// Where it stands.
        at: usize,
    },
    /// Two entries have one name.
    #[error("{what} {name:?} occurs twice")]
    Duplicate {
        /// Metadata key or tensor.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// `general.alignment` is no power of two from 1 to 2^20.
    #[error("alignment {got} is not a power of two up to 2^20")]
    Alignment {
        /// The alignment found.
        got: u64,
    },
    /// A tensor type without an integer form.
    #[error("tensor {name:?} has ggml type {got}; supported: F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K")]
    TensorType {
        /// The tensor.
        name: String,
        /// ggml's number.
        got: u32,
    },
    /// A tensor that is neither a vector nor a matrix, or is empty or too large, or is not whole blocks.
    #[error("tensor {name:?} has shape {got:?}, expected 1 or 2 dimensions (of 1 and up), the first a multiple of {block}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its dimensions, columns first.
        got: Vec<u64>,
        /// Elements of a block.
        block: usize,
    },
    /// A tensor's data is not where data can be.
    #[error("tensor {name:?} lies at {offset} + {len} of {available} data bytes, alignment {alignment}")]
    Placement {
        /// The tensor.
        name: String,
        /// Offset in the data.
        offset: u64,
        /// Bytes.
        len: usize,
        /// Bytes of data in the file.
        available: usize,
        /// Alignment of the file.
        alignment: usize,
    },
    /// Two tensors share bytes.
    #[error("tensors {first:?} and {second:?} overlap")]
    Overlap {
        /// The one that begins earlier.
        first: String,
        /// The other.
        second: String,
    },
}

struct Entry<'a> {
    name: &'a str,
    dims: Vec<u64>,
    ty: u32,
    offset: u64,
}

impl<'a> Gguf<'a> {
    /// Parse a whole file.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, GgufError> {
        let mut reader = Reader::new(bytes);
        if !bytes.starts_with(b"GGUF") {
            return Err(GgufError::Magic { got: bytes.iter().take(4).copied().collect() });
        }
        reader.take("the magic", 4)?;
        let version = reader.u32("the version")?;
        if !matches!(version, 2 | 3) {
            return Err(GgufError::Version { got: version });
        }
        let tensor_count = reader.u64("the tensor count")?;
        let key_count = reader.u64("the metadata count")?;
        let mut metadata = BTreeMap::new();
        for _ in 0..key_count {
            let key = reader.string("a metadata key")?;
            let value = Value::read(&mut reader)?;
            if metadata.insert(key, value).is_some() {
                return Err(GgufError::Duplicate { what: "metadata key", name: key.into() });
            }
        }
        let mut entries = Vec::new();
        for _ in 0..tensor_count {
            entries.push(read_entry(&mut reader)?);
        }
        let alignment = match metadata.get("general.alignment") {
            None => 32,
            Some(value) => value
                .as_u64()
                .filter(|a| a.is_power_of_two() && *a <= 1 << 20)
                .ok_or(GgufError::Alignment { got: value.as_u64().unwrap_or(0) })? as usize,
        };
        let data = bytes.get(reader.position().next_multiple_of(alignment)..).unwrap_or(&[]);
        let mut tensors = BTreeMap::new();
        let mut spans = Vec::new();
        for entry in &entries {
            let tensor = place(entry, data, alignment)?;
            spans.push((entry.offset, tensor.data.len() as u64, entry.name));
            if tensors.insert(entry.name, tensor).is_some() {
                return Err(GgufError::Duplicate { what: "tensor", name: entry.name.into() });
            }
        }
        spans.sort_unstable();
        for pair in spans.windows(2) {
            if pair[0].0 + pair[0].1 > pair[1].0 {
                return Err(GgufError::Overlap { first: pair[0].2.into(), second: pair[1].2.into() });
            }
        }
        Ok(Self { metadata, tensors })
    }
}

fn read_entry<'a>(reader: &mut Reader<'a>) -> Result<Entry<'a>, GgufError> {
    let name = reader.string("a tensor's name")?;
    let n_dims = reader.u32("a tensor's number of dimensions")?;
    if n_dims > 4 {
        return Err(GgufError::Shape { name: name.into(), got: vec![], block: 1 });
    }
    let dims = (0..n_dims).map(|_| reader.u64("a tensor's dimension")).collect::<Result<_, _>>()?;
    Ok(Entry { name, dims, ty: reader.u32("a tensor's type")?, offset: reader.u64("a tensor's offset")? })
}

/// Find a tensor's bytes and check that it is whole blocks inside the data.
fn place<'a>(entry: &Entry<'a>, data: &'a [u8], alignment: usize) -> Result<Tensor<'a>, GgufError> {
    let name = || entry.name.to_owned();
    let ty = TensorType::from_ggml_number(entry.ty).ok_or_else(|| GgufError::TensorType { name: name(), got: entry.ty })?;
    let block = ty.stored_block().0;
    let shape_error = || GgufError::Shape { name: name(), got: entry.dims.clone(), block };
    // Trailing dimensions of 1 say nothing.
    let used = entry.dims.iter().rposition(|&n| n != 1).map_or(1, |last| last + 1);
    let (cols, rows) = match entry.dims.get(..used).ok_or_else(shape_error)? {
        [cols] => (*cols, 1),
        [cols, rows] => (*cols, *rows),
        _ => return Err(shape_error()),
    };
    let limit = |n: u64| usize::try_from(n).ok().filter(|n| (1..=1 << 30).contains(n)).ok_or_else(shape_error);
    let (cols, rows) = (limit(cols)?, limit(rows)?);
    if !cols.is_multiple_of(block) {
        return Err(shape_error());
    }
    let row_bytes = cols / block * ty.stored_block().1;
    let len = row_bytes.checked_mul(rows).ok_or_else(shape_error)?;
    let at = usize::try_from(entry.offset).ok().filter(|at| at.is_multiple_of(alignment));
    let bytes = at.and_then(|at| data.get(at..at.checked_add(len)?));
    match bytes {
        Some(data) => Ok(Tensor { ty, rows, cols, is_vector: used == 1, data }),
        None => Err(GgufError::Placement { name: name(), offset: entry.offset, len, available: data.len(), alignment }),
    }
}
