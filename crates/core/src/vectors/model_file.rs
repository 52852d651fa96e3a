//! Whole model files with their ids, roots and damage: `vectors/model_file/model_file.json`. Any other reader of the format, in another
//! language too, can be judged by them.

use serde::{Deserialize, Serialize};

use crate::commit::{Hash, ModelId, keccak256};
use crate::model::config::{Config, RopePairing};
use crate::model::file::{FileError, Header, ModelInfo, Parsed, load};
use crate::model::testing::Tiny;
use crate::random::Random;
use crate::scalar::Scalar;

/// A file, what names it, and where it can be damaged.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    model_id: ModelId,
    manifest_leaf: Hash,
    section_roots: Vec<Hash>,
    damage: Vec<Damage>,
    /// The file in hexadecimal.
    file: String,
}

/// A byte, a change, and the chunk that is then corrupt.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Damage {
    at: usize,
    xor: u8,
    chunk: usize,
}

/// What a reader makes otherwise than the vectors say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFileVectorError {
    /// The text is not a file of such vectors.
    #[error("not a file of model-file vectors: {detail}")]
    Text {
        /// Why.
        detail: String,
    },
    /// A case differs.
    #[error("case {case}: {what}")]
    Case {
        /// The case.
        case: String,
        /// What differs.
        what: String,
    },
}

/// The vectors as they are stored.
///
/// # Panics
/// Never: the cases are fixed.
pub fn file() -> String {
    let cases: Vec<Case> = CASES.iter().map(|(name, config)| case(name, &config())).collect();
    serde_json::to_string_pretty(&cases).expect("plain data") + "\n"
}

/// Read every file of `text` with this build; returns how many there are.
///
/// # Errors
/// The first difference.
pub fn check(text: &str) -> Result<usize, ModelFileVectorError> {
    let unreadable = |detail: String| ModelFileVectorError::Text { detail };
    let cases: Vec<Case> = serde_json::from_str(text).map_err(|e| unreadable(e.to_string()))?;
    for case in &cases {
        let file = hex::decode(&case.file).map_err(|e| unreadable(e.to_string()))?;
        check_case(case, file).map_err(|what| ModelFileVectorError::Case { case: case.case.clone(), what })?;
    }
    Ok(cases.len())
}

fn check_case(case: &Case, mut file: Vec<u8>) -> Result<(), String> {
    let model = load(&file, Scalar).map_err(|e| e.to_string())?;
    let Ok(Parsed::Header(header)) = Header::parse(&file) else { return Err("it loads, but has no head".to_owned()) };
    let roots: Vec<Hash> = (0..header.manifest.sections.len()).map(|s| header.section_root(s)).collect();
    if (model.id, &roots) != (case.model_id, &case.section_roots) {
        return Err(format!("the id is {}, expected {}", model.id, case.model_id));
    }
    for damage in &case.damage {
        file[damage.at] ^= damage.xor;
        match load(&file, Scalar).err() {
            Some(FileError::CorruptChunk { index, .. }) if index == damage.chunk => {}
            other => return Err(format!("byte {} damaged: {other:?}, expected chunk {} corrupt", damage.at, damage.chunk)),
        }
        file[damage.at] ^= damage.xor;
    }
    Ok(())
}

fn case(name: &str, config: &Config) -> Case {
    let digest = keccak256(name.as_bytes()).0;
    let mut rng = Random::new(u64::from_le_bytes(digest[..8].try_into().expect("8 bytes")));
    let mut tiny = Tiny::with_tokenizer(&mut rng, config.clone(), b"{\"none\":true}".to_vec());
    tiny.info = ModelInfo { name: name.to_owned(), bos_id: Some(0), ..tiny.info };
    let (model_id, file) = tiny.write();
    let Ok(Parsed::Header(header)) = Header::parse(&file) else { unreachable!("a file that was just written") };
    let manifest_len = header.len() as usize - 12 - 32 * header.chunks().len();
    let damage = header.chunks().iter().step_by(5).map(|chunk| {
        let at = chunk.offset as usize + rng.below(chunk.len) as usize;
        Damage { at, xor: 1 << rng.below(8), chunk: chunk.index }
    });
    Case {
        case: name.to_owned(),
        model_id,
        manifest_leaf: crate::commit::merkle::leaf(&file[12..12 + manifest_len]),
        section_roots: (0..header.manifest.sections.len()).map(|s| header.section_root(s)).collect(),
        damage: damage.collect(),
        file: hex::encode(&file),
    }
}

type MakeConfig = fn() -> Config;

/// Name and configuration of each case.
const CASES: [(&str, MakeConfig); 3] = [
    ("one layer, tied", base),
    ("two layers, own head, halves of a head, sliding window", || Config {
        n_layers: 2,
        tied: false,
        rope_pairing: RopePairing::Half,
        sliding_window: Some(3),
        fres: 18,
        ..base()
    }),
    ("rows of two leaves", || Config { d_ff: 2048 + 32, ..base() }),
];

fn base() -> Config {
    Config {
        d_model: 16,
        n_layers: 1,
        n_heads: 2,
        n_kv_heads: 1,
        head_dim: 8,
        d_ff: 32,
        vocab: 3,
        context: 64,
        tied: true,
        fres: 12,
        eps: 2684,
        rope_inc: vec![683_565_276, 68_356_528, 6_835_653, 683_565],
        rope_pairing: RopePairing::Adjacent,
        score_c: 33_426,
        score_ce: 16,
        sliding_window: None,
        image: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_files_read_as_they_say() {
        let stored = include_str!("../../../../vectors/model_file/model_file.json");
        assert!(stored == file(), "run cargo xtask vectors");
        assert_eq!(check(stored), Ok(CASES.len()));
        let digits = stored.find("\"file\": \"").unwrap();
        let mut broken = stored.to_owned();
        broken.replace_range(digits + 40..digits + 41, "x");
        assert!(matches!(check(&broken), Err(ModelFileVectorError::Text { .. })));
        let mut cases: Vec<Case> = serde_json::from_str(stored).unwrap();
        cases[1].model_id = cases[0].model_id;
        let mixed = serde_json::to_string(&cases).unwrap();
        assert!(matches!(check(&mixed), Err(ModelFileVectorError::Case { case, .. }) if case == CASES[1].0));
    }
}
