//! `--device gpu`: what a GPU generates is the CPU's bundle to the byte, and each verifies the other's.

use std::path::Path;
use std::process::{Command, Output};

use openimo_core::verify::testing::bundle_model;

fn openimo(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openimo"));
    command.current_dir(folder).env_remove("OPENIMO_MODEL").env("XDG_CACHE_HOME", folder.join("cache"));
    command.args(args).output().unwrap()
}

#[test]
fn a_gpu_generates_and_verifies_like_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("a.imo"), bundle_model().imo()).unwrap();
    let generate = ["generate", "--model", "a.imo", "--raw", "-n", "12", "--temperature", "1", "--top-k", "50", "--top-p", "0.9"];
    for device in ["cpu", "gpu"] {
        let file = format!("{device}.json");
        let out = openimo(folder.path(), &[&generate[..], &["--device", device, "-o", &file, "What is checked?"]].concat());
        assert!(out.status.success(), "{out:?}");
        let errors = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(errors.contains("which passed its self-test"), device == "gpu", "{errors}");
    }
    let bundle = std::fs::read_to_string(at("cpu.json")).unwrap();
    assert_eq!(bundle, std::fs::read_to_string(at("gpu.json")).unwrap());

    let verify = |bundle: &str| {
        std::fs::write(at("bundle.json"), bundle).unwrap();
        openimo(folder.path(), &["verify", "bundle.json", "--model", "a.imo", "--device", "gpu", "--json"])
    };
    let out = verify(&bundle);
    assert_eq!(out.status.code(), Some(0), "{out:?}");

    // Another seed gives other ids: the claimed ones are not this request's.
    let other = [&generate[..], &["--seed", "8", "-o", "other.json", "What is checked?"]].concat();
    assert!(openimo(folder.path(), &other).status.success());
    let other = std::fs::read_to_string(at("other.json")).unwrap();
    let (mut forged, other): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(&bundle).unwrap(), serde_json::from_str(&other).unwrap());
    assert_ne!(forged["output"], other["output"]);
    forged["output"] = other["output"].clone();
    forged["statement"]["content_hash"] = other["statement"]["content_hash"].clone();
    let out = verify(&forged.to_string());
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let failed: Vec<_> =
        report["checks"].as_array().unwrap().iter().filter(|c| c["status"] == "failed").map(|c| &c["code"]).collect();
    assert_eq!(failed, ["recompute.ids"], "{report}");

    let out = openimo(folder.path(), &["verify", "cpu.json", "--model", "a.imo", "--device", "gpu", "--threads", "2"]);
    assert_eq!(out.status.code(), Some(2), "threads are the CPU's");
}
