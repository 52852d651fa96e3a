//! Tensors on the device.

use crate::buffer::Buffer;

/// `[T, n]` i32.
pub struct GpuInts {
    pub(crate) buffer: Buffer,
    /// Columns.
    pub(crate) n: usize,
    /// Rows.
    pub(crate) rows: usize,
    /// Rows of the buffer before the first.
    pub(crate) first: usize,
}

/// `[T, groups, n]` block floating point: digits of four elements to two words, and an exponent a group.
pub struct GpuBfp {
    pub(crate) x: Buffer,
    pub(crate) e: Buffer,
    /// Sums over each 16 columns.
    pub(crate) sums: Buffer,
    /// Columns of a group.
    pub(crate) n: usize,
    /// Groups of a row.
    pub(crate) groups: usize,
    /// Rows.
    pub(crate) rows: usize,
}

impl GpuBfp {
    /// Word pairs of a group.
    pub(crate) const fn words(&self) -> usize {
        self.n.div_ceil(4)
    }

    /// Vectors in all rows.
    pub(crate) const fn vectors(&self) -> usize {
        self.rows * self.groups
    }
}

/// Words of digits of one vector, as shaders hold them: four elements to two words.
pub fn pack_digits(x: &[i16]) -> Vec<u32> {
    let mut words = Vec::with_capacity(x.len().div_ceil(4) * 2);
    for four in x.chunks(4) {
        let digit = |part: fn(i16) -> i8| {
            let byte = |i: usize| four.get(i).map_or(0, |&x| part(x) as u8);
            u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
        };
        words.extend([digit(|x| ((i32::from(x) + 128) >> 8) as i8), digit(|x| x as i8)]);
    }
    words
}

/// Sums of the high and of the low digits over each 16 elements.
pub fn digit_sums(x: &[i16]) -> Vec<i32> {
    let digits = |&x: &i16| ((i32::from(x) + 128) >> 8, i32::from(x as i8));
    x.chunks(16).flat_map(|unit| unit.iter().map(digits).fold([0, 0], |[h, l], (high, low)| [h + high, l + low])).collect()
}

/// The `n` elements of such a vector.
pub fn unpack_digits(words: &[u32], n: usize) -> Vec<i16> {
    let digit = |word: u32, k: usize| i32::from((word >> (k % 4 * 8)) as i8);
    (0..n).map(|k| (256 * digit(words[k / 4 * 2], k) + digit(words[k / 4 * 2 + 1], k)) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_packed_and_unpacked() {
        let ends = [i16::MIN, -16_384, -16_257, -16_256, -129, -128, -127, -1, 0, 1, 127, 128, 16_255, 16_256, 16_384];
        assert!(ends[1..].iter().all(|&x| unpack_digits(&pack_digits(&[x]), 1) == [x]));
        assert_eq!(unpack_digits(&pack_digits(&ends[1..]), ends.len() - 1), &ends[1..]);
    }
}
