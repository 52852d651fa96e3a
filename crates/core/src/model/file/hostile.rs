//! Whatever the bytes are: no panic, and either an error or another model that runs.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use super::tests::header;
use crate::commit::ModelId;
use crate::model::file::*;
use crate::model::testing::{Sizes, Tiny, assemble};
use crate::scalar::Scalar;

/// A file with rows of several leaves, biases and offsets.
static FILE: LazyLock<(ModelId, Vec<u8>)> = LazyLock::new(|| {
    let sizes = Sizes { layers: 1, heads: 2, vocab: (257, 257), d_ff: &[2048 + 64] };
    Tiny::sized(9, &sizes).write()
});

/// Load, and if it loads run it: a model that was accepted must not panic.
fn attempt(file: &[u8]) -> Result<ModelId, FileError> {
    let mut model = load(file, Scalar)?;
    let mut session = model.session(2);
    let most = (model.manifest.config.vocab - 1, model.manifest.config.context);
    for ids in [&[0, 1.min(most.0)][..], &[2.min(most.0)]] {
        if session.position() + ids.len() <= most.1 as usize {
            model.forward(&mut session, ids, 1);
        }
    }
    Ok(model.id)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), with_magic: bool) {
        let file = if with_magic { [&MAGIC[..], &bytes].concat() } else { bytes };
        prop_assert!(attempt(&file).is_err());
    }

    #[test]
    fn a_changed_byte_is_named_or_makes_another_model(at in any::<prop::sample::Index>(), by in 1u8.., in_head: bool) {
        let (id, file) = &*FILE;
        let intact = header(file);
        let at = at.index(if in_head { intact.len() as usize } else { file.len() });
        let mut changed = file.clone();
        changed[at] ^= by;
        match attempt(&changed) {
            Ok(other) => prop_assert!((at as u64) < intact.len() && other != *id),
            Err(FileError::CorruptChunk { index, offset, len, .. }) => {
                let chunk = &intact.chunks()[index];
                prop_assert_eq!((chunk.offset, chunk.len), (offset, len));
                // In the payload it is the chunk around the byte; in the table it is the chunk of the hash.
                let table = intact.len() as usize - 32 * intact.chunks().len();
                let around = (offset..offset + len).contains(&(at as u64));
                prop_assert!(around || (table + 32 * index..table + 32 * (index + 1)).contains(&at));
            }
            Err(_) => prop_assert!((at as u64) < intact.len()),
        }
    }

    #[test]
    fn a_cut_file_is_called_short(at in any::<prop::sample::Index>()) {
        let (_, file) = &*FILE;
        let at = at.index(file.len());
        match attempt(&file[..at]) {
            Err(FileError::Length { got, expected }) => prop_assert!(got == at as u64 && expected > got),
            other => prop_assert!(false, "expected a short file, got {other:?}"),
        }
        let long = [&file[..], &[0]].concat();
        prop_assert!(matches!(attempt(&long), Err(FileError::Length { .. })), "a longer file is not the file");
    }

    /// Values of the manifest replaced by edges, canonical again and with hashes that fit.
    #[test]
    fn a_hostile_manifest(path in prop::collection::vec(any::<prop::sample::Index>(), 1..4), edge in 0usize..17, twice: bool) {
        let (id, file) = &*FILE;
        let intact = header(file);
        let payload = &file[intact.len() as usize..];
        let mut manifest = serde_json::to_value(&intact.manifest).unwrap();
        set(&mut manifest, &path, edge);
        if twice {
            let last = path.len() - 1;
            set(&mut manifest, &path[last..], edge * 7 % 17);
        }
        let bytes = serde_json_canonicalizer::to_vec(&manifest).unwrap();
        if let Ok(parsed) = Manifest::parse(&bytes) {
            let changed = parsed != intact.manifest;
            if let Ok(other) = attempt(&assemble(&parsed, payload)) {
                prop_assert_eq!(other != *id, changed);
            }
        }
    }

    /// A payload with changes whose hashes fit: rows are validated, so what loads runs.
    #[test]
    fn a_hostile_payload(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let (id, file) = &*FILE;
        let intact = header(file);
        let mut payload = file[intact.len() as usize..].to_vec();
        // Mostly into the normalisations and matrices: the sections before are compared as a whole.
        let first = payload.len() - intact.manifest.sections[4..].iter().map(|s| s.layout().len as usize).sum::<usize>();
        let len = payload.len() - first;
        for (at, value) in changes {
            payload[first + at.index(len)] = value;
        }
        let changed = payload != file[intact.len() as usize..];
        if let Ok(other) = attempt(&assemble(&intact.manifest, &payload)) {
            prop_assert_eq!(other != *id, changed);
        }
    }

    /// A head that promises anything asks for no more than a head may have.
    #[test]
    fn a_hostile_length(len: u32, rest in prop::collection::vec(any::<u8>(), 0..64)) {
        let file = [&MAGIC[..], &len.to_le_bytes(), &rest].concat();
        match Header::parse(&file) {
            Ok(Parsed::NeedMore { at_least }) => prop_assert!(at_least <= HEAD_MAX),
            Ok(Parsed::Header(_)) => prop_assert!(false, "no head is so short"),
            Err(e) => prop_assert!(!matches!(e, FileError::CorruptChunk { .. }), "no chunk has been read"),
        }
    }
}

fn set(value: &mut Value, path: &[prop::sample::Index], edge: usize) {
    let Some((index, rest)) = path.split_first() else {
        *value = match edge {
            0 => Value::Null,
            1 => Value::Bool(true),
            2 => "".into(),
            3 => Value::Array(Vec::new()),
            4 => Value::Object(serde_json::Map::new()),
            5 => (-1).into(),
            6 => 0.into(),
            7 => 1.into(),
            8 => 16.into(),
            9 => 255.into(),
            10 => 65_536.into(),
            11 => u32::MAX.into(),
            12 => (1u64 << 53).into(),
            13 => u64::MAX.into(),
            14 => "x".repeat(300).into(),
            15 => Value::Array(vec![1.into(); 50]),
            _ => 2.into(),
        };
        return;
    };
    match value {
        Value::Array(items) if !items.is_empty() => set(index.get_mut(items), rest, edge),
        Value::Object(entries) if !entries.is_empty() => {
            let at = index.index(entries.len());
            set(entries.values_mut().nth(at).expect("an index below the length"), rest, edge);
        }
        _ => set(value, &[], edge),
    }
}
