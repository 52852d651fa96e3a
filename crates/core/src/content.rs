//! The content of an output: the exact bytes that a statement commits to.
//!
//! The content is what the ids decode to. Of a model that writes: their text, without the stop id that ended generation. It is bytes, not
//! text: an output that ran into its length may end in the middle of a character. Of a model that draws: the file of the picture.

use crate::commit::{ContentHash, keccak256};

/// The ids that make the content: all of them, without one stop id at the end.
pub fn content_ids<'a>(ids: &'a [u32], stop_ids: &[u32]) -> &'a [u32] {
    match ids.split_last() {
        Some((last, rest)) if stop_ids.contains(last) => rest,
        _ => ids,
    }
}

/// keccak256 of the content.
pub fn content_hash(content: &[u8]) -> ContentHash {
    ContentHash(keccak256(content).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stop_id_is_left_out() {
        assert_eq!(content_ids(&[5, 6, 2], &[2, 3]), [5, 6]);
        assert_eq!(content_ids(&[5, 2, 2], &[2]), [5, 2]);
        assert_eq!(content_ids(&[2], &[2]), [0u32; 0]);
        assert_eq!(content_ids(&[5, 6], &[2]), [5, 6]);
        assert_eq!(content_ids(&[], &[2]), [0u32; 0]);
    }
}
