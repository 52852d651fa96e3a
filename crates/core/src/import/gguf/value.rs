//! Metadata values. Numbers keep their width's meaning, not their width; arrays stay in the input and are read by iteration.

use super::GgufError;
use super::reader::Reader;
use crate::import::float::Dyadic;

/// One metadata value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Any unsigned type.
    Unsigned(u64),
    /// Any signed type.
    Signed(i64),
    /// f32, by its bits.
    F32(u32),
    /// f64, by its bits.
    F64(u64),
    /// A byte that is not zero is true.
    Bool(bool),
    /// UTF-8.
    String(&'a str),
    /// Elements of one type that is not an array.
    Array(Array<'a>),
}

/// The types of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the format's")]
pub enum ValueKind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    U64,
    I64,
    F64,
}

/// An array, checked while it was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Array<'a> {
    /// Type of the elements.
    pub kind: ValueKind,
    count: u64,
    bytes: &'a [u8],
}

/// The format's number of an array.
const ARRAY: u32 = 9;

impl<'a> Value<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, GgufError> {
        let at = reader.position();
        let number = reader.u32("a value type")?;
        if number == ARRAY { Array::read(reader).map(Value::Array) } else { ValueKind::from_number(number, at)?.read(reader) }
    }

    /// A number of an unsigned type, or a signed one that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::Unsigned(v) => Some(v),
            Self::Signed(v) => v.try_into().ok(),
            _ => None,
        }
    }

    /// [`Value::as_u64`] within 32 bits.
    pub fn as_u32(&self) -> Option<u32> {
        self.as_u64()?.try_into().ok()
    }

    /// A finite float, exactly.
    pub fn as_real(&self) -> Option<Dyadic> {
        match *self {
            Self::F32(bits) => Dyadic::from_f32_bits(bits).ok(),
            Self::F64(bits) => Dyadic::from_f64_bits(bits).ok(),
            _ => None,
        }
    }

    /// A truth value.
    pub const fn as_bool(&self) -> Option<bool> {
        match *self {
            Self::Bool(v) => Some(v),
            _ => None,
        }
    }

    /// A text.
    pub const fn as_str(&self) -> Option<&'a str> {
        match *self {
            Self::String(v) => Some(v),
            _ => None,
        }
    }

    /// An array.
    pub const fn as_array(&self) -> Option<Array<'a>> {
        match *self {
            Self::Array(v) => Some(v),
            _ => None,
        }
    }
}

impl<'a> Array<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, GgufError> {
        const WHAT: &str = "a metadata array";
        let at = reader.position();
        let kind = ValueKind::from_number(reader.u32(WHAT)?, at)?;
        let count = reader.u64(WHAT)?;
        if let Some(width) = kind.width() {
            let truncated = GgufError::Truncated { what: WHAT, at, needed: u64::MAX, len: reader.len() };
            let len = count.checked_mul(width).ok_or(truncated)?;
            return Ok(Self { kind, count, bytes: reader.take(WHAT, len)? });
        }
        // Strings are walked once, so that iteration cannot fail. Each takes at least 8 bytes: the walk ends with the input.
        let mut scout = reader.rest();
        for _ in 0..count {
            scout.string(WHAT)?;
        }
        let len = scout.position() - reader.position();
        Ok(Self { kind, count, bytes: reader.take(WHAT, len as u64)? })
    }

    /// Elements.
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// The elements as the file holds them.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether there are no elements.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let (kind, mut reader) = (self.kind, Reader::new(self.bytes));
        std::iter::from_fn(move || if reader.at_end() { None } else { kind.read(&mut reader).ok() })
    }

    /// The elements if they are texts.
    pub fn strings(&self) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
        (self.kind == ValueKind::String).then(|| self.iter().filter_map(|v| v.as_str()))
    }
}

impl ValueKind {
    /// The types, each at its number; an array's is between.
    const NUMBERS: [Option<Self>; 13] = [
        Some(Self::U8),
        Some(Self::I8),
        Some(Self::U16),
        Some(Self::I16),
        Some(Self::U32),
        Some(Self::I32),
        Some(Self::F32),
        Some(Self::Bool),
        Some(Self::String),
        None,
        Some(Self::U64),
        Some(Self::I64),
        Some(Self::F64),
    ];

    fn from_number(number: u32, at: usize) -> Result<Self, GgufError> {
        let kind = Self::NUMBERS.get(number as usize).copied().flatten();
        kind.ok_or(GgufError::ValueType { got: number, at })
    }

    /// The format's number of the type.
    pub fn number(self) -> u32 {
        Self::NUMBERS.iter().position(|kind| *kind == Some(self)).unwrap_or_default() as u32
    }

    const fn width(self) -> Option<u64> {
        Some(match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
            Self::String => return None,
        })
    }

    fn read<'a>(self, reader: &mut Reader<'a>) -> Result<Value<'a>, GgufError> {
        const WHAT: &str = "a metadata value";
        Ok(match self {
            Self::U8 => Value::Unsigned(reader.u8(WHAT)?.into()),
            Self::I8 => Value::Signed(i64::from(reader.u8(WHAT)? as i8)),
            Self::U16 => Value::Unsigned(u16::from_le_bytes(reader.array(WHAT)?).into()),
            Self::I16 => Value::Signed(i16::from_le_bytes(reader.array(WHAT)?).into()),
            Self::U32 => Value::Unsigned(reader.u32(WHAT)?.into()),
            Self::I32 => Value::Signed(i32::from_le_bytes(reader.array(WHAT)?).into()),
            Self::F32 => Value::F32(reader.u32(WHAT)?),
            Self::Bool => Value::Bool(reader.u8(WHAT)? != 0),
            Self::String => Value::String(reader.string(WHAT)?),
            Self::U64 => Value::Unsigned(reader.u64(WHAT)?),
            Self::I64 => Value::Signed(i64::from_le_bytes(reader.array(WHAT)?)),
            Self::F64 => Value::F64(reader.u64(WHAT)?),
        })
    }
}
