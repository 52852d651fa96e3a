//! A run whose trace root is in its bundle, and single steps of it.

use std::path::PathBuf;
use std::process::{Command, Output};

use openimo_core::model::testing::Tiny;
use openimo_core::verify::testing::bundle_model;
use serde_json::{Value, json};
use tempfile::TempDir;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.imo"), bundle_model().imo()).unwrap();
        std::fs::write(folder.path().join("b.imo"), Tiny::new(9).imo()).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Exit status and what was printed.
    fn openimo(&self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_openimo"));
        command.current_dir(self.0.path()).env_remove("OPENIMO_MODEL").env("XDG_CACHE_HOME", self.path("cache"));
        let Output { status, stdout, stderr } = command.args(args).output().unwrap();
        (status.code().unwrap(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
    }

    fn generate(&self, more: &[&str]) -> Value {
        let args = ["generate", "--model", "a.imo", "--raw", "-n", "12", "--temperature", "1", "-o", "bundle.json"];
        let (code, said) = self.openimo(&[&args[..], more, &["What is checked?"]].concat());
        assert_eq!(code, 0, "{said}");
        self.json("bundle.json")
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    fn check(&self, spot: &Value) -> (i32, String) {
        std::fs::write(self.path("changed.json"), spot.to_string()).unwrap();
        self.openimo(&["trace", "check", "changed.json", "--model", "a.imo"])
    }
}

#[test]
fn a_run_with_a_trace_is_verified_opened_and_spot_checked() {
    let place = Place::new();
    let without = place.generate(&["--seed", "3"]);
    assert_eq!(without["statement"]["trace_root"], Value::Null);
    let (code, said) =
        place.openimo(&["trace", "open", "bundle.json", "--model", "a.imo", "--layer", "0", "--position", "1", "-o", "x"]);
    assert!(code == 2 && said.contains("no trace root") && said.contains("--trace"), "{said}");

    let bundle = place.generate(&["--seed", "3", "--trace"]);
    let roots = ["1", "2", "3"].map(|threads| place.generate(&["--seed", "3", "--trace", "--threads", threads]));
    assert!(roots.iter().all(|other| *other == bundle), "threads leave no trace");
    let scalar = place.generate(&["--seed", "3", "--trace", "--backend", "scalar"]);
    assert_eq!(scalar, bundle);
    let (code, said) = place.openimo(&["verify", "bundle.json", "--model", "a.imo"]);
    assert!(code == 0 && said.contains("statement.trace_root"), "{said}");

    let open = ["trace", "open", "bundle.json", "--model", "a.imo", "-o", "spot.json"];
    for step in
        [&["--layer", "1", "--position", "20"][..], &["--embedding", "--position", "0"], &["--choice", "--position", "18"]]
    {
        let (code, said) = place.openimo(&[&open[..], step].concat());
        assert_eq!(code, 0, "{said}");
        let (code, said) = place.openimo(&["trace", "check", "spot.json", "--model", "a.imo"]);
        assert!(code == 0 && said.contains("the step holds"), "{said}");
    }
    let (code, said) = place.openimo(&["trace", "check", "spot.json", "--model", "b.imo"]);
    assert!(code == 2 && said.contains("the model given is"), "{said}");
    let (code, said) = place.openimo(&["trace", "check", "spot.json"]);
    assert!(code == 2 && said.contains("--model FILE"), "{said}");
    let (code, said) = place.openimo(&[&open[..], &["--layer", "2", "--position", "0"]].concat());
    assert!(code == 2 && said.contains("2 layers"), "{said}");

    let spot = place.json("spot.json");
    let mut changed = spot.clone();
    changed["step"]["before"]["values"][3] = json!(7);
    let (code, said) = place.check(&changed);
    assert!(code == 2 && said.contains("does not belong to the trace"), "{said}");
    let mut changed = spot;
    changed["version"] = json!(2);
    let (code, said) = place.check(&changed);
    assert!(code == 2 && said.contains("version 2"), "{said}");

    let mut wrong = bundle;
    let root = wrong["statement"]["trace_root"].as_str().unwrap().to_owned();
    wrong["statement"]["trace_root"] = json!(format!("0x{}", "1".repeat(64)));
    std::fs::write(place.path("wrong.json"), wrong.to_string()).unwrap();
    let (code, said) = place.openimo(&["verify", "wrong.json", "--model", "a.imo"]);
    assert!(code == 1 && said.contains(&root), "{said}");
}
