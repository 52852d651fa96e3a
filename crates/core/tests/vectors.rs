//! The stored vectors of every operator against each room of this build, and the checker against altered files.

use openimo_core::ops::Op;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;
use openimo_core::vectors::{Reference, Room, Twin, VectorError, check, file};

fn stored(op: Op) -> String {
    let path = format!("{}/../../vectors/ops/{}.json", env!("CARGO_MANIFEST_DIR"), op.info().name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn check_all(room: &mut dyn Room) {
    for op in Op::ALL {
        let cases = check(op, &stored(op), room).unwrap_or_else(|e| panic!("{e}"));
        assert!(cases >= 10, "{} has only {cases} cases", op.info().name);
    }
}

#[test]
fn the_reference_gives_the_stored_vectors() {
    check_all(&mut Reference);
}

#[test]
fn the_twins_give_the_stored_vectors_at_every_level() {
    for level in Level::available() {
        check_all(&mut Twin(Simd::new(level)));
    }
}

#[test]
fn the_ranks_of_a_split_run_give_the_stored_vectors() {
    for ranks in [2, 3] {
        threads::run(ranks, |exchange| check_all(&mut Twin(Simd::ranked(Level::detect(), Box::new(exchange), false))));
    }
}

#[test]
fn stored_vectors_are_what_the_reference_writes() {
    for op in Op::ALL {
        assert!(stored(op) == file(op), "vectors/ops/{}.json is stale: run `cargo xtask vectors`", op.info().name);
    }
}

#[test]
fn an_altered_output_is_reported_by_case() {
    let text = stored(Op::Head).replacen("\"outputs\":2", "\"outputs\":3", 1);
    let error = check(Op::Head, &text, &mut Reference).unwrap_err();
    let VectorError::Differs { case, got, expected, .. } = error else { panic!("{error}") };
    assert_eq!((case.as_str(), got.as_str(), expected.as_str()), ("the largest twice: the lower id", "2", "3"));
}

#[test]
fn files_of_something_else_are_refused() {
    assert!(matches!(check(Op::Head, &stored(Op::Sample), &mut Reference), Err(VectorError::Unreadable(_))));
    let renamed = stored(Op::Head).replacen("\"op\":\"head\"", "\"op\":\"heads\"", 1);
    assert!(matches!(check(Op::Head, &renamed, &mut Reference), Err(VectorError::Other { .. })));
    assert!(matches!(check(Op::Head, "", &mut Reference), Err(VectorError::Unreadable(_))));
}
