//! SentencePiece-style BPE: pieces with scores, from which the order of merges follows.

use std::collections::HashMap;

use super::TokenizerError;
use super::components::{Decoder, Literal, MAX_MERGES, MAX_PIECE, Normalizer};
use super::error::limit;

/// The visible character that stands for a space.
pub(super) const SPACE: char = '▁';

/// The merges of a vocabulary of `(piece, id, score)`: every way to cut a piece into two pieces, higher scores first. Ties are cut at
/// the later place first, then in order of ids.
pub(super) fn merges(pieces: &[(&str, u32, f32)]) -> Result<Vec<(String, String)>, TokenizerError> {
    let known: HashMap<&str, u32> = pieces.iter().map(|&(piece, id, _)| (piece, id)).collect();
    let mut found = Vec::new();
    for &(piece, id, score) in pieces {
        limit("a piece", piece.len(), MAX_PIECE)?;
        if !score.is_finite() {
            return Err(TokenizerError::vocabulary(format!("the score of the piece {piece:?} is not a number")));
        }
        for (chars, (at, _)) in piece.char_indices().enumerate().skip(1) {
            let (left, right) = piece.split_at(at);
            if known.contains_key(left) && known.contains_key(right) {
                limit("the list of merges", found.len() + 1, MAX_MERGES)?;
                found.push((order(score), chars, id, left, right));
            }
        }
    }
    found.sort_by_key(|&(score, chars, id, ..)| (std::cmp::Reverse((score, chars)), id));
    Ok(found.into_iter().map(|(.., left, right)| (left.to_owned(), right.to_owned())).collect())
}

/// A whole number that orders as the score does.
fn order(score: f32) -> i32 {
    // Zero has two forms; the rest of a float's bits order as the number does, backwards below zero.
    let bits = if score == 0.0 { 0 } else { score.to_bits() as i32 };
    if bits < 0 { -(bits & i32::MAX) } else { bits }
}

/// Spaces become visible, and one is put before the text if `prefix`.
pub(super) fn normalizer(prefix: bool) -> Normalizer {
    let replace = Normalizer::Replace { pattern: Literal::String(' '), content: SPACE };
    let prepend = prefix.then_some(Normalizer::Prepend { prepend: SPACE });
    Normalizer::Sequence { normalizers: prepend.into_iter().chain([replace]).collect() }
}

/// The way back; the last step is kept for other readers of the section.
pub(super) fn decoder(prefix: bool) -> Decoder {
    let mut decoders =
        vec![Decoder::Replace { pattern: Literal::String(SPACE), content: ' ' }, Decoder::ByteFallback, Decoder::Fuse];
    if prefix {
        decoders.push(Decoder::Strip { content: ' ', start: 1, stop: 0 });
    }
    Decoder::Sequence { decoders }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_order_merges() {
        let pieces = [("a", 0, -9.0), ("b", 1, -9.0), ("ab", 2, -2.0), ("aba", 3, -1.0), ("ba", 4, -2.0)];
        let merges = merges(&pieces).unwrap();
        let text: Vec<String> = merges.iter().map(|(l, r)| format!("{l}+{r}")).collect();
        assert_eq!(text, ["ab+a", "a+ba", "a+b", "b+a"]);
        assert!(super::merges(&[("a", 0, f32::NAN)]).is_err());
    }

    #[test]
    fn whole_numbers_order_as_scores() {
        let scores = [f32::MIN, -2.5, -1.0, -f32::MIN_POSITIVE, 0.0, 1e-30, 1.0, f32::MAX];
        assert!(scores.map(order).is_sorted_by(|a, b| a < b));
        assert_eq!(order(0.0), order(-0.0));
    }
}
