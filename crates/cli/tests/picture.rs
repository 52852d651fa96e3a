//! `openimo generate` with a model that ships and draws: nothing is downloaded, a picture and its bundle come out, and one changed byte of
//! either is found.

use std::path::Path;
use std::process::{Command, Output};

use openimo_core::bundle::Bundle;
use openimo_core::content::content_hash;
use openimo_core::picture::Picture;

/// Run the program with a cache of its own, in `folder`.
fn openimo(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openimo"));
    command.args(args).current_dir(folder).env("XDG_CACHE_HOME", folder.join("cache")).env_remove("OPENIMO_MODEL");
    command.output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn draw(folder: &Path, more: &[&str]) -> Output {
    openimo(folder, &[&["generate", "--model", "pixel-nano", "a smiling cat", "--seed", "7"], more].concat())
}

#[test]
fn a_picture_and_its_bundle_are_written_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let output = draw(folder.path(), &["-o", "cat.png"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty(), "what is no terminal gets no picture");
    assert!(text(&output.stderr).contains("picture written to cat.png"));

    let file = std::fs::read(folder.path().join("cat.png")).unwrap();
    let picture = Picture::read(&file).expect("a picture's file");
    assert_eq!((picture.width, picture.height), (24, 24));
    let bundle = Bundle::parse(&std::fs::read(folder.path().join("cat.json")).unwrap()).unwrap();
    assert_eq!(bundle.output.content().unwrap(), file);

    // The model is found by the bundle's id, without a name.
    let verified = openimo(folder.path(), &["verify", "cat.json"]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
    assert!(text(&verified.stdout).contains("a picture of 24 by 24 pixels (36 ids)"));

    let again = draw(folder.path(), &["-o", "again.png"]);
    assert!(again.status.success());
    assert_eq!(std::fs::read(folder.path().join("again.png")).unwrap(), file, "the same seed, the same file");
    let other = openimo(folder.path(), &["generate", "--model", "pixel-nano", "a smiling cat", "--seed", "8", "-o", "other.png"]);
    assert!(other.status.success());
    assert_ne!(std::fs::read(folder.path().join("other.png")).unwrap(), file, "another seed, another picture");
}

#[test]
fn a_changed_pixel_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(draw(folder.path(), &["-o", "cat.png"]).status.success());
    let path = folder.path().join("cat.json");
    let mut bundle = Bundle::parse(&std::fs::read(&path).unwrap()).unwrap();
    let mut picture = Picture::read(&bundle.output.content().unwrap()).unwrap();
    picture.pixels[3 * (24 * 10 + 4) + 1] ^= 1;
    bundle.output = openimo_core::bundle::BundleOutput::new(bundle.output.ids.clone(), &picture.png(), bundle.output.finish);
    bundle.statement.content_hash = content_hash(&picture.png());
    std::fs::write(&path, bundle.to_json()).unwrap();
    let verified = openimo(folder.path(), &["verify", "cat.json"]);
    assert_eq!(verified.status.code(), Some(1));
    let report = text(&verified.stdout);
    assert!(report.contains("1 of 576 pixels differ, the first in column 4 of line 10"), "{report}");
}

#[test]
fn a_broken_file_in_the_cache_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    assert!(draw(folder.path(), &["-o", "one.png"]).status.success());
    let cached = folder.path().join("cache/openimo/bundled");
    let entry = std::fs::read_dir(&cached).unwrap().next().expect("the model file").unwrap().path();
    std::fs::write(&entry, b"nothing of use").unwrap();
    let output = draw(folder.path(), &["-o", "two.png"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("one.png"), read("two.png"));
}

#[test]
fn what_cannot_be_drawn_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let long = "cat ".repeat(200);
    let cases: [(&[&str], &str); 3] = [
        (&["generate", "--model", "pixel-nano", "a cat", "--max-tokens", "5"], "a picture of this model is 36 ids"),
        (&["generate", "--model", "pixel-nano", &long], "exceed the model's context"),
        (&["generate", "--model", "pixel-micro", "a cat"], "cannot open pixel-micro"),
    ];
    for (args, expected) in cases {
        let output = openimo(folder.path(), args);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}
