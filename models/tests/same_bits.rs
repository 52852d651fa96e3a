//! The same pictures on every executor of this build: levels × threads × memories of their own, drawn and verified.

use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::simd::threads;
use openimo_models::golden::{check, file};

const STORED: &str = include_str!("../../vectors/golden/pictures.tsv");

#[test]
fn stored_pictures_are_what_the_reference_draws() {
    assert!(STORED == file(), "vectors/golden/pictures.tsv is stale: run `cargo xtask vectors`");
}

#[test]
fn every_executor_draws_the_stored_pictures() {
    for level in Level::available() {
        assert_eq!(check(STORED, || Simd::new(level)), Ok(4), "{level:?}");
    }
}

#[test]
fn the_ranks_of_a_split_run_draw_the_stored_pictures() {
    for (size, separate) in [(2, false), (3, true)] {
        let line = STORED.lines().next().expect("there are pictures");
        let found = threads::run(size, |end| {
            // The end of an exchange is one rank's for good: one model, one picture.
            let end = std::sync::Mutex::new(Some(end));
            let backend = || {
                let end = end.lock().unwrap().take().expect("one backend a rank");
                Simd::ranked(Level::detect(), Box::new(end), separate)
            };
            check(line, backend)
        });
        assert!(found.iter().all(|found| *found == Ok(1)), "{size} ranks, separate {separate}: {found:?}");
    }
}

#[test]
fn another_hash_or_another_file_is_found_out() {
    let line = STORED.lines().last().expect("there are pictures");
    let (before, _) = line.rsplit_once('\t').expect("fields");
    let other = format!("{before}\t0x{}", "0".repeat(64));
    let backend = || Simd::new(Level::detect());
    assert!(check(&other, backend).unwrap_err().contains("the picture's hash is"));
    assert!(check("pixel\ta cat", backend).unwrap_err().contains("four fields"));
    assert!(check(&line.replacen("pixel", "no-", 1), backend).unwrap_err().contains("ships"));
}
