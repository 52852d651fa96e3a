//! Every rule of the format, broken one by one, is refused by its name.

use super::tests::header;
use crate::model::config::RopePairing;
use crate::model::file::*;
use crate::model::matrix::MatrixError;
use crate::model::testing::{Tiny, assemble};
use crate::scalar::Scalar;

fn sample() -> (Header, Vec<u8>) {
    let file = Tiny::new(2).imo();
    let header = header(&file);
    let payload = file[header.len() as usize..].to_vec();
    (header, payload)
}

#[track_caller]
fn refused(file: &[u8]) -> FileError {
    load(file, Scalar).err().expect("a refusal")
}

#[test]
fn what_is_put_together_anew_is_the_same_file() {
    let file = Tiny::new(2).imo();
    let (header, payload) = sample();
    assert_eq!(assemble(&header.manifest, &payload), file);
}

#[test]
fn other_files_and_versions_are_told_apart() {
    let file = Tiny::new(2).imo();
    for other in [&b"GGUF\x03\0\0\0"[..], b"O", b"OPENIM\0\x01", b"OPENIMA"] {
        let found = load(other, Scalar).err().unwrap();
        let is_prefix = MAGIC.starts_with(other);
        assert_eq!(matches!(found, FileError::NotAModelFile { .. }), !is_prefix, "{found}");
    }
    let mut later = file.clone();
    later[7] = 2;
    assert!(matches!(refused(&later), FileError::UnsupportedVersion { what: "model file layout", got: 2, expected: 1 }));
    let (header, _) = sample();
    let replaced = |from: &str, to: &str| {
        let manifest = String::from_utf8(header.manifest.canonical()).unwrap();
        assert!(manifest.contains(from), "{from} in {manifest}");
        Manifest::parse(manifest.replace(from, to).as_bytes()).unwrap_err()
    };
    let found = replaced("\"version\":1", "\"version\":7");
    assert!(matches!(found, FileError::UnsupportedVersion { what: "model file", got: 7, expected: 1 }));
    assert_eq!(found.to_string(), "model file version 7 is not supported, this build reads version 1");
    // A later version may have fields that this one does not know; it is still a version, not damage.
    let found = replaced("\"version\":1", "\"version\":2,\"zones\":[]");
    assert!(matches!(found, FileError::UnsupportedVersion { .. }), "{found}");
    assert!(matches!(replaced("CIS-1", "CIS-2"), FileError::UnsupportedArithmetic { got } if got == "CIS-2"));
    assert!(matches!(replaced("openimo-model", "openimo-video"), FileError::Field { field, .. } if field == "format"));
}

#[test]
fn a_manifest_has_one_form() {
    let (header, _) = sample();
    let text = String::from_utf8(header.manifest.canonical()).unwrap();
    assert_eq!(Manifest::parse(text.as_bytes()).unwrap(), header.manifest);
    let parse = |text: String| Manifest::parse(text.as_bytes()).unwrap_err();
    assert!(matches!(parse(text.replacen(':', ": ", 1)), FileError::NotCanonical { .. }));
    assert!(matches!(parse(text.replace("\"tiny\"", "\"t\\u0069ny\"")), FileError::NotCanonical { .. }));
    assert!(matches!(parse(format!("{text}\n")), FileError::NotCanonical { .. }));
    assert!(matches!(parse(text.replace("\"tied\":", "\"tide\":")), FileError::Manifest { .. }));
    assert!(matches!(parse(text.replace("\"bos_id\":null", "\"bos_id\":null,\"extra\":1")), FileError::Manifest { .. }));
    assert!(matches!(parse(text.replace("\"bos_id\":null,", "")), FileError::NotCanonical { .. }));
    assert!(matches!(parse(text[..text.len() - 1].to_owned()), FileError::Manifest { .. }));
    assert!(matches!(Manifest::parse(b"\xff\xfe"), Err(FileError::Manifest { .. })));
    assert!(matches!(Manifest::parse(&vec![b' '; 5 << 20]), Err(FileError::TooLong { .. })));
}

#[test]
fn values_out_of_their_domain_are_named() {
    let (header, payload) = sample();
    type Change = fn(&mut Manifest);
    let cases: [(&str, Change); 20] = [
        ("config.eps", |m| m.config.eps = 1 << 53),
        ("eps", |m| m.config.eps = 0),
        ("d_model", |m| m.config.d_model = 0),
        ("n_layers", |m| m.config.n_layers = 1025),
        ("head_dim", |m| m.config.head_dim += 1),
        ("n_kv_heads", |m| m.config.n_kv_heads = m.config.n_heads + 1),
        ("vocab", |m| m.config.vocab = u32::MAX),
        ("rope_inc", |m| m.config.rope_inc.push(0)),
        ("fres", |m| m.config.fres = 19),
        ("score_c", |m| m.config.score_c = 1 << 16),
        ("sliding_window", |m| m.config.sliding_window = Some(0)),
        ("name", |m| m.name = String::new()),
        ("name", |m| m.name = "two\nlines".into()),
        ("licence", |m| m.licence = "x".repeat(257)),
        ("stop_ids", |m| m.stop_ids = vec![m.config.vocab]),
        ("bos_id", |m| m.bos_id = Some(u32::MAX)),
        ("stop_ids", |m| m.stop_ids = vec![5, 5]),
        ("sections", |m| drop(m.sections.pop())),
        ("layers.0.k", |m| m.sections.swap(6, 7)),
        ("program", |m| m.sections.swap(0, 1)),
    ];
    for (word, change) in cases {
        let mut manifest = header.manifest.clone();
        change(&mut manifest);
        let found = manifest.validate().unwrap_err();
        assert!(found.to_string().contains(word), "{word}: {found}");
        // The same from bytes, where the manifest can be written at all.
        if matches!(found, FileError::Field { .. }) && !word.contains("eps") && word != "sections" {
            assert_eq!(refused(&assemble(&manifest, &payload)), found);
        }
    }
}

#[test]
fn sections_follow_from_the_configuration() {
    let (header, _) = sample();
    type Change = fn(&mut MatrixSection);
    let cases: [(&str, Change); 6] = [
        ("47 x", |s| s.matrix.rows = 47),
        ("block", |s| s.matrix.block = 8),
        ("bits", |s| s.matrix.bits = 7),
        ("nslab", |s| s.matrix.nslab = 3),
        ("cols", |s| s.matrix.cols = 17),
        ("layers.0.v", |s| s.name = "layers.0.w".into()),
    ];
    for (word, change) in cases {
        let mut manifest = header.manifest.clone();
        let Section::Matrix(section) = &mut manifest.sections[8] else { panic!("a matrix") };
        change(section);
        let found = manifest.validate().unwrap_err();
        assert!(found.to_string().contains(word), "{word}: {found}");
    }
    let mut manifest = header.manifest.clone();
    let Section::Matrix(embedding) = &mut manifest.sections[5] else { panic!("a matrix") };
    embedding.matrix.has_bias = true;
    assert!(manifest.validate().unwrap_err().to_string().contains("embedding has_bias"));
    for section in [0, 1, 4] {
        let mut manifest = header.manifest.clone();
        let Section::Bytes(bytes) = &mut manifest.sections[section] else { panic!("bytes") };
        bytes.len += 1;
        assert!(matches!(manifest.validate(), Err(FileError::Field { .. })));
    }
    let vocab = u64::from(header.manifest.config.vocab);
    for (len, is_valid) in [(0, true), (4 * vocab, true), (4 * vocab - 1, false), (u32::MAX.into(), true), (1 << 32, false)] {
        let mut manifest = header.manifest.clone();
        let Section::Bytes(pieces) = &mut manifest.sections[3] else { panic!("bytes") };
        pieces.len = len;
        assert_eq!(manifest.validate().is_ok(), is_valid, "{len} bytes of pieces");
    }
    let mut manifest = header.manifest;
    let Section::Bytes(tokenizer) = &mut manifest.sections[2] else { panic!("bytes") };
    tokenizer.len = 1 << 50;
    let file = assemble(&manifest, &[]);
    assert!(matches!(Header::parse(&file), Err(FileError::TooLong { what: "the head", .. })));
}

/// Sections with right hashes and wrong content: found when they are loaded, and final.
#[test]
fn intact_chunks_of_an_invalid_model_are_refused() {
    let (header, payload) = sample();
    let layouts: Vec<Layout> = header.manifest.sections.iter().map(Section::layout).collect();
    let start = |section: usize| layouts[..section].iter().map(|l| l.len as usize).sum::<usize>();
    let change = |at: usize, to: &[u8]| {
        let mut payload = payload.clone();
        payload[at..at + to.len()].copy_from_slice(to);
        refused(&assemble(&header.manifest, &payload))
    };
    assert!(matches!(change(start(0) + 3, &[9]), FileError::SectionBytes { section, at: 3 } if section == "program"));
    assert!(matches!(change(start(1) + 100, &[9; 4]), FileError::SectionBytes { section, .. } if section == "tables"));
    let d = header.manifest.config.d_model as usize;
    assert!(change(start(4) + 2 * d, &4097i16.to_le_bytes()).to_string().contains("norm 0 exponent"));
    let row = |section: usize, row: usize| start(section) + row * layouts[section].row_len as usize;
    let matrix = |e: FileError, want: u32| match e {
        FileError::Row { row, source: LeafError::Row(e), .. } if row == want => e,
        other => panic!("expected an invalid row {want}, got {other}"),
    };
    assert!(matches!(matrix(change(row(5, 9), &1u16.to_le_bytes()), 9), MatrixError::Multiplier { got: 1 }));
    assert!(matches!(matrix(change(row(5, 9) + 2, &4097i16.to_le_bytes()), 9), MatrixError::Exponent { got: 4097 }));
    assert!(matches!(matrix(change(row(5, 9) + 4, &4096i16.to_le_bytes()), 9), MatrixError::Scale { got: 4096, .. }));
}

/// The loader keeps the first final error, and takes nothing more.
#[test]
fn a_loader_that_failed_stays_failed() {
    let (header, mut payload) = sample();
    payload[3] ^= 1;
    let file = assemble(&header.manifest, &payload);
    let header = super::tests::header(&file);
    let mut loader = ModelLoader::new(header.clone(), Scalar);
    let first = &header.chunks()[0];
    let bytes = &file[first.offset as usize..][..first.len as usize];
    let found = loader.push(bytes).unwrap_err();
    assert!(matches!(found, FileError::SectionBytes { .. }));
    assert_eq!(loader.push(bytes), Err(found.clone()));
    assert_eq!(loader.finish().err(), Some(found));
}

#[test]
fn chunks_come_in_order_from_their_model() {
    let file = Tiny::new(2).imo();
    let header = header(&file);
    let bytes = |i: usize| &file[header.chunks()[i].offset as usize..][..header.chunks()[i].len as usize];
    let mut loader = ModelLoader::new(header.clone(), Scalar);
    let second = header.check(1, bytes(1)).unwrap();
    assert_eq!(loader.push_checked(second), Err(FileError::Order { got: 1, expected: 0 }));
    let other = Tiny::new(3).imo();
    let other_header = super::tests::header(&other);
    let chunk = &other_header.chunks()[0];
    let foreign = other_header.check(0, &other[chunk.offset as usize..][..chunk.len as usize]).unwrap();
    assert!(matches!(loader.push_checked(foreign), Err(FileError::OtherModel { .. })));
    for i in 0..header.chunks().len() {
        loader.push(bytes(i)).unwrap();
    }
    assert!(matches!(loader.push(bytes(0)), Err(FileError::Order { .. })));
    let mut early = ModelLoader::new(header.clone(), Scalar);
    early.push(bytes(0)).unwrap();
    let missing = header.chunks().len() - 1;
    assert_eq!(early.finish().err(), Some(FileError::Incomplete { next: 1, missing }));
}

#[test]
fn the_program_names_every_operator_of_the_forward_pass() {
    use crate::model::program::{encode, encoded_len, instructions};
    use crate::ops::Op;
    for seed in 0..8 {
        let config = Tiny::new(seed).info.config;
        let list = instructions(&config);
        assert_eq!(encode(&config).len() as u64, encoded_len(&config));
        let count = |op| list.iter().filter(|i| i.op == op).count();
        let layers = config.n_layers as usize;
        assert_eq!((count(Op::Linear), count(Op::Rmsnorm), count(Op::Attention)), (7 * layers + 1, 2 * layers + 1, layers));
        let shapes = matrix_shapes(&config);
        for i in list.iter().filter(|i| i.op == Op::Linear) {
            // Each matrix is used once, besides a tied embedding.
            assert!(usize::from(i.weights.unwrap()) - 5 < shapes.len());
        }
        let other = crate::model::config::Config { fres: config.fres ^ 1, ..config.clone() };
        assert_ne!(encode(&config), encode(&other), "fraction bits are part of the program");
        let pairing = crate::model::config::Config { rope_pairing: RopePairing::Half, ..config.clone() };
        assert_eq!(encode(&config), encode(&pairing), "the pairing is in the manifest");
    }
}
