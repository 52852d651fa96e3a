//! End to end: generate, then verify what was written, and verify what was done to it.

use std::path::PathBuf;
use std::process::{Command, Output};

use openimo_core::bundle::{Bundle, BundleOutput};
use openimo_core::content::content_hash;
use openimo_core::model::testing::Tiny;
use openimo_core::request::{Request, parse_seed};
use openimo_core::verify::testing::bundle_model;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a tiny model, its bundle, and another model.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.imo"), bundle_model().imo()).unwrap();
        std::fs::write(folder.path().join("b.imo"), Tiny::new(9).imo()).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn openimo(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_openimo"));
        command.current_dir(self.folder.path()).env_remove("OPENIMO_MODEL").env("XDG_CACHE_HOME", self.path("cache"));
        command.args(args).output().unwrap()
    }

    fn generate(&self, more: &[&str]) -> Output {
        let args =
            ["generate", "--model", "a.imo", "--raw", "-n", "12", "--temperature", "1", "--seed", "3", "-o", "bundle.json"];
        self.openimo(&[&args[..], more, &["What is checked?"]].concat())
    }

    fn bundle(&self) -> Bundle {
        Bundle::parse(&std::fs::read(self.path("bundle.json")).unwrap()).unwrap()
    }

    /// Exit status and report for a bundle with a model.
    fn verify(&self, bundle: &str, model: &str) -> (i32, Value) {
        std::fs::write(self.path("forged.json"), bundle).unwrap();
        let out = self.openimo(&["verify", "forged.json", "--model", model, "--json"]);
        let report = serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", text(&out)));
        (out.status.code().unwrap(), report)
    }
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

fn failed(report: &Value) -> Vec<&str> {
    let checks = report["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["status"] == "failed").map(|check| check["code"].as_str().unwrap()).collect()
}

fn status<'a>(report: &'a Value, code: &str) -> &'a Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["code"] == code).unwrap()
}

/// The bundle with other ids, everything else made to fit.
fn answered(mut bundle: Bundle, ids: Vec<u32>) -> Bundle {
    let content: Vec<u8> = ids.iter().map(|&id| u8::try_from(id).expect("the first 256 ids are bytes")).collect();
    bundle.statement.content_hash = content_hash(&content);
    bundle.output = BundleOutput::new(ids, &content, bundle.output.finish);
    bundle
}

#[test]
fn what_was_generated_is_verified() {
    let place = Place::new();
    for (more, verify) in [
        (&[][..], &[][..]),
        (&["--backend", "scalar"], &["--threads", "2"]),
        (&["--threads", "2"], &["--backend", "scalar"]),
        (&["--threads", "3"], &["--threads", "1"]),
    ] {
        let out = place.generate(more);
        assert!(out.status.success(), "{}", text(&out));
        let bundle = place.bundle();
        let shown = String::from_utf8_lossy(&out.stdout).into_owned();
        assert_eq!(shown, bundle.output.text.clone() + "\n", "the text is streamed to standard output");
        let out = place.openimo(&[&["verify", "bundle.json", "--model", "a.imo"][..], verify].concat());
        assert_eq!(out.status.code(), Some(0), "{}", text(&out));
        assert!(text(&out).starts_with("VERIFIED"), "{}", text(&out));
    }
}

#[test]
fn what_was_changed_is_caught_by_its_code() {
    let place = Place::new();
    assert!(place.generate(&[]).status.success());
    let bundle = place.bundle();
    let (code, report) = place.verify(&bundle.to_json(), "a.imo");
    assert_eq!((code, &report["level"]), (0, &Value::from("recomputed")));

    let mut ids = bundle.output.ids.clone();
    ids[4] = (ids[4] + 1) % 256;
    let (code, report) = place.verify(&answered(bundle.clone(), ids.clone()).to_json(), "a.imo");
    assert_eq!((code, failed(&report)), (1, vec!["recompute.ids"]));
    let difference = &report["difference"];
    assert_eq!(difference["position"], 4);
    assert_eq!((&difference["expected"]["id"], &difference["found"]["id"]), (&bundle.output.ids[4].into(), &ids[4].into()));

    let mut request = Request::parse(&bundle.request).unwrap();
    request.seed = parse_seed("4").unwrap();
    let mut other_seed = bundle.clone();
    (other_seed.request, other_seed.statement.request_hash) = (request.canonical(), request.hash());
    let (code, report) = place.verify(&other_seed.to_json(), "a.imo");
    assert_eq!((code, failed(&report)), (1, vec!["recompute.ids"]));

    let mut cut = bundle.output.ids.clone();
    cut.pop();
    let (code, report) = place.verify(&answered(bundle.clone(), cut).to_json(), "a.imo");
    assert_eq!((code, failed(&report)), (1, vec!["output.finish"]));

    let mut edited = bundle.clone();
    (edited.output.text, edited.output.content_hex) = ("edited".into(), None);
    let (code, report) = place.verify(&edited.to_json(), "a.imo");
    assert_eq!((code, failed(&report)), (1, vec!["statement.content_hash", "output.text"]));

    let (code, report) = place.verify(&bundle.to_json().replace("\"version\":1}", "\"version\":2}"), "a.imo");
    assert_eq!((code, failed(&report)), (2, vec![]));
    assert_eq!(status(&report, "bundle.version")["status"], "unsupported");
    assert_eq!(report["verdict"], "could_not_check");
}

#[test]
fn another_model_cannot_check_and_cannot_pass() {
    let place = Place::new();
    assert!(place.generate(&[]).status.success());
    let mut bundle = place.bundle();
    let (code, report) = place.verify(&bundle.to_json(), "b.imo");
    assert_eq!((code, failed(&report)), (2, vec![]));
    let reason = status(&report, "model.id")["reason"].as_str().unwrap();
    let other = Tiny::new(9).write().0;
    assert!(reason.contains(&bundle.model.id.to_string()) && reason.contains(&other.to_string()), "{reason}");
    // Claimed for the other model, it is run by the other model, which picks something else.
    (bundle.model.id, bundle.statement.model_id) = (other, other);
    let (code, report) = place.verify(&bundle.to_json(), "b.imo");
    assert_eq!((code, failed(&report)), (1, vec!["recompute.ids"]));
}

#[test]
fn models_are_found() {
    let place = Place::new();
    assert!(place.generate(&[]).status.success());
    let out = place.openimo(&["verify", "bundle.json"]);
    assert_eq!(out.status.code(), Some(2), "{}", text(&out));
    assert!(text(&out).contains("no model was given") && text(&out).contains("--model FILE"), "{}", text(&out));
    let cache = place.path("cache/openimo");
    std::fs::create_dir_all(&cache).unwrap();
    std::fs::copy(place.path("b.imo"), cache.join("b.imo")).unwrap();
    std::fs::copy(place.path("a.imo"), cache.join(format!("{}.imo", place.bundle().model.id))).unwrap();
    let out = place.openimo(&["verify", "bundle.json"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out));
    let out = place.openimo(&["generate", "--raw", "x"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out).contains("the cache has 2"), "{}", text(&out));
}

#[test]
fn mistakes_are_named() {
    let place = Place::new();
    for (args, wanted) in [
        (&["generate", "--model", "a.imo", "--temperature", "hot", "x"][..], "temperature is \"hot\""),
        (&["generate", "--model", "a.imo", "--seed", "0x1", "x"], "64 hex digits"),
        (&["generate", "--model", "a.imo", "--raw", "-n", "100", "x"], "--max-tokens"),
        (&["generate", "--model", "a.imo", "--raw", ""], "nothing to continue"),
        (&["generate", "--model", "none.imo", "x"], "none.imo"),
        (&["verify", "none.json"], "none.json"),
    ] {
        let out = place.openimo(args);
        assert_eq!(out.status.code(), Some(2), "{args:?}: {}", text(&out));
        assert!(text(&out).contains(wanted), "{args:?}: {}", text(&out));
    }
    std::fs::write(place.path("noise.json"), "{").unwrap();
    let out = place.openimo(&["verify", "noise.json"]);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out));
    assert!(text(&out).contains("bundle.parse"), "{}", text(&out));
}
