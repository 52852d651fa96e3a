//! Values of calls' parameters, whatever contract they are of.

use alloy_primitives::{Address, B256, Bytes, U256, Uint};

use super::abi::offering::IModelOffering::Part;

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Uint(U256),
    /// An address.
    Address(Address),
    /// Yes or no.
    Bool(bool),
    /// A word.
    Hash(B256),
    /// Bytes.
    Bytes(Bytes),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
}

impl<const BITS: usize, const LIMBS: usize> From<Uint<BITS, LIMBS>> for Value {
    fn from(value: Uint<BITS, LIMBS>) -> Self {
        Self::Uint(U256::from(value))
    }
}

macro_rules! from {
    ($($variant:ident $type:ty)*) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}
from! { Address Address Bool bool Hash B256 Bytes Bytes Text String }

impl From<Part> for Value {
    fn from(part: Part) -> Self {
        u8::from(part).into()
    }
}

macro_rules! from_number {
    ($($type:ty)*) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Uint(U256::from(value))
            }
        })*
    };
}
from_number! { u8 u16 u32 u64 u128 }

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}
