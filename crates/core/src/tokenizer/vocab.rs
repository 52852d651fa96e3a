//! The vocabulary: which piece has which id, without doubles.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::TokenizerError;
use super::components::{AddedPiece, MAX_ADDED_PIECE, MAX_IDS, MAX_PIECE};
use super::error::{limit, short};

/// Pieces and their ids, in the order of the file. In JSON an object from piece to id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocab(pub Vec<(String, u32)>);

impl Vocab {
    /// Whether `piece` has an id.
    pub fn contains(&self, piece: &str) -> bool {
        self.0.iter().any(|(p, _)| p == piece)
    }

    /// The id of `piece`.
    pub fn id(&self, piece: &str) -> Option<u32> {
        self.0.iter().find(|(p, _)| p == piece).map(|&(_, id)| id)
    }

    /// No piece twice, no id twice, nothing over the limits, and the added pieces agree with it.
    pub(super) fn check(&self, added: &[AddedPiece]) -> Result<(), TokenizerError> {
        let mut pieces = HashMap::with_capacity(self.0.len());
        let mut taken = vec![false; MAX_IDS];
        for (piece, id) in &self.0 {
            limit("a piece", piece.len(), MAX_PIECE)?;
            limit("an id", *id as usize, MAX_IDS - 1)?;
            if pieces.insert(piece.as_str(), *id).is_some() {
                return Err(TokenizerError::vocabulary(format!("the piece {piece:?} has two ids")));
            }
            if std::mem::replace(&mut taken[*id as usize], true) {
                return Err(TokenizerError::vocabulary(format!("two pieces have the id {id}, one is {piece:?}")));
            }
        }
        // Pieces outside the model's vocabulary get the ids after it, one after the other: the crate numbers them so.
        let mut next = self.0.len();
        let mut seen = HashSet::with_capacity(added.len());
        for piece in added {
            limit("an added piece", piece.content.len(), MAX_ADDED_PIECE)?;
            limit("an id", piece.id as usize, MAX_IDS - 1)?;
            if piece.content.is_empty() {
                return Err(TokenizerError::vocabulary(format!("the added piece of id {} is empty", piece.id)));
            }
            if !seen.insert(piece.content.as_str()) {
                return Err(TokenizerError::vocabulary(format!("{:?} is added twice", piece.content)));
            }
            let known = pieces.get(piece.content.as_str()).map(|&id| id as usize);
            let expected = known.unwrap_or(next);
            if piece.id as usize != expected {
                let reason = format!("the added piece {:?} should have the id {expected}, not {}", piece.content, piece.id);
                return Err(TokenizerError::vocabulary(reason));
            }
            if known.is_some() {
                continue;
            }
            if std::mem::replace(&mut taken[piece.id as usize], true) {
                return Err(TokenizerError::vocabulary(format!("two pieces have the id {}", piece.id)));
            }
            next += 1;
        }
        Ok(())
    }
}

impl Serialize for Vocab {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (piece, id) in &self.0 {
            map.serialize_entry(piece, id)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Vocab {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Vocab;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object from piece to id")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Vocab, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    if pairs.len() == MAX_IDS {
                        return Err(serde::de::Error::custom(format!("more than {MAX_IDS} pieces")));
                    }
                    pairs.push(pair);
                }
                Ok(Vocab(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Reads merges as pairs or, in older files, as two pieces with a space between.
pub(super) fn merges<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Merges;
    impl<'de> Visitor<'de> for Merges {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a list of merges")
        }

        fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Self::Value, S::Error> {
            let mut merges = Vec::new();
            while let Some(Merge(pair)) = seq.next_element()? {
                merges.push(pair);
            }
            Ok(merges)
        }
    }
    deserializer.deserialize_seq(Merges)
}

/// One merge in either form.
struct Merge((String, String));

impl<'de> Deserialize<'de> for Merge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Merge;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("two pieces with one space between, or a list of two")
            }

            fn visit_str<E: serde::de::Error>(self, line: &str) -> Result<Merge, E> {
                split_merge(line).map(Merge).map_err(E::custom)
            }

            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Merge, S::Error> {
                Deserialize::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(Merge)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// The two halves of `left right`. Neither may have a space, or it could not be said where one ends.
pub(super) fn split_merge(line: &str) -> Result<(String, String), String> {
    match line.split_once(' ') {
        Some((left, right)) if !right.contains(' ') => Ok((left.to_owned(), right.to_owned())),
        _ => Err(format!("a merge should be two pieces with one space between, got {:?}", short(line))),
    }
}
