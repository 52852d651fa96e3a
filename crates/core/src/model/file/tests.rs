//! What is written is what is loaded.

use super::*;
use crate::commit::{Hash, ModelId, keccak256, merkle};
use crate::model::testing::{Sizes, Tiny};
use crate::random::Random;
use crate::scalar::Scalar;

#[test]
fn a_loaded_model_is_the_written_one() {
    for seed in 0..40 {
        let tiny = Tiny::new(seed);
        let (id, file) = tiny.write();
        let mut model = load(&file, Scalar).unwrap();
        assert_eq!(model.id, id);
        assert_eq!(model.tokenizer_section, tiny.tokenizer);
        assert_eq!(&model.manifest.config, tiny.config());
        let weights = tiny.weights(&Scalar);
        let mut session = model.session(4);
        let ids = [1, 0, 256, 7];
        let from_file = model.forward(&mut session, &ids, 4).clone();
        let mut direct = model.session(4);
        let from_parts = direct.forward(&mut Scalar, tiny.config(), &weights, &ids, 4);
        assert_eq!(&from_file, from_parts, "seed {seed}");
    }
}

/// The id by the words of the format: from the file's bytes alone, leaf by leaf, without the code that writes or loads.
#[test]
fn the_model_id_is_a_root_over_manifest_and_leaves() {
    for seed in 0..10 {
        let sizes = Sizes { d_ff: &[2048 + 64, 4096, 128], ..Sizes::default() };
        let (id, file) = Tiny::sized(seed, &sizes).write();
        let manifest_len = u32::from_le_bytes(file[8..12].try_into().unwrap()) as usize;
        let manifest_bytes = &file[12..12 + manifest_len];
        let manifest: serde_json::Value = serde_json::from_slice(manifest_bytes).unwrap();
        let mut roots = vec![merkle::leaf(manifest_bytes)];
        let mut sections = Vec::new();
        for section in manifest["sections"].as_array().unwrap() {
            let mut lens = Vec::new();
            if let Some(mut len) = section["len"].as_u64() {
                while len > 0 {
                    lens.push(len.min(1024));
                    len -= len.min(1024);
                }
            } else {
                let m = &section["matrix"];
                let n = |name: &str| m[name].as_u64().unwrap();
                let flag = |name: &str| u64::from(m[name].as_bool().unwrap());
                for _ in 0..n("rows") {
                    let mut cols = n("cols");
                    while cols > 0 {
                        let c = cols.min(2048);
                        let scales = c / n("block") * (2 + 2 * flag("has_m"));
                        lens.push(4 + 4 * flag("has_bias") + scales + c * n("bits") / 8);
                        cols -= c;
                    }
                }
            }
            sections.push(lens);
        }
        let payload: u64 = sections.iter().flatten().sum();
        let mut at = file.len() - payload as usize;
        for lens in sections {
            let leaves: Vec<Hash> = lens
                .iter()
                .map(|&len| {
                    at += len as usize;
                    merkle::leaf(&file[at - len as usize..at])
                })
                .collect();
            roots.push(merkle::root(&leaves));
        }
        let preimage = [&b"openimo/model/1"[..], &merkle::root(&roots).0].concat();
        assert_eq!(id, ModelId(keccak256(&preimage).0), "seed {seed}");
    }
}

#[test]
fn the_head_is_asked_for_piece_by_piece() {
    let (id, file) = Tiny::new(3).write();
    let mut have = 0;
    let header = loop {
        match Header::parse(&file[..have]).unwrap() {
            Parsed::NeedMore { at_least } => {
                assert!(at_least as usize > have && at_least <= HEAD_MAX);
                have = at_least as usize;
            }
            Parsed::Header(header) => break header,
        }
    };
    assert_eq!(header.model_id(), id);
    assert_eq!(header.len() as usize, have);
    assert_eq!(header.file_len() as usize, file.len());
    let mut at = header.len();
    for (i, chunk) in header.chunks().iter().enumerate() {
        assert_eq!((chunk.index, chunk.offset), (i, at));
        assert!(chunk.len > 0 && chunk.len <= CHUNK_MAX);
        at += chunk.len;
    }
    assert_eq!(at, header.file_len());
}

#[test]
fn a_corrupt_chunk_is_named_and_can_be_pushed_again() {
    let file = Tiny::new(5).imo();
    let Parsed::Header(header) = Header::parse(&file).unwrap() else { panic!("a whole file") };
    let mut loader = ModelLoader::new(*header, Scalar);
    let mut rng = Random::new(1);
    while let Some(chunk) = loader.next_chunk().cloned() {
        let bytes = &file[chunk.offset as usize..][..chunk.len as usize];
        let mut bad = bytes.to_vec();
        bad[rng.below(chunk.len) as usize] ^= 1 << rng.below(8);
        match loader.push(&bad) {
            Err(FileError::CorruptChunk { index, offset, len, expected, got }) => {
                assert_eq!((index, offset, len, expected), (chunk.index, chunk.offset, chunk.len, chunk.hash));
                assert_ne!(got, expected);
            }
            other => panic!("expected a corrupt chunk, got {other:?}"),
        }
        assert!(matches!(loader.push(&bytes[1..]), Err(FileError::ChunkLength { .. })));
        loader.push(bytes).unwrap();
    }
    loader.finish().unwrap();
}

pub(super) fn header(file: &[u8]) -> Header {
    match Header::parse(file).unwrap() {
        Parsed::Header(header) => *header,
        Parsed::NeedMore { .. } => panic!("a whole file"),
    }
}
