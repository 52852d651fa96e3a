//! A cursor over the input that never goes past its end.

use super::GgufError;

pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub const fn position(&self) -> usize {
        self.at
    }

    /// Bytes of the whole input.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub const fn at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// A second cursor at the same place.
    pub const fn rest(&self) -> Self {
        Self { bytes: self.bytes, at: self.at }
    }

    pub fn take(&mut self, what: &'static str, len: u64) -> Result<&'a [u8], GgufError> {
        let error = GgufError::Truncated { what, at: self.at, needed: len, len: self.bytes.len() };
        let end = usize::try_from(len).ok().and_then(|len| self.at.checked_add(len)).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(error)?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    pub fn u8(&mut self, what: &'static str) -> Result<u8, GgufError> {
        self.array::<1>(what).map(|[b]| b)
    }

    pub fn u32(&mut self, what: &'static str) -> Result<u32, GgufError> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub fn u64(&mut self, what: &'static str) -> Result<u64, GgufError> {
        self.array(what).map(u64::from_le_bytes)
    }

    pub fn string(&mut self, what: &'static str) -> Result<&'a str, GgufError> {
        let len = self.u64(what)?;
        let at = self.at;
        str::from_utf8(self.take(what, len)?).map_err(|_| GgufError::Utf8 { what, at })
    }

    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], GgufError> {
        let taken = self.take(what, N as u64)?;
        Ok(std::array::from_fn(|i| taken[i]))
    }
}
